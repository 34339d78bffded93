"""Sweep: what migrations of any run left in the directories, and nobody has dealt with since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from migrator.domain.report import DirectoryLine
from migrator.domain.run_input import DirectoryCleanUp
from migrator.domain.sweep import SweepInput, swept
from migrator.services import Services
from migrator.steps.clean_up import LEFT_BEHIND, deal_with

_SUBJECT = "Fleet migrator ({stage}): computer objects left in the directory"


def sweep(
    services: Services, given: SweepInput, seconds_left: Callable[[], float]
) -> tuple[str, list[DirectoryLine]]:
    """Deal with each as the sweep's mode says, under every rule of a run; its id and what was found.

    Only names from the ledger are looked for: nothing else in the directory is seen at all.
    """
    now = services.clock.now()
    sweep_id = f"sweep-{now:%Y%m%dT%H%M%SZ}"
    orphans = swept(services.ledger.every_migration(), services.directories.ids, now, given.after_days)
    modes = DirectoryCleanUp.model_validate({"failedTargets": given.mode, "formerComputers": given.mode})
    found: list[DirectoryLine] = []
    for directory_id in sorted({orphan.directory_id for orphan in orphans}):
        mine = [orphan for orphan in orphans if orphan.directory_id == directory_id]
        lines = deal_with(services, sweep_id, directory_id, mine, modes, seconds_left, again=False)
        # Most are gone, as they should be.
        found += [line for line in lines if line.result != "already-gone"]
    if found:
        document = [line.model_dump(mode="json", by_alias=True) for line in found]
        address = services.runs.write_json(sweep_id, LEFT_BEHIND, document)
        services.notices.publish(_SUBJECT.format(stage=services.settings.stage), _text(found, address))
    return sweep_id, found


def _text(found: list[DirectoryLine], address: str) -> str:
    counts = ", ".join(
        f"{count} {result}" for result, count in sorted(Counter(line.result for line in found).items())
    )
    return (
        f"A sweep found computer objects that migrations left and no WorkSpace has any more: {counts}.\n"
        f"Each with its reason: {address}\n"
    )
