"""Gathering the fleet: what the selection matches, page by page, and its users' other WorkSpaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from botocore.exceptions import ClientError

from migrator.adapters.listings import endless
from migrator.domain.facts import Workspace
from migrator.domain.inventory import WORKSPACE_ID, InventoryContents, read_inventory
from migrator.domain.passing_rules import STARTABLE_STATES
from migrator.domain.run_input import InvalidInput, RunInput
from migrator.domain.selection import Criteria, criteria
from migrator.services import Services
from migrator.steps.checkpoint import Checkpoint, Reading
from migrator.steps.parts import PART, Parts
from migrator.steps.readings import fleet_readings, user_readings

_MOST_PAGES = 20_000
"""Pages of one listing: half a million WorkSpaces, and hours of the account's rate."""
_MOST_BARREN = 100
"""Empty pages one after another, with a token each."""


def begin(services: Services, given: RunInput, execution_arn: str) -> Checkpoint:
    """What is to be read, from the input, its inventory and tags. Raises InvalidInput."""
    select = given.select
    inventory = _inventory(services, given, execution_arn.split(":")[3])
    tagged = services.tags(execution_arn).with_all(select.tags) if select.tags else None
    listed = None if inventory is None else inventory.workspace_ids
    wanted = criteria(select, listed, tagged)
    named = {*select.workspace_ids, *(listed or ())}
    askable = sorted(one for one in named if WORKSPACE_ID.fullmatch(one))
    return Checkpoint(
        readings=list(fleet_readings(wanted, askable)),
        named=askable,
        strangers=sorted({*named.difference(askable), *(inventory.strangers if inventory else ())}),
        targets=inventory.targets if inventory else {},
        criteria={
            name: None if (ids := getattr(wanted, name)) is None else sorted(ids)
            for name in Criteria.__dataclass_fields__
        },
        elsewhere=inventory.elsewhere if inventory else {},
    )


def _inventory(services: Services, given: RunInput, region: str) -> InventoryContents | None:
    place = given.select.inventory
    if place is None:
        return None
    where = f"s3://{place.bucket}/{place.key}"
    try:
        text = services.runs.read_object(place.bucket, place.key)
    except UnicodeDecodeError:
        raise InvalidInput([f"$.select.inventory: {where} is not UTF-8; save it as UTF-8"]) from None
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
            raise
        raise InvalidInput(
            [
                f"$.select.inventory: {where} may not be read, or does not exist; name an object of the runs "
                "bucket, or add its bucket to inventoryBuckets in cdk.json"
            ]
        ) from None
    if text is None:
        raise InvalidInput([f"$.select.inventory: {where} does not exist"])
    contents, faults = read_inventory(text, where, region)
    if faults:
        raise InvalidInput([f"$.select.inventory: {fault}" for fault in faults])
    return contents


class Gathering:
    """Reads the fleet of a checkpoint into parts; `check_time` raises where the turn's time is short."""

    def __init__(
        self, services: Services, checkpoint: Checkpoint, parts: Parts, check_time: Callable[[], None]
    ) -> None:
        self._services = services
        self._checkpoint = checkpoint
        self._parts = parts
        self._check_time = check_time
        self._held: list[Workspace] = []

    def gather(self) -> None:
        """The fleet, then those of its users that the selection did not match."""
        try:
            self._read_fleet()
        finally:
            # Whatever was read is written, also where the turn ends here.
            self._write_part()
        self._read_users()

    def _read_fleet(self) -> None:
        checkpoint = self._checkpoint
        wanted = Criteria(
            **{name: None if ids is None else frozenset(ids) for name, ids in checkpoint.criteria.items()}
        )
        named, known = set(checkpoint.named), set(checkpoint.fleet)
        while checkpoint.readings:
            self._check_time()
            reading = checkpoint.readings[0]
            found, finished = self._page(reading)
            for workspace in found:
                self._remember_user(workspace)
                if workspace.workspace_id in named:
                    checkpoint.seen.append(workspace.workspace_id)
                # A page that shifts while a large fleet is read shows one twice.
                if wanted.matches(workspace) and workspace.workspace_id not in known:
                    known.add(workspace.workspace_id)
                    self._take(workspace)
            if finished:
                checkpoint.readings.pop(0)

    def _page(self, reading: Reading) -> tuple[Iterable[Workspace], bool]:
        """The next page of a reading, and whether it was the last."""
        if reading.ids:
            page, reading.ids = reading.ids[:25], reading.ids[25:]
            return self._services.workspaces.describe(page).values(), not reading.ids
        found = self._listed(reading)
        return found, reading.token is None

    def _listed(self, reading: Reading) -> list[Workspace]:
        """The next page of a listing. Raises UnclearAnswer for one that does not come to its end."""
        found, reading.token = self._services.workspaces.page(
            directory_id=reading.directory_id, bundle_id=reading.bundle_id, token=reading.token
        )
        reading.pages += 1
        reading.barren = 0 if found else reading.barren + 1
        if reading.token and (reading.barren >= _MOST_BARREN or reading.pages >= _MOST_PAGES):
            # Turn after turn would read on, with nothing to show for it.
            raise endless("the listing of Workspaces", f"{reading.pages} pages and a token for more")
        return found

    def _take(self, workspace: Workspace) -> None:
        checkpoint = self._checkpoint
        checkpoint.fleet.append(workspace.workspace_id)
        if workspace.directory_id not in checkpoint.directories:
            checkpoint.directories.append(workspace.directory_id)
        systems = checkpoint.running.setdefault(workspace.bundle_id, [])
        if workspace.os is not None and workspace.os not in systems:
            systems.append(workspace.os.value)
        if workspace.unfamiliar_os and workspace.bundle_id not in checkpoint.unfamiliar:
            checkpoint.unfamiliar.append(workspace.bundle_id)
        self._held.append(workspace)
        if len(self._held) == PART:
            self._write_part()

    def _write_part(self) -> None:
        if self._held:
            self._checkpoint.parts += 1
            self._parts.write_fleet(self._checkpoint.parts, self._held)
            self._held = []

    def _read_users(self) -> None:
        """Find users with more than one WorkSpace, the ones outside the selection included."""
        checkpoint = self._checkpoint
        if checkpoint.user_readings is None:
            members = (one for number in range(1, checkpoint.parts + 1) for one in self._parts.fleet(number))
            checkpoint.user_readings = list(user_readings(checkpoint.criteria, members))
        while checkpoint.user_readings:
            self._check_time()
            reading = checkpoint.user_readings[0]
            if reading.user_name:
                found = self._services.workspaces.of_user(reading.directory_id or "", reading.user_name)
            else:
                found = self._listed(reading)
            for workspace in found:
                self._remember_user(workspace)
            if reading.token is None:
                checkpoint.user_readings.pop(0)

    def _remember_user(self, workspace: Workspace) -> None:
        owned = self._checkpoint.users.setdefault(user_key(workspace), {})
        owned[workspace.workspace_id] = workspace.state in STARTABLE_STATES


def user_key(workspace: Workspace) -> str:
    """One user of one directory, whatever the case."""
    return f"{workspace.directory_id}#{workspace.user_name.casefold()}"
