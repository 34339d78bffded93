"""What is in flight never exceeds what the directory can hold, and nothing is held when all is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from rehearsal.simulation.case import Document
from rehearsal.simulation.evidence import Evidence, moment


def addresses_were_there(evidence: Evidence) -> Iterator[str]:
    """The service never had to refuse for want of an address, and the reserve stayed untouched."""
    for event in evidence.events:
        if event["what"] == "refused" and "no free IP address" in event.get("message", ""):
            yield f"{event['workspaceId']} was refused at {event['at']}: no free address"
    reserve = int(evidence.world.settings["ADDRESS_RESERVE"])
    for directory_id, least in least_free(evidence).items():
        free = free_at_start(evidence, directory_id)
        if least < min(reserve, free):
            yield f"{directory_id} came from {free} free addresses to {least}, reserve {reserve}"


def free_at_start(evidence: Evidence, directory_id: str) -> int:
    return sum(subnet.free for subnet in evidence.before.subnets_of(directory_id))


def least_free(evidence: Evidence) -> dict[str, int]:
    """By directory: the fewest free addresses at any time, told from the twin's events."""
    free = {one: free_at_start(evidence, one) for one in evidence.before.directories}
    least = dict(free)
    where = {one.workspace_id: one.directory_id for one in evidence.before.desktops}
    addressed = {one.workspace_id for one in evidence.before.desktops if one.subnet is not None}
    for event in evidence.events:
        source, target = event["workspaceId"], event["targetWorkspaceId"]
        if event["what"] == "started":
            where[target] = where[source]
            addressed.add(target)
            free[where[source]] -= 1
            least[where[source]] = min(least[where[source]], free[where[source]])
        gone: tuple[str, ...] = ()
        if event["what"] == "terminated":
            gone = (event["terminatedWorkspaceId"],)
        elif event["what"] == "lost":
            gone = (source, target)
        for one in gone:
            if one in addressed:
                addressed.remove(one)
                free[where[one]] += 1
    return least


def within_max_in_flight(evidence: Evidence) -> Iterator[str]:
    """At each start, what is truly in flight in the directory is within the limit.

    Of two runs the larger one counts: a permit that was taken within the smaller is used a moment later.
    """
    limit = max(run.given.max_in_flight for run in evidence.runs)
    intervals = _in_flight(evidence)
    for directory_id, _, began, _ in intervals:
        count = sum(1 for where, _, start, end in intervals if where == directory_id and start <= began < end)
        if count > limit:
            yield f"{count} in flight in {directory_id} at {began}, maxInFlight is {limit}"
            return


def _in_flight(evidence: Evidence) -> list[tuple[str, str, datetime, datetime]]:
    """Directory, source, start and end of each migration; one reported stuck ends with its report."""
    open_: dict[str, Document] = {}
    found: list[tuple[str, str, datetime, datetime]] = []
    for event in evidence.events:
        source = event["workspaceId"]
        if event["what"] == "started":
            open_[source] = event
        elif event["what"] in ("finished", "rolled-back", "lost") and source in open_:
            began = open_.pop(source)
            end = min(moment(event["at"]), _given_up(evidence, source, moment(began["at"])))
            found.append((began["directoryId"], source, moment(began["at"]), end))
    for source, began in open_.items():
        at = moment(began["at"])
        found.append((began["directoryId"], source, at, _given_up(evidence, source, at)))
    return found


def _given_up(evidence: Evidence, source: str, began: datetime) -> datetime:
    """When a run reported it stuck; for ever where none did."""
    for run in evidence.runs:
        for line in run.lines:
            if line["workspaceId"] == source and line["endedAt"] and moment(line["endedAt"]) >= began:
                return moment(line["endedAt"])
    return began + timedelta(days=999)


def nothing_is_held(evidence: Evidence) -> Iterator[str]:
    """The counters are what the holds come to, and nothing is held after runs that did not die."""
    rows = evidence.world.rows
    under_way = [
        row for row in rows if row["pk"].startswith("run#") and row.get("stage") in ("calling", "started")
    ]
    in_flight = Counter(row["directory_id"] for row in under_way)
    addressed = Counter(row["directory_id"] for row in under_way if row["addressed"])
    holders = Counter(
        row["pk"].removeprefix("directory#")
        for row in rows
        if row["pk"].startswith("directory#") and "holder" in row
    )
    for row in rows:
        if row["sk"] != "permits":
            continue
        directory_id = row["pk"].removeprefix("directory#")
        counted = (row.get("in_flight", 0), row.get("addressed", 0), holders[directory_id])
        expected = (in_flight[directory_id], addressed[directory_id], in_flight[directory_id])
        if counted != expected:
            yield f"{directory_id} counts {counted} in flight, addressed, holders; the records say {expected}"
    died = {run.run_id for run in evidence.runs if run.died}
    for row in under_way:
        if row["pk"].removeprefix("run#") not in died:
            yield f"{row['workspace_id']} still holds its permit ({row['stage']}) when {row['pk']} is over"
