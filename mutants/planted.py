"""python -m mutants.planted [WORD ...]: mistakes planted by hand where a hostile reviewer would plant them.

The domain is mutated as a whole (make mutants); in the steps and adapters, whose tests run a whole rehearsal
each, these were chosen: a condition dropped, a look left out, something not written down, an error taken for
another. Each must be noticed by the few tests named beside it. Exit code 1 where one is not.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

from mutants.trial import passes

PROJECT = Path(__file__).resolve().parent.parent

_COMMAND = "tests/workflow/test_rehearse_command.py"
_AFTERWARDS = "tests/workflow/test_afterwards.py"
_SEEDS = "tests/simulation/test_simulation.py -k found_or_holds"
_REMOVING = "tests/directory/test_safety_rules.py tests/directory/test_directory_faults.py"


@dataclass(frozen=True)
class Planted:
    """One mistake: text of a module that is exchanged, and what pytest is given."""

    module: str
    before: str
    after: str
    tests: str

    @property
    def path(self) -> Path:
        return PROJECT / (self.module.replace(".", "/") + ".py")

    @property
    def mistaken(self) -> ast.Module:
        """The module with the mistake. Raises ValueError where the text is not there just once."""
        source = self.path.read_text(encoding="utf-8")
        if source.count(self.before) != 1:
            raise ValueError(f"{self.module} has {source.count(self.before)} times {self.before!r}")
        return ast.parse(source.replace(self.before, self.after))

    def __str__(self) -> str:
        return f"{self.module}: {self.before.strip()} -> {self.after.strip() or 'nothing'}"


def _steps(name: str, before: str, after: str, tests: str) -> Planted:
    return Planted(f"migrator.steps.{name}", before, after, tests)


PLANTED: tuple[Planted, ...] = (
    # Starting
    _steps(
        "start",
        "source is None or source.bundle_id != record.source_bundle_id",
        "source is None",
        f"{_COMMAND} -k two_runs",
    ),
    _steps("start", "                and not record.sent\n", "", f"{_COMMAND} -k fault"),
    _steps(
        "start",
        "if latest is not None and self._withheld(latest) is not None:",
        "if latest is None:",
        f"{_COMMAND} -k brake_or_canary",
    ),
    _steps("start", "if record.reason and stop.brake is None:", "if record.reason:", f"{_COMMAND} -k brake"),
    _steps(
        "start",
        "            if last.holder == self._run.run_id:\n                return False\n",
        "",
        f"{_COMMAND} -k fault",
    ),
    _steps("start", "            held_by=last.run_id,\n", "", f"{_COMMAND} -k two_runs"),
    _steps(
        "start",
        "self._given.window or any(record.under_way for record in self._records())",
        "self._given.window",
        f"{_COMMAND} -k user",
    ),
    _steps("start", "if room is None or (room.permits <= ahead and", "if room is None or (False and", _SEEDS),
    # Calling
    _steps("calling", "        if record.doubtful:\n", "        if False:\n", f"{_COMMAND} -k fault"),
    _steps("calling", "if adopted.target_workspace_id is not None:", "if False:", f"{_COMMAND} -k fault"),
    _steps(
        "calling",
        "[one for one in fresh if one.workspace_id not in taken]",
        "fresh",
        f"{_SEEDS}",
    ),
    _steps(
        "calling",
        "        if sibling.bundle_id == record.target_bundle_id:",
        "        if True:",
        f"{_SEEDS}",
    ),
    _steps(
        "calling",
        "not_before=now + TRY_AGAIN,\n                reason",
        "not_before=now,\n                reason",
        _COMMAND,
    ),
    # Looking
    _steps(
        "seeing",
        "return target if same_user and",
        "return target if",
        "tests/workflow/test_hostile_service.py",
    ),
    _steps(
        "seeing",
        '    if record.target_absent_since is not None:\n        changes["target_absent_since"] = None\n',
        "",
        _SEEDS,
    ),
    _steps(
        "seeing",
        "elif target is not None and target.computer_name and record.target_computer_name is None:",
        "elif False:",
        _SEEDS,
    ),
    _steps(
        "seeing",
        "if one.bundle_id == record.target_bundle_id and one.state not in GONE:",
        "if one.bundle_id == record.target_bundle_id:",
        _SEEDS,
    ),
    _steps("seeing", "    if record.tags:\n", "    if False:\n", _COMMAND),
    _steps("poll", "or age_of(record, now) >= _CALL_IS_OVER", "", _SEEDS),
    # Settling and putting right
    _steps(
        "settle",
        "            services.holds.give_back(run.run_id, record, not_before=None)\n",
        "            pass\n",
        _SEEDS,
    ),
    _steps(
        "settle",
        "                if record.reason:\n",
        "                if False:\n",
        f"{_COMMAND} {_AFTERWARDS}",
    ),
    _steps("reconcile", "run is None or _alive(services, run_id, directory_id)", "run is None", _SEEDS),
    _steps(
        "reconcile",
        "        and services.clock.now() - record.started_at > _UNSENT_FOR\n",
        "",
        f"{_AFTERWARDS} {_SEEDS}",
    ),
    _steps("failed_targets", "    if against:\n        return against\n", "", f"{_AFTERWARDS} {_SEEDS}"),
    _steps("failed_targets", "    note(record, None, None)\n", "", _AFTERWARDS),
    # The directory
    _steps(
        "clean_up",
        "frozenset({Outcome.ROLLED_BACK})",
        "frozenset({Outcome.ROLLED_BACK, Outcome.STUCK})",
        "tests/workflow/test_clean_up.py tests/directory",
    ),
    _steps(
        "clean_up", " or record.held_by is not None", "", "tests/directory tests/workflow/test_clean_up.py"
    ),
    _steps(
        "removing",
        "if other := changed(before, now):",
        "if False and (other := changed(before, now)):",
        _REMOVING,
    ),
    _steps(
        "removing",
        "        refused = refusal(self.orphan, reading, self._remover.living.now(), self._directory.unit)\n"
        "        if refused is not None:\n            return self._refused(refused)\n        try:",
        "        try:",
        _REMOVING,
    ),
    _steps("removing", "if self._runs.read(self._remover.run_id, one) != text:", "if False:", _REMOVING),
    _steps(
        "removing",
        "if self._changes >= self.directory.most_changes:",
        "if self._changes > self.directory.most_changes:",
        _REMOVING,
    ),
    _steps(
        "removing",
        "except (AccessDenied, DirectoryUnavailable, RecordFault) as fault:",
        "except (DirectoryUnavailable, RecordFault) as fault:",
        _REMOVING,
    ),
    _steps(
        "removing",
        '        if now is None and attempt.mode == "delete":',
        '        if attempt.mode == "delete":',
        _REMOVING,
    ),
    _steps(
        "living",
        "self._listed is None or now - self._listed.listed_at > FRESH",
        "self._listed is None",
        _REMOVING,
    ),
    _steps(
        "living",
        "except (ClientError, BotoCoreError, UnclearAnswer, _NoTime):\n                self._listed = None",
        "except (ClientError, BotoCoreError, UnclearAnswer, _NoTime):\n                pass",
        _REMOVING,
    ),
    _steps(
        "living",
        "return Living.of(states, began)",
        "return Living.of(states, self._services.clock.now())",
        _REMOVING,
    ),
    Planted(
        "migrator.adapters.ldap_directory",
        "(MODIFY_DELETE, [str(_signed(before))]),",
        "",
        "tests/directory/test_contract.py tests/directory/test_directory_faults.py",
    ),
    Planted(
        "migrator.adapters.ldap_directory",
        "self._call(change, Unanswered,",
        "self._call(change, DirectoryUnavailable,",
        _REMOVING,
    ),
    # The ledger
    Planted(
        "migrator.adapters.table",
        '{"ConsistentRead": True}',
        "{}",
        "tests/contract/test_ledger.py tests/contract/test_dynamodb.py",
    ),
    Planted(
        "migrator.adapters.table",
        '("TransactionConflict", "ThrottlingError")',
        '("TransactionConflict",)',
        "tests/contract/test_ledger.py",
    ),
    Planted(
        "migrator.adapters.table",
        '== "ConditionalCheckFailedException"',
        'in ("ConditionalCheckFailedException", "ThrottlingException")',
        "tests/contract/test_ledger.py",
    ),
    Planted("migrator.adapters.paced", "status >= 500 or ", "", "tests/contract/test_paced.py"),
    Planted(
        "functions.poll", "transitions + BATCH_DONE", "transitions", "tests/workflow/test_transitions.py"
    ),
)
"""The tests are held to be enough by running them: each of these was once noticed by them."""


def _arguments(tests: str) -> list[str]:
    """What pytest is given; an expression after -k has _or_ in the place of its blanks."""
    return [one.replace("_or_", " or ") for one in tests.split()]


def main(words: list[str]) -> int:
    """Try those whose module or text has one of the words, or all."""
    unnoticed = []
    chosen = [one for one in PLANTED if not words or any(word in str(one) for word in words)]
    for one in chosen:
        noticed = not passes(one.module, one.mistaken, one.path, _arguments(one.tests))
        print(f"{'noticed' if noticed else 'SURVIVED'}: {one}", flush=True)
        if not noticed:
            unnoticed.append(one)
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} planted mistakes noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
