"""How many more migrations a directory can take now."""

from __future__ import annotations

from dataclasses import dataclass

from migrator.domain.permits import permit_limit
from migrator.domain.plan import Batch
from migrator.services import Services


@dataclass(frozen=True, slots=True)
class Room:
    """A directory's limit and what is in flight, over all runs."""

    limit: int
    in_flight: int
    addressed_gone: int = 0
    """Of the counter, when the limit was reckoned."""

    @property
    def permits(self) -> int:
        return max(0, self.limit - self.in_flight)


def room_in(services: Services, batch: Batch, max_in_flight: int) -> Room:
    """The room of the batch's directory, from its counter and its subnets."""
    permits = services.holds.permits(batch.directory_id)
    limit = permit_limit(
        max_in_flight=max_in_flight,
        free_addresses=services.addresses.free(batch.subnet_ids),
        reserve=services.settings.address_reserve,
        addressed=permits.addressed,
    )
    return Room(limit, permits.in_flight, permits.addressed_gone)
