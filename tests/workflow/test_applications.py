"""The applications that the service keeps are better witnesses of the edition than a bundle's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workflow.test_eligibility import ALL, GOES, Fleet, Ran, dry_run, no

Json = dict[str, Any]

OWN = "123456789012"
PLUS, PLAIN = "wsb-plustarget0", "wsb-plaintarget"
OFFICE = {"ApplicationId": "wsa-office0001", "Name": "Microsoft Office Professional Plus 2019"}
VISIO = {"ApplicationId": "wsa-visio00001", "Name": "Microsoft Visio 2019"}


class FleetWithApplications(Fleet):
    """A fleet whose file says which applications are where."""

    def __init__(self) -> None:
        super().__init__()
        self.associations: Json = {}

    def has(self, where: str, application: Json, state: str = "COMPLETED") -> None:
        row = {"AssociatedResourceId": application["ApplicationId"], "State": state}
        self.associations.setdefault(where, []).append(row)

    def document(self) -> Json:
        more = {"Applications": [OFFICE, VISIO], "Associations": self.associations}
        return super().document() | more


def asked(ran: Ran, operation: str, member: str) -> list[str]:
    return [call["parameters"][member] for call in ran.calls if call["operation"] == operation]


def test_what_is_installed_with_a_bundle_decides_its_edition(tmp_path: Path) -> None:
    fleet = FleetWithApplications()
    targets: dict[str, str] = {}

    def source(number: int, name: str, target: str, becomes: Any, owner: str = OWN) -> str:
        one = fleet.bundle(f"wsb-source{number:04d}", name, owner)
        targets[one] = target
        fleet.add(one, becomes)
        return one

    # The targets are called alike; one of them installs Office.
    plain, plus = (fleet.bundle(one, "Finance Windows 10 target", OWN) for one in (PLAIN, PLUS))
    silent = source(1, "Finance Windows 10", plus, no("plus-edition"))
    source(2, "Finance Windows 10 Plus", plus, GOES)
    with_office = source(3, "Sales Windows 10", plus, GOES)
    with_office_too = source(4, "Sales Windows 10 without Office", plain, no("plus-edition"))
    leaving = source(5, "Human resources Windows 10", plain, GOES)
    visio = source(6, "Drawing Windows 10", plain, GOES)
    stated = source(7, "Legal Windows 10", plain, GOES)
    public = source(8, "Standard with Windows 10 (Server 2022 based)", plain, GOES, "AMAZON")
    for one in (plus, with_office, with_office_too, stated, public):
        fleet.has(one, OFFICE)
    fleet.has(leaving, OFFICE, "UNINSTALLING")
    fleet.has(visio, VISIO)
    given = {
        "select": ALL,
        "target": {"byBundle": targets},
        "bundleFacts": {stated: {"edition": "standard"}},
    }
    ran = dry_run(tmp_path, fleet, given)
    assert ran.outcomes == fleet.expected
    # One question for each bundle in doubt, none for a WorkSpace; the names of applications once.
    questions = asked(ran, "DescribeBundleAssociations", "BundleId")
    assert sorted(questions) == sorted({silent, with_office, with_office_too, leaving, visio, plain, plus})
    assert asked(ran, "DescribeWorkspaceAssociations", "WorkspaceId") == []
    assert len(asked(ran, "DescribeApplications", "ApplicationIds")) == 2


def test_a_workspace_is_asked_where_its_bundle_leaves_only_the_edition_open(tmp_path: Path) -> None:
    fleet = FleetWithApplications()
    doubtful = fleet.bundle("wsb-doubtful000", "Office of the CFO, Windows 10", OWN)
    golden = fleet.bundle("wsb-golden00000", "Office golden 2024", OWN)
    fleet.bundle(PLUS, "Finance Windows 10 Plus", OWN)
    told = fleet.add(doubtful, GOES)
    untold = fleet.add(doubtful, no("bundle-unknown"))
    failed = fleet.add(doubtful, no("bundle-unknown"))
    fleet.add(doubtful, no("opt-out"), tags={"MigrationOptOut": ""})
    fleet.add(golden, no("bundle-unknown"))
    fleet.has(told, OFFICE)
    fleet.has(failed, OFFICE, "ERROR")
    given = {"select": ALL, "target": {"bundleId": PLUS}}
    ran = dry_run(tmp_path, fleet, given)
    assert ran.outcomes == fleet.expected
    assert asked(ran, "DescribeWorkspaceAssociations", "WorkspaceId") == [told, untold, failed]


def test_nobody_is_asked_where_the_edition_does_not_matter(tmp_path: Path) -> None:
    fleet = FleetWithApplications()
    doubtful = fleet.bundle("wsb-doubtful000", "Office of the CFO, Windows 10", OWN)
    fleet.bundle(PLUS, "Finance Windows 10 Plus", OWN)
    fleet.add(doubtful, GOES)
    given = {"select": ALL, "target": {"bundleId": PLUS}, "rules": {"plus-edition": "warn"}}
    ran = dry_run(tmp_path, fleet, given)
    assert ran.outcomes == fleet.expected
    assert not [call for call in ran.calls if "Associations" in call["operation"]]


def test_a_region_that_keeps_no_applications_leaves_the_name_to_tell(tmp_path: Path) -> None:
    fleet = FleetWithApplications()
    finance = fleet.bundle("wsb-finance0000", "Finance Windows 10", OWN)
    fleet.bundle(PLAIN, "Finance Windows 10 target", OWN)
    fleet.add(finance, GOES)
    faults = [
        {"operation": "DescribeBundleAssociations", "error": "OperationNotSupportedException", "times": 9}
    ]
    ran = dry_run(tmp_path, fleet, {"select": ALL, "target": {"bundleId": PLAIN}}, faults=faults)
    assert ran.outcomes == fleet.expected
