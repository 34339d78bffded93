"""A synthesized stack, deployed, changed and deleted through CloudFormation, as the CDK's command line does
it: assets to the bootstrap bucket, the template by its URL, and a wait for the end."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.deployed.local_aws import ACCOUNT, REGION, LocalAws
from tests.deployed.waiting import wait_for

Json = dict[str, Any]

_BOOTSTRAP_VERSION = ("/cdk-bootstrap/hnb659fds/version", "30")
_ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"


class StackFailed(AssertionError):
    """CloudFormation says no; the message has its reasons."""


@dataclass(frozen=True)
class Assembly:
    """What a synthesis wrote: the template of one stack, and its assets."""

    place: Path
    stack_name: str

    @property
    def template(self) -> Json:
        template: Json = json.loads((self.place / f"{self.stack_name}.template.json").read_text())
        return template

    @property
    def is_protected(self) -> bool:
        """Whether nobody is to delete the stack by mistake, which is no part of a template."""
        artifact = json.loads((self.place / "manifest.json").read_text())["artifacts"][self.stack_name]
        return bool(artifact["properties"].get("terminationProtection", False))

    def directories(self) -> dict[str, Path]:
        """The assets that are to be zipped, by their object's key."""
        files = json.loads((self.place / f"{self.stack_name}.assets.json").read_text())["files"]
        return {
            destination["objectKey"]: self.place / one["source"]["path"]
            for one in files.values()
            if one["source"]["packaging"] == "zip"
            for destination in one["destinations"].values()
        }


class Stack:
    """A deployed stack."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self._aws = aws
        self._cloudformation = aws.client("cloudformation")
        self.name = name

    def apply(self, assembly: Assembly, template: Json) -> None:
        """Create the stack, or change it into this template. Raises StackFailed."""
        _bootstrap(self._aws)
        self._publish(assembly)
        text = json.dumps(template).encode()
        key = f"{hashlib.sha256(text).hexdigest()}.json"
        self._aws.client("s3").put_object(Bucket=_ASSETS, Key=key, Body=text)
        given = {
            "StackName": self.name,
            "TemplateURL": f"{self._aws.endpoint}/{_ASSETS}/{key}",
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        }
        is_new = self.status is None
        try:
            if is_new:
                self._cloudformation.create_stack(**given, OnFailure="DO_NOTHING")
            else:
                self._cloudformation.update_stack(**given)
        except ClientError as error:
            raise StackFailed(f"{self.name}: {error}") from error
        self._end_in("CREATE_COMPLETE" if is_new else "UPDATE_COMPLETE")
        self.protect(assembly.is_protected)

    def protect(self, protected: bool) -> None:
        """Let nobody delete the stack, or let them."""
        self._cloudformation.update_termination_protection(
            StackName=self.name, EnableTerminationProtection=protected
        )

    def delete(self) -> None:
        """Raises StackFailed, and ClientError where CloudFormation refuses."""
        self._cloudformation.delete_stack(StackName=self.name)
        self._end_in(None)

    @property
    def status(self) -> str | None:
        """None where there is no such stack (any more)."""
        try:
            [stack] = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else str(stack["StackStatus"])

    @property
    def outputs(self) -> dict[str, str]:
        [stack] = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    @property
    def resources(self) -> dict[str, tuple[str, str]]:
        """Type and physical id of each, by logical id."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return {
            one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"])
            for page in pages
            for one in page["StackResourceSummaries"]
        }

    def _end_in(self, wanted: str | None) -> None:
        def ended() -> bool:
            return (self.status or "").rpartition("_")[2] != "PROGRESS"

        wait_for(f"{self.name} is settled", ended)
        if self.status != wanted:
            events = self._cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
            reasons = [
                f"{one['LogicalResourceId']} ({one['ResourceType']}): {one['ResourceStatusReason']}"
                for one in events
                if "FAILED" in one["ResourceStatus"] and one.get("ResourceStatusReason")
            ]
            raise StackFailed(f"{self.name} is {self.status}, not {wanted}: {'; '.join(reasons)}")

    def _publish(self, assembly: Assembly) -> None:
        s3 = self._aws.client("s3")
        there = {one["Key"] for one in s3.list_objects_v2(Bucket=_ASSETS).get("Contents", [])}
        for key, directory in assembly.directories().items():
            if key not in there:  # the key is the content's hash
                s3.put_object(Bucket=_ASSETS, Key=key, Body=_zipped(directory))


def _bootstrap(aws: LocalAws) -> None:
    """What cdk bootstrap leaves behind, as far as a deployment asks for it."""
    aws.client("s3").create_bucket(Bucket=_ASSETS)
    name, value = _BOOTSTRAP_VERSION
    aws.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def _zipped(directory: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(one for one in directory.rglob("*") if one.is_file()):
            archive.write(path, path.relative_to(directory))
    return content.getvalue()
