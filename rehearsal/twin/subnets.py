"""The directories' subnets and their addresses: migrations take one each, terminated WorkSpaces give theirs
back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

RESERVED_AT_START = 4
"""AWS keeps the first four addresses of a subnet, and the last one."""


class NoFreeAddress(Exception):
    """Every address of the subnets is taken."""


@dataclass(slots=True, eq=False)
class Subnet:
    """A subnet. `free` is its AvailableIpAddressCount: a real subnet holds more than WorkSpaces, so it may
    be less than what the known addresses leave over."""

    subnet_id: str
    vpc_id: str
    network: IPv4Network
    availability_zone: str
    free: int = 0
    taken: set[IPv4Address] = field(default_factory=set, repr=False)
    on_change: Callable[[Subnet], None] | None = field(default=None, repr=False)
    _next: int = field(default=RESERVED_AT_START, repr=False)

    @property
    def usable(self) -> int:
        """How many addresses AWS lets one use."""
        return self.network.num_addresses - RESERVED_AT_START - 1

    def hold(self, address: str) -> None:
        """Notes an address that a WorkSpace of the fleet already has."""
        self.taken.add(IPv4Address(address))

    def unused(self) -> str:
        """An address nobody known has, noted as taken, without touching the count. Raises NoFreeAddress."""
        for _ in range(self.usable):
            address = self.network[self._next]
            self._next += 1
            if self._next >= self.network.num_addresses - 1:
                self._next = RESERVED_AT_START
            if address not in self.taken:
                self.taken.add(address)
                return str(address)
        raise NoFreeAddress(self.subnet_id)

    def take(self) -> str:
        """An address for a new WorkSpace. Raises NoFreeAddress."""
        if self.free <= 0:
            raise NoFreeAddress(self.subnet_id)
        address = self.unused()
        self._count(-1)
        return address

    def give_back(self, address: str) -> None:
        """A WorkSpace is gone: its address is free again."""
        held = IPv4Address(address)
        if held in self.taken:
            self.taken.remove(held)
            self._count(+1)

    def _count(self, change: int) -> None:
        self.free += change
        if self.on_change:
            self.on_change(self)


def take_address(subnets: Iterable[Subnet]) -> tuple[Subnet, str]:
    """An address from the subnet with the most free ones (the first of equals). Raises NoFreeAddress."""
    for subnet in sorted(subnets, key=lambda each: -each.free):
        try:
            return subnet, subnet.take()
        except NoFreeAddress:
            continue
    raise NoFreeAddress("none of the subnets has a free address")
