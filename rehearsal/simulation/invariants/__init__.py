"""What must hold after every run, whatever it was given: each from evidence to what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rehearsal.simulation.evidence import Evidence
from rehearsal.simulation.invariants.accounting import files_agree, ledger_agrees, one_outcome_each
from rehearsal.simulation.invariants.directory import (
    names_were_kept,
    only_orphans_were_touched,
    orphans_are_accounted_for,
    the_living_keep_their_computers,
)
from rehearsal.simulation.invariants.measuring import costs_add_up, metrics_follow
from rehearsal.simulation.invariants.once import migrated_once, nothing_forbidden_started
from rehearsal.simulation.invariants.pace import within_the_rate
from rehearsal.simulation.invariants.permits import (
    addresses_were_there,
    nothing_is_held,
    within_max_in_flight,
)
from rehearsal.simulation.invariants.telling import everything_is_told
from rehearsal.simulation.invariants.termination import (
    only_failed_targets_were_terminated,
    what_is_said_of_failed_targets_is_true,
)
from rehearsal.simulation.invariants.truth import outcomes_are_true, reasons_are_true
from rehearsal.simulation.invariants.verdicts import (
    the_brake_holds,
    the_canary_goes_first,
    the_window_holds,
    verdicts_follow,
)

INVARIANTS: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    migrated_once,
    nothing_forbidden_started,
    addresses_were_there,
    within_max_in_flight,
    nothing_is_held,
    within_the_rate,
    one_outcome_each,
    files_agree,
    ledger_agrees,
    outcomes_are_true,
    reasons_are_true,
    the_living_keep_their_computers,
    only_orphans_were_touched,
    orphans_are_accounted_for,
    names_were_kept,
    only_failed_targets_were_terminated,
    what_is_said_of_failed_targets_is_true,
    verdicts_follow,
    the_brake_holds,
    the_canary_goes_first,
    the_window_holds,
    everything_is_told,
    metrics_follow,
    costs_add_up,
)


def violations(evidence: Evidence) -> list[str]:
    """What does not hold, each with the invariant's name."""
    return [f"{one.__name__}: {fault}" for one in INVARIANTS for fault in one(evidence)]
