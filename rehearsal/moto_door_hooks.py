"""Hooks into moto for whoever does not ask in this process (rehearsal.twin_services): its EC2 shows the
directories' subnets, and its server's WorkSpaces are the twin's.

A rehearsal does without: botocore alone takes half a second for EC2.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Network
from typing import Any, Protocol

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.models.subnets import Subnet as MotoSubnet
from moto.workspaces.responses import WorkSpacesResponse

from rehearsal.hooking import Hooks, Replacement
from rehearsal.moto_service_hooks import text_of

_LOAD_IMAGES = "MOTO_EC2_LOAD_DEFAULT_AMIS"


class AddressCount(Protocol):
    """A subnet of the twin, as far as EC2 shows it."""

    subnet_id: str
    vpc_id: str
    network: IPv4Network
    availability_zone: str
    free: int
    on_change: Any


class Behind(Protocol):
    """The twin, as far as moto's doors need it."""

    @property
    def region(self) -> str: ...

    @property
    def subnets(self) -> Mapping[str, AddressCount]: ...

    def answer(self, operation: str, body: str) -> tuple[int, dict[str, str], str]: ...


door_hook = Hooks[Behind]()


def verify_door_hooks() -> list[str]:
    """What of moto has changed under these hooks; empty when all is as it was."""
    return door_hook.verify()


@contextmanager
def doors_opened(twin: Behind) -> Iterator[None]:
    """The twin behind moto's EC2 and its server, for as long as the context lasts. Inside moto's mock_aws."""
    with ExitStack() as stack:
        stack.enter_context(_ec2_without_machine_images(twin.region))
        for each in door_hook.declared:
            each.install(twin, Replacement(stack))
        yield


@contextmanager
def _ec2_without_machine_images(region: str) -> Iterator[None]:
    """moto's EC2 makes a thousand machine images, which takes a tenth of a second, and again when it is
    reset."""
    of_account = ec2_backends[DEFAULT_ACCOUNT_ID]
    if region in of_account.keys():  # noqa: SIM118 - `in` alone asks whether there is such a Region
        yield
        return
    before = os.environ.get(_LOAD_IMAGES)
    os.environ[_LOAD_IMAGES] = "false"
    try:
        of_account[region]
    finally:
        if before is None:
            del os.environ[_LOAD_IMAGES]
        else:
            os.environ[_LOAD_IMAGES] = before
    try:
        yield
    finally:
        of_account.pop(region, None)


@door_hook(
    {
        "moto.ec2.models.amis:AmiBackend._load_amis": "986bfb7f7231",
        "moto.ec2.models.subnets:Subnet.__init__": "a7d81f74d15e",
        "moto.ec2.models.subnets:Subnet.available_ip_address_count": "1eec9bb56cae",
        "moto.ec2.models.subnets:SubnetBackend.describe_subnets": "5ef9d92caab7",
    }
)
def subnets_count_the_twins_addresses(twin: Behind, replace: Replacement) -> None:
    """The directories' subnets stand in moto's EC2, under their own ids, with the twin's free addresses."""
    del replace  # data, not code
    backend = ec2_backends[DEFAULT_ACCOUNT_ID][twin.region]
    zones = {zone.name: zone for zone in backend.describe_availability_zones()}
    for subnet in twin.subnets.values():
        name = subnet.availability_zone
        shown = MotoSubnet(
            backend,
            subnet.subnet_id,
            subnet.vpc_id,
            str(subnet.network),
            None,
            zones.get(name) or Zone(name, twin.region, f"{twin.region}-{name[-1:]}"),
            default_for_az=False,
            map_public_ip_on_launch=False,
        )
        backend.subnets[name][subnet.subnet_id] = shown

        def show(changed: AddressCount, shown: MotoSubnet = shown) -> None:
            shown._available_ip_addresses = changed.free

        show(subnet)
        subnet.on_change = show


@door_hook(
    {
        "moto.core.responses:BaseResponse.dispatch": "f384bce8f69d",
        "moto.core.responses:BaseResponse._dispatch": "446e22484251",
    }
)
def workspaces_served_over_http_are_the_twins(twin: Behind, replace: Replacement) -> None:
    """The same answers where moto runs as a server and requests come by its router."""

    def dispatch(
        response: WorkSpacesResponse, request: Any, full_url: str | None = None, headers: Any = None
    ) -> Any:
        response.setup_class(request, full_url, headers)
        if response.region != twin.region:
            return response.call_action()
        return twin.answer(response._get_action(), text_of(response.body))

    replace.attribute(WorkSpacesResponse, "_dispatch", dispatch)
