"""Whatever the service shows: what an outcome may never say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from migrator.domain.migration import UnderWay, decide
from migrator.domain.outcomes import Outcome
from migrator.domain.run_input import Polling
from tests.samples import NOW, WORKSPACE

STATES = st.none() | st.sampled_from(
    [
        *("PENDING", "AVAILABLE", "IMPAIRED", "UNHEALTHY", "REBOOTING", "STARTING", "REBUILDING"),
        *("RESTORING", "MAINTENANCE", "ADMIN_MAINTENANCE", "TERMINATING", "TERMINATED", "SUSPENDED"),
        *("UPDATING", "STOPPING", "STOPPED", "ERROR", "NEWLY_INVENTED"),
    ]
)
GONE = (None, "TERMINATING", "TERMINATED")


@st.composite
def limits(draw: st.DrawFn) -> Polling:
    failed = draw(st.integers(1, 1440))
    stuck = draw(st.integers(failed, 2880))
    return Polling(firstAfterSeconds=1, failedAfterMinutes=failed, stuckAfterMinutes=stuck)  # type: ignore[call-arg]


@given(
    STATES,
    STATES,
    st.integers(0, 4000),
    st.booleans(),
    st.none() | st.integers(0, 600),
    st.booleans(),
    limits(),
)
def test_no_outcome_contradicts_what_is_seen(
    source: str | None,
    target: str | None,
    minutes: int,
    seen: bool,
    absent_seconds: int | None,
    answered: bool,
    given_limits: Polling,
) -> None:
    now = NOW + timedelta(minutes=minutes)
    migration = UnderWay(
        WORKSPACE.workspace_id,
        "ws-000000009" if answered else None,
        "wsb-source001",
        "wsb-target001",
        NOW,
        seen,
        None if absent_seconds is None else now - timedelta(seconds=absent_seconds),
    )
    ending = decide(
        migration,
        None if source is None else replace(WORKSPACE, state=source),
        None if target is None else replace(WORKSPACE, workspace_id="ws-000000009", state=target),
        now,
        given_limits,
    )
    failed = minutes >= given_limits.failed_after_minutes
    stuck = minutes >= given_limits.stuck_after_minutes
    outcome = ending.outcome if ending else None
    assert (outcome is Outcome.MIGRATED) is (source in GONE and target in ("AVAILABLE", "STOPPED"))
    confirmed = absent_seconds is not None and absent_seconds >= 60
    certain = target is not None or not seen or confirmed
    assert (outcome is Outcome.LOST) is (source in GONE and target in GONE and failed and certain)
    if outcome is Outcome.NEVER_STARTED:
        assert target is None
        assert source not in GONE
        assert failed
        assert not seen
    if outcome is Outcome.ROLLED_BACK:
        assert source not in GONE
        assert target in GONE or (target == "ERROR" and failed)
    if outcome is Outcome.STUCK:
        assert stuck
        assert target not in GONE
    if stuck and (absent_seconds is None or absent_seconds >= 60) and not (seen and absent_seconds is None):
        assert outcome is not None, "nothing may be under way for ever"
    if ending is not None and outcome is not Outcome.MIGRATED:
        assert ending.detail.endswith(".")
        assert ending.next_step.endswith(".")
