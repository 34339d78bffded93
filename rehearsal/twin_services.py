"""The twin's WorkSpaces, subnets and tags as services that answer in this process."""

from __future__ import annotations

from typing import Any

import boto3

from rehearsal.answering import Answerer, Parameters, as_parsed
from rehearsal.json_values import copied
from rehearsal.twin import Twin


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
    """DescribeSubnets by id: as moto's EC2 shows them, with the addresses that are free now."""

    service = "ec2"

    def __init__(self, twin: Twin) -> None:
        self.region = twin.region
        self._twin = twin
        ids = list(twin.subnets)
        client = boto3.client("ec2", twin.region)
        self._rows = client.describe_subnets(SubnetIds=ids)["Subnets"] if ids else []

    def answers(self, operation: str, parameters: Parameters) -> bool:
        return (
            operation == "DescribeSubnets"
            and parameters.keys() == {"SubnetIds"}
            and isinstance(parameters["SubnetIds"], list)
            and all(isinstance(one, str) and one in self._twin.subnets for one in parameters["SubnetIds"])
        )

    def answer(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        del operation
        rows = [copied(row) for row in self._rows if row["SubnetId"] in parameters["SubnetIds"]]
        for row in rows:
            row["AvailableIpAddressCount"] = self._twin.subnets[row["SubnetId"]].free
        return {"Subnets": rows}


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
