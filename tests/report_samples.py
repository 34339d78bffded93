"""Reports made by hand for the tests of pages, tables and notices: ordinary, hostile and big ones."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from migrator.domain.consequences import DRIVE_C, FOR_ALL
from migrator.domain.costs import Fees, cost_of, fleet_cost, source_of
from migrator.domain.outcomes import Outcome
from migrator.domain.price_table import table_of
from migrator.domain.prices import Fee
from migrator.domain.report import (
    BundleLine,
    Consequences,
    Cost,
    DirectoryLine,
    Failure,
    RunReport,
    Verdict,
    WorkspaceCost,
    WorkspaceLine,
)

START = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
NAMES = (
    "ana ben chi dee eli fay gus hana ivo jun kai lea max nia oto pia qi rui sol tom uma vik wes xin yara zoe"
)

STANDARD, VALUE, POWER, TARGET = "wsb-bh8rsxt14", "wsb-gk1wpk43z", "wsb-b0s22j3d7", "wsb-9jvhtb24f"

NEXT_STEPS = {
    Outcome.ROLLED_BACK: "Check the WorkSpace's health in the console, then run again with it alone.",
    Outcome.NEVER_STARTED: "Contact AWS Support with both ids: the service gave no error.",
    Outcome.REFUSED: "Wait until the change of its properties has ended, then run again.",
    Outcome.STUCK: "Open a case with AWS Support now and leave both WorkSpaces alone until it answers.",
    Outcome.LOST: "Search the console for the user's name, then open an urgent case with AWS Support.",
}


def line(number: int, outcome: Outcome = Outcome.MIGRATED, **changes: object) -> WorkspaceLine:
    """One WorkSpace; changes are fields of WorkspaceLine."""
    names = NAMES.split()
    fields: dict[str, object] = {
        "workspace_id": f"ws-{number:08d}a",
        "user_name": f"{names[number % len(names)]}.{'klmnprst'[number % 8]}{number:03d}",
        "directory_id": "d-9067aaaa01" if number % 3 else "d-9067bbbb02",
        "source_bundle_id": (STANDARD, VALUE, POWER)[number % 3],
        "target_bundle_id": TARGET,
        "outcome": outcome,
        "computer_name": f"WSAMZN-{number:07d}",
        "ip_address": f"10.0.{number // 250}.{number % 250 + 4}",
        "next_step": NEXT_STEPS.get(outcome, ""),
    }
    if outcome is Outcome.MIGRATED:
        fields |= {
            "target_workspace_id": f"ws-{number:08d}b",
            "target_computer_name": f"EC2AMAZ-{number:07d}",
            "target_ip_address": f"10.0.{number // 250 + 100}.{number % 250 + 4}",
        }
    return WorkspaceLine.model_validate(fields | changes)


def report(lines: Sequence[WorkspaceLine], **changes: object) -> RunReport:
    """A report of these lines with true counts; changes are fields of RunReport."""
    counted = Counter(each.outcome for each in lines)
    ends = [each.ended_at for each in lines if each.ended_at is not None]
    ended_at = max([*ends, START]) + timedelta(minutes=6)
    migrated, tried = counted[Outcome.MIGRATED], len(lines) - counted[Outcome.INELIGIBLE]
    fields: dict[str, object] = {
        "run_id": "weekend-wave-1",
        "stage": "prod",
        "dry_run": False,
        "verdict": Verdict.MIGRATED if migrated == tried else Verdict.INCOMPLETE,
        "headline": f"{migrated} of {tried} WorkSpaces that were to migrate did.",
        "started_at": START,
        "ended_at": ended_at,
        "virtual_seconds": (ended_at - START).total_seconds(),
        "counts": {outcome: counted[outcome] for outcome in Outcome},
        "workspaces": list(lines),
        "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:MigrateFleet:weekend-wave-1",
    }
    return RunReport.model_validate(fields | changes)


def _timed(count: int, places: int, seed: int) -> list[tuple[datetime, datetime]]:
    """Starts and ends of `count` migrations of about 25 minutes with `places` in flight."""
    chance = random.Random(seed)  # noqa: S311 - a sample
    free_at = [START + timedelta(minutes=3, seconds=2 * place) for place in range(places)]
    times = []
    for _ in range(count):
        place = free_at.index(min(free_at))
        start = free_at[place]
        end = start + timedelta(seconds=round(60 * chance.lognormvariate(3.22, 0.35)))
        free_at[place] = end + timedelta(seconds=20)
        times.append((start, end))
    return times


def ordinary() -> RunReport:
    """120 WorkSpaces: 88 migrated, some failed in every way, some deferred, some blocked for five reasons."""
    kinds: list[tuple[Outcome, dict[str, object]]] = []
    kinds += [
        (
            Outcome.ROLLED_BACK,
            {
                "reason": "rolled-back",
                "detail": "The target was terminated; the source is back in its old bundle.",
            },
        )
    ] * 2
    kinds += [
        (
            Outcome.NEVER_STARTED,
            {
                "reason": "silent-failure",
                "detail": "An hour after the attempt the bundle is still the same and there is no target.",
            },
        )
    ]
    kinds += [
        (
            Outcome.REFUSED,
            {
                "reason": "OperationInProgressException",
                "detail": "The service said no: the WorkSpace's properties are being modified.",
            },
        )
    ]
    kinds += [
        (
            Outcome.STUCK,
            {"reason": "stuck", "detail": "After 90 minutes both the source and the target exist."},
        )
    ]
    kinds += [(Outcome.MIGRATED, {})] * 88
    times = _timed(len(kinds), 25, seed=7)
    order = random.Random(3).sample(range(len(kinds)), len(kinds))  # noqa: S311 - a sample
    lines = []
    for position, index in enumerate(order):
        outcome, changes = kinds[index]
        start, end = times[position]
        extra: dict[str, object] = {
            "started_at": start,
            "ended_at": end,
            "batch_id": f"batch-{position // 25 + 1:03d}",
        }
        if outcome is Outcome.STUCK:
            extra |= {"ended_at": None, "target_workspace_id": f"ws-{position:08d}b"}
        if outcome is Outcome.REFUSED:
            extra["ended_at"] = start + timedelta(seconds=1)
        if outcome is Outcome.MIGRATED and position % 40 == 5:
            extra["warnings"] = ["The running mode changed from AUTO_STOP to ALWAYS_ON."]
        if outcome is not Outcome.MIGRATED:
            extra["source_bundle_id"] = STANDARD
        lines.append(line(position, outcome, **(extra | changes)))
    later = len(lines)
    connected: dict[str, object] = {
        "reason": "user-connected",
        "detail": "The user was connected when its turn came.",
        "next_step": "Ask the user to log out, then run again: what is done is not done twice.",
    }
    stale: dict[str, object] = {
        "reason": "snapshot-age",
        "detail": "The newest snapshot of the user volume is older than 13 hours.",
        "next_step": "Wait for the next snapshot (every 12 hours), then run again.",
    }
    rules: list[tuple[int, Outcome, dict[str, object]]] = [
        (4, Outcome.DEFERRED, connected),
        (2, Outcome.DEFERRED, stale),
        (
            9,
            Outcome.INELIGIBLE,
            {
                "reason": "plus-edition",
                "detail": "The source includes Microsoft Office and the target does not.",
                "next_step": "Choose a Plus target bundle for these, or set the rule to warn.",
            },
        ),
        (
            5,
            Outcome.INELIGIBLE,
            {
                "reason": "same-bundle",
                "detail": "It is on the target bundle already.",
                "next_step": "Nothing to do; to refresh it with the same bundle, rebuild it instead.",
            },
        ),
        (
            3,
            Outcome.INELIGIBLE,
            {
                "reason": "linux",
                "detail": "It runs Linux, which cannot be migrated.",
                "next_step": "Leave these out of the selection.",
            },
        ),
        (
            2,
            Outcome.INELIGIBLE,
            {
                "reason": "no-snapshot",
                "detail": "There is no snapshot of its user volume.",
                "next_step": "Wait until it is 12 hours old, then run again.",
            },
        ),
        (
            2,
            Outcome.INELIGIBLE,
            {
                "reason": "opt-out",
                "detail": "It carries the tag MigrationOptOut.",
                "next_step": "Remove the tag if it is to migrate.",
            },
        ),
    ]
    for count, outcome, changes in rules:
        bundle = TARGET if changes["reason"] == "same-bundle" else (STANDARD, VALUE)[later % 2]
        lines += [line(later + i, outcome, source_bundle_id=bundle, **changes) for i in range(count)]
        later += count
    directory = [
        DirectoryLine(
            computer_name="EC2AMAZ-ROLLED1",
            directory_id="d-9067aaaa01",
            workspace_id=lines[0].workspace_id,
            action="delete",
            result="deleted",
            reason="The target's computer; its WorkSpace is gone.",
            distinguished_name="CN=EC2AMAZ-ROLLED1,OU=WorkSpaces,DC=corp,DC=example",
        ),
        DirectoryLine(
            computer_name="EC2AMAZ-ROLLED2",
            directory_id="d-9067aaaa01",
            workspace_id=lines[1].workspace_id,
            action="delete",
            result="refused",
            reason="in-use: it logged on after the migration ended.",
            distinguished_name="CN=EC2AMAZ-ROLLED2,OU=WorkSpaces,DC=corp,DC=example",
        ),
        DirectoryLine(
            computer_name="WSAMZN-0000007",
            directory_id="d-9067aaaa01",
            workspace_id=lines[7].workspace_id,
            action="report",
            result="reported",
            reason="The former computer of a migrated WorkSpace.",
        ),
    ]
    return report(lines, directory=directory, cost=Cost(state_transitions=548, transitions_per_workspace=6.2))


def consequences_of(number: int, user: str) -> Consequences:
    """Root volumes of 80 grow to 175; one in five has a user volume of 250, one in 50 no snapshot."""
    newest = None if number % 50 == 9 else START - timedelta(minutes=7 + 11 * number % 700)
    user_gib = 250 if number % 5 == 0 else 50
    return Consequences(
        root_volume_gib=175 if number % 7 == 0 else 80,
        new_root_volume_gib=175,
        user_volume_gib=user_gib,
        new_user_volume_gib=max(user_gib, 100),
        user_volume_as_of=newest,
        lost=[DRIVE_C, "All of drive D." if newest is None else f"Drive D after {newest:%H:%M}."],
        old_profile=f"D:\\Users\\{user}MMddyyTHHmmss.NotMigrated",
        cost=cost_sample(number),
    )


def cost_sample(number: int) -> WorkspaceCost:
    """From Standard to Performance on the 21st: AUTO_STOP, but one in four; one in 31 without a price."""
    if number % 31 == 3:
        return WorkspaceCost(unknown="No price for GRAPHICS, Windows, licence included in us-east-1.")
    always_on = number % 4 == 0
    now, then = (Fee(Decimal(35)), Fee(Decimal(50), uncounted_gib=50))
    if not always_on:
        now, then = Fee(Decimal("9.75"), Decimal("0.30")), Fee(Decimal("13.00"), Decimal("0.47"))
    return cost_of(Fees(now, then), START.date())


def planned() -> RunReport:
    """A dry run of the ordinary one: nothing started."""
    lines = []
    for each in ordinary().workspaces:
        if each.outcome in (Outcome.INELIGIBLE, Outcome.DEFERRED):
            lines.append(each)
        else:
            number = int(each.workspace_id[3:-1])
            told = consequences_of(number, str(each.user_name))
            lines.append(line(number, Outcome.PLANNED, batch_id=each.batch_id, consequences=told))
    costs = [one.consequences.cost for one in lines if one.consequences and one.consequences.cost]
    return report(
        lines,
        dry_run=True,
        consequences=FOR_ALL,
        cost=Cost(
            prices=source_of(replace(table_of("us-east-1"), notes=("The AWS Price List was not asked.",))),
            fleet=fleet_cost(costs, {START.date()}, forecast=True),
        ),
        verdict=Verdict.PLANNED,
        headline="93 of 120 WorkSpaces would migrate; nothing was touched.",
    )


def all_migrated() -> RunReport:
    """Forty WorkSpaces, all of them migrated."""
    times = _timed(40, 20, seed=2)
    lines = [
        line(i, started_at=s, ended_at=e, batch_id=f"batch-{i // 25 + 1:03d}")
        for i, (s, e) in enumerate(times)
    ]
    return report(
        lines,
        headline="All 40 WorkSpaces migrated.",
        cost=Cost(state_transitions=210, transitions_per_workspace=5.25),
    )


def died() -> RunReport:
    """A run that ended before anything was known."""
    return report(
        [],
        verdict=Verdict.FAILED,
        headline="The run failed while it looked at the fleet; nothing was started.",
        failure=Failure(
            error="AccessDeniedException",
            cause="The assess function may not call workspaces:DescribeWorkspaces.",
        ),
    )


HOSTILE = (
    "<script>window.executed='script'</script>",
    "</script><script>window.executed='closed'</script>",
    "<img src=x onerror=\"window.executed='img'\">",
    '"><svg onload="window.executed=\'svg\'">',
    "' onfocus='window.executed=1' autofocus='",
    "javascript:window.executed=1",
    "{{ 7 * 7 }}{% include 'report.css' %}",
    "<!--<script>",
    "]]><style>body{display:none}</style>",
    "</title></style></textarea><b>bold</b>",
    '=HYPERLINK("http://example.test","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A2)",
    "\t=1+1",
    "\r=1+1",
    "line\u2028separator\u2029and\u0000null\u0007bell",
    "right\u202eto\u2066left",
    "$(touch /tmp/x) `id` ; rm -rf ~ & | > <",
    "&amp;&lt;entity&gt;",
    "a" * 300,
    "عربي 日本語 é́ 🙂",
    "<!channel> *bold* _it_ [x](http://example.test) <@U123|name>",
    "Ana\nSubject: forged",
)


def hostile() -> RunReport:
    """Every text from outside is markup, script, a formula, a shell command or a control character."""
    lines = []
    for i, text in enumerate(HOSTILE):
        start = START + timedelta(minutes=i)
        outcome = (Outcome.MIGRATED, Outcome.REFUSED, Outcome.INELIGIBLE, Outcome.STUCK)[i % 4]
        lines.append(
            line(
                i,
                outcome,
                user_name=text,
                detail=text,
                next_step=text,
                reason=text,
                warnings=[text],
                computer_name=text,
                directory_id=text,
                source_bundle_id=text,
                batch_id=text,
                started_at=start,
                ended_at=start + timedelta(minutes=25),
            )
        )
    lines.append(
        line(90, workspace_id="ws-1; rm -rf /", target_workspace_id="$(id)", target_bundle_id="`id`")
    )
    everything = " ".join(HOSTILE)
    return report(
        lines,
        run_id="</title><script>window.executed='run'</script>\n\r=1",
        stage="<b>\n\"'",
        headline=everything,
        failure=Failure(error=HOSTILE[0], cause=everything),
        execution_arn="javascript:window.executed='arn'",
        directory=[
            DirectoryLine(
                computer_name=t,
                directory_id=t,
                workspace_id=t,
                action=t,
                result=t,
                reason=t,
                distinguished_name=t,
            )
            for t in HOSTILE
        ],
        bundles=[
            BundleLine(
                bundle_id=t,
                name=t,
                image_id=t,
                left=1,
                still_on_it=0,
                more_on_it=True,
                to_delete=True,
                image_to_delete=t,
                next_step=t,
            )
            for t in HOSTILE
        ],
        permits=dict.fromkeys(HOSTILE, 1),
    )


def big(count: int = 10_000) -> RunReport:
    """`count` WorkSpaces with a hundred in flight; one in fifty fails, one in ten is blocked."""
    times = _timed(count, 100, seed=11)
    lines = []
    for i, (start, end) in enumerate(times):
        if i % 10 == 9:
            lines.append(
                line(
                    i,
                    Outcome.INELIGIBLE,
                    reason=("plus-edition", "linux", "same-bundle")[i % 3],
                    detail="A rule blocks it.",
                    next_step="Choose another target.",
                )
            )
        elif i % 50 == 7:
            lines.append(
                line(
                    i,
                    Outcome.ROLLED_BACK,
                    reason="rolled-back",
                    detail="The source is back in its old bundle.",
                    started_at=start,
                    ended_at=end,
                    batch_id=f"batch-{i // 25 + 1:03d}",
                )
            )
        else:
            lines.append(line(i, started_at=start, ended_at=end, batch_id=f"batch-{i // 25 + 1:03d}"))
    return report(
        lines, run_id="whole-company", cost=Cost(state_transitions=49_120, transitions_per_workspace=4.9)
    )
