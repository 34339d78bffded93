"""The twin's WorkSpaces, subnets and tags as services that answer in this process."""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT_ID
from moto.utilities.utils import get_partition

from rehearsal.answering import Answerer, Parameters, as_parsed
from rehearsal.json_values import copied
from rehearsal.twin import Twin
from rehearsal.twin.subnets import Subnet


def twin_services(twin: Twin) -> list[Answerer]:
    """All of them. The twin must be installed."""
    return [WorkSpaces(twin), Subnets(twin), Tags(twin)]


class WorkSpaces:
    """Every operation of the service."""

    service = "workspaces"

    def __init__(self, twin: Twin) -> None:
        self.region = twin.region
        self._twin = twin

    def answers(self, operation: str, parameters: Parameters) -> bool:
        del operation, parameters
        return True

    def answer(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        parsed: dict[str, Any] = as_parsed(self._twin.respond(operation, copied(dict(parameters))))
        return parsed


class Subnets:
    """DescribeSubnets by id, with the addresses that are free now."""

    service = "ec2"

    def __init__(self, twin: Twin) -> None:
        self.region = twin.region
        self._twin = twin

    def answers(self, operation: str, parameters: Parameters) -> bool:
        return (
            operation == "DescribeSubnets"
            and parameters.keys() == {"SubnetIds"}
            and isinstance(parameters["SubnetIds"], list)
            and all(isinstance(one, str) and one in self._twin.subnets for one in parameters["SubnetIds"])
        )

    def answer(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        del operation
        asked = parameters["SubnetIds"]
        return {"Subnets": [self._row(one) for one in self._twin.subnets.values() if one.subnet_id in asked]}

    def _row(self, subnet: Subnet) -> dict[str, Any]:
        arn = f"arn:{get_partition(self.region)}:ec2:{self.region}:{ACCOUNT_ID}:subnet/{subnet.subnet_id}"
        return {
            "OwnerId": ACCOUNT_ID,
            "SubnetId": subnet.subnet_id,
            "SubnetArn": arn,
            "State": "available",
            "VpcId": subnet.vpc_id,
            "CidrBlock": str(subnet.network),
            "AvailableIpAddressCount": subnet.free,
            "AvailabilityZone": subnet.availability_zone,
            "DefaultForAz": False,
            "MapPublicIpOnLaunch": False,
            "AssignIpv6AddressOnCreation": False,
            "Ipv6Native": False,
            "Ipv6CidrBlockAssociationSet": [],
            "PrivateDnsNameOptionsOnLaunch": {
                "HostnameType": "ip-name",
                "EnableResourceNameDnsARecord": False,
                "EnableResourceNameDnsAAAARecord": False,
            },
            "Tags": [],
        }


class Tags:
    """GetResources about WorkSpaces and nothing else."""

    service = "resourcegroupstaggingapi"

    def __init__(self, twin: Twin) -> None:
        self.region = twin.region
        self._twin = twin

    def answers(self, operation: str, parameters: Parameters) -> bool:
        return operation == "GetResources" and self._twin.owns_tags_of(parameters)

    def answer(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        del operation
        parsed: dict[str, Any] = as_parsed(self._twin.get_resources(copied(dict(parameters))))
        return parsed
