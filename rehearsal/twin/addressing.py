"""Which subnets the directories have and which address each WorkSpace: as a fleet file says, the rest filled
in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from rehearsal.twin.desktops import Desktop
from rehearsal.twin.fleet import Fleet
from rehearsal.twin.subnets import NoFreeAddress, Subnet

ROOM_FOR_MIGRATIONS = 150
"""Free addresses a directory has at least, where the file says nothing of its subnets (each migration takes
one)."""


def furnish_subnets(
    fleet: Fleet, directories: dict[str, dict[str, Any]], by_directory: dict[str, list[dict[str, Any]]]
) -> dict[str, Subnet]:
    """The subnets by id. One whose free addresses the file does not count has -1 for them, to be counted
    when every WorkSpace has its address."""
    subnets = {
        row["SubnetId"]: _stated_subnet(row, fleet.region)
        for row in fleet.subnets or ()
        if "CidrBlock" in row
    }
    partly = {row["SubnetId"]: row for row in fleet.subnets or ()}
    second_octet = 16
    for directory_id, directory in directories.items():
        rows = by_directory[directory_id]
        for place, subnet_id in enumerate(directory["SubnetIds"]):
            if subnet_id in subnets:
                continue
            room = max(ROOM_FOR_MIGRATIONS, partly.get(subnet_id, {}).get("AvailableIpAddressCount", 0) * 2)
            share = -(-(len(rows) + room) // len(directory["SubnetIds"]))
            network = _network_around(
                [
                    row["IpAddress"]
                    for row in rows
                    if row.get("SubnetId") == subnet_id and row.get("IpAddress")
                ],
                share,
            )
            if network is None or any(network.overlaps(other.network) for other in subnets.values()):
                network = IPv4Network((f"10.{second_octet}.0.0", _prefix_for(share)))
                while any(network.overlaps(other.network) for other in subnets.values()):
                    second_octet = second_octet + 1 if second_octet < 255 else 0
                    network = IPv4Network((f"10.{second_octet}.0.0", network.prefixlen))
            subnets[subnet_id] = _subnet(
                subnet_id,
                {**partly.get(subnet_id, {}), "CidrBlock": str(network)},
                fleet.region,
                "abcdef"[place % 6],
            )
    return subnets


def _stated_subnet(row: dict[str, Any], region: str) -> Subnet:
    return _subnet(row["SubnetId"], row, region, "a")


def _subnet(subnet_id: str, row: dict[str, Any], region: str, zone: str) -> Subnet:
    return Subnet(
        subnet_id=subnet_id,
        vpc_id=row.get("VpcId", "vpc-0123456789abcdef0"),
        network=IPv4Network(row["CidrBlock"]),
        availability_zone=row.get("AvailabilityZone", f"{region}{zone}"),
        free=row.get("AvailableIpAddressCount", -1),
    )


def _prefix_for(addresses: int) -> int:
    return next((prefix for prefix in range(24, 15, -1) if 2 ** (32 - prefix) - 5 >= addresses), 16)


def _network_around(addresses: list[str], share: int) -> IPv4Network | None:
    """The smallest subnet of a VPC, of /24 or larger, with these addresses and room for the rest; None
    without any."""
    if not addresses:
        return None
    known = [IPv4Address(address) for address in addresses]
    for prefix in range(_prefix_for(share), 15, -1):
        network = IPv4Network((min(known), prefix), strict=False)
        if max(known) in network:
            return network
    return None


def hold_its_address(row: dict[str, Any], subnets: list[Subnet]) -> None:
    """Keeps a stated address from being given to another WorkSpace."""
    for subnet in subnets:
        if row.get("IpAddress") and IPv4Address(row["IpAddress"]) in subnet.network:
            subnet.hold(row["IpAddress"])


def give_place(desktop: Desktop, subnets: list[Subnet]) -> None:
    """Puts a WorkSpace into its subnet, with the address it has or one that is free."""
    row = desktop.row
    address = row.get("IpAddress")
    named = next((each for each in subnets if each.subnet_id == row.get("SubnetId")), None)
    around = next((each for each in subnets if address and IPv4Address(address) in each.network), None)
    subnet = named or around or min(subnets, key=lambda each: len(each.taken))
    desktop.subnet = subnet
    row.setdefault("SubnetId", subnet.subnet_id)
    if address:
        subnet.hold(address)
        return
    try:
        row["IpAddress"] = subnet.unused()
    except NoFreeAddress:
        # Stated subnets smaller than the fleet in them: the desktop stays without a number, the count is as
        # stated.
        desktop.subnet = None
