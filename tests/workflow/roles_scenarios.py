"""Small rehearsals that together take every way through the functions on which a permission is needed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from moto.secretsmanager.models import secretsmanager_backends

from functions import sweep
from infra.directory_configuration import directories_file
from migrator.adapters.directory import CredentialsRefused
from rehearsal.engine import ACCOUNT_ID
from rehearsal.invocation import Handler, Invocation, current_invocation
from tests.workflow.roles_bench import EVERYTHING, INVENTORY, REGION, SECRET, SECRET_KEY, Json, Scenario
from tests.workflow.test_rehearse_command import DIRECTORY, the_input

CUSTOM = {"BundleId": "wsb-0custom01", "Name": "Ours with Windows 10", "Owner": "123456789012"}
OFFICE = {"BundleId": "wsb-0office01", "Name": "Office of the CFO, Windows 10", "Owner": "123456789012"}
IMAGE = {"ImageId": "wsi-0custom01", "OperatingSystem": {"Type": "WINDOWS"}, "RequiredTenancy": "DEFAULT"}
PASSWORD = '{"username": "cleaner", "password": "not this one"}'


def _tagged(fleet: Json) -> None:
    fleet["Tags"] = {one["WorkspaceId"]: [{"Key": "Wave", "Value": "1"}] for one in fleet["Workspaces"]}


def _custom(fleet: Json) -> None:
    """A bundle of one's own has an image, which tells its licence; what its name leaves open, the
    applications on a WorkSpace tell."""
    fleet["Bundles"] += [{**one, "ImageId": IMAGE["ImageId"]} for one in (CUSTOM, OFFICE)]
    fleet["Images"] = [IMAGE]
    fleet["Applications"] = [{"ApplicationId": "wsa-0office01", "Name": "Microsoft Office 2019"}]
    fleet["Associations"] = {"wsb-0custom01": [{"AssociatedResourceId": "wsa-0office01"}]}
    on_office = {**fleet["Workspaces"][0], "WorkspaceId": "ws-0office001", "UserName": "cfo"}
    fleet["Workspaces"].append(on_office | {"BundleId": OFFICE["BundleId"]})


def _dies(function: str, before: str = "DescribeWorkspaces", times: int = 40) -> Json:
    return {"function": function, "crashBefore": before, "times": times}


def _then_sweep(name: str, handler: Handler) -> Handler:
    """The sweep, as its schedule would call it, when the second run reports."""

    def report(event: dict[str, Any], context: Any) -> object:
        answer = handler(event, context)
        if event["runId"] == "rehearsal-2":
            left = context.get_remaining_time_in_millis
            token = current_invocation.set(Invocation("sweep", "sweep", None, left))
            try:
                _directories(sweep.handler)({"afterDays": 1, "mode": "disable"}, context)
                sweep.handler({"afterDays": 1, "mode": "disable"}, context)
            finally:
                current_invocation.reset(token)
        return answer

    return report if name == "report" else handler


def _with_directories(name: str, handler: Handler) -> Handler:
    return _directories(handler) if name == "clean_up" else handler


def _directories(handler: Handler) -> Handler:
    """The same function where a directory is configured, whose domain controller refuses the password."""

    def handle(event: dict[str, Any], context: Any) -> object:
        backend = secretsmanager_backends[ACCOUNT_ID][REGION]
        if SECRET not in backend.secrets:
            backend.create_secret(DIRECTORY, PASSWORD, None, None, None, SECRET_KEY, None, [], False)
            backend.secrets[DIRECTORY].arn = SECRET
        with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
            file = Path(place) / "directories.json"
            file.write_text(directories_file(EVERYTHING.directories), encoding="utf-8")
            patch.setenv("DIRECTORIES_FILE", str(file))
            patch.setattr("migrator.services._stand_ins", None)
            patch.setattr("migrator.adapters.ldap_connection.trust", lambda _: None)
            patch.setattr("migrator.adapters.ldap_directory.LdapDirectory", _refuse)
            return handler(event, context)

    return handle


def _refuse(*_: object, **__: object) -> None:
    raise CredentialsRefused("wrong password", wrong_password=True)


SCENARIOS: dict[str, Scenario] = {
    # A permission is taken away in the first scenario that uses it: those that take least come first.
    "no such inventory": Scenario(inputs=[the_input(select={"inventory": {**INVENTORY, "key": "no.csv"}})]),
    "an inventory": Scenario(inputs=[the_input(dryRun=True, select={"inventory": INVENTORY})]),
    "a bundle of one's own": Scenario(
        inputs=[the_input(dryRun=True, target={"bundleId": "wsb-0custom01"})], furnish=_custom
    ),
    "a migration": Scenario(furnish=_tagged),
    "approval": Scenario(inputs=[the_input(requireApproval=True)]),
    "redrive": Scenario(faults=[{"haltAfterSeconds": 900, "redriveAfterSeconds": 1200}]),
    "an operation in progress": Scenario(
        faults=[{"operation": "MigrateWorkspace", "error": "OperationInProgressException"}]
    ),
    "directories": Scenario(["rolls-back"], around=_with_directories),
    "a brake": Scenario(
        ["rolls-back", "migrates", "migrates"], [the_input(abortAtFailurePercent=1, canary=1)]
    ),
    "a killed start": Scenario(faults=[_dies("start", "MigrateWorkspace", 1)]),
    "dead batches": Scenario(furnish=_tagged, faults=[_dies("poll")]),
    "failed targets": Scenario(
        ["rolls-back+leaves-target"], [the_input(terminateFailedTargets=True, abortAtFailurePercent=100)]
    ),
    "the next run reconciles": Scenario(
        inputs=[the_input(), the_input()],
        faults=[_dies(one) for one in ("poll", "settle", "reconcile")],
        stagger=21_600,
    ),
    "the clock reconciles": Scenario(
        inputs=[the_input(), the_input(dryRun=True)],
        faults=[_dies(one) for one in ("poll", "settle")],
        stagger=21_600,
        furnish=_tagged,
    ),
    "a sweep": Scenario(
        ["rolls-back", "migrates+leaves-computer"],
        [
            the_input(abortAtFailurePercent=100, directoryCleanUp={"failedTargets": "report"}),
            the_input(dryRun=True),
        ],
        stagger=2 * 86_400.0,
        around=_then_sweep,
    ),
}
