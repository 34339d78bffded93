"""How a deployment reaches one directory, and what it may do there: an entry of `directories` in cdk.json."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from migrator.domain.distinguished_names import NoDistinguishedName, domain_of, parse_dn

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def _unit(text: str) -> str:
    try:
        domain = parse_dn(domain_of(text))
        if len(parse_dn(text)) > len(domain):
            return text
    except NoDistinguishedName as fault:
        raise ValueError(f"is no distinguished name such as OU=WorkSpaces,DC=corp,DC=com: {fault}") from None
    raise ValueError("is the whole domain; name the organizational unit of the WorkSpaces")


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"is no IP address: {text!r}") from None
    return text


def _certificates(text: str) -> str:
    if text.count(_BEGIN) != text.count(_END) or _BEGIN not in text:
        raise ValueError(f"must be the CA's certificate as PEM, from {_BEGIN} to {_END}")
    return text


_HOST = r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$"
_ARN = r"^arn:aws[a-z-]*:{service}:[a-z0-9-]+:[0-9]{{12}}:{resource}$"

HostName = Annotated[str, StringConstraints(pattern=_HOST)]
Address = Annotated[str, AfterValidator(_address)]


def _id(prefix: str) -> StringConstraints:
    return StringConstraints(pattern=rf"^{prefix}-[0-9a-f]{{8,17}}$")


class DirectoryAccess(BaseModel):
    """One directory. Exactly one of `endpoints` and `dnsServers` says where its domain controllers are."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=True)

    organizational_unit: Annotated[str, AfterValidator(_unit)] = Field(
        description="DN of the unit the WorkSpaces' computers are in; nothing outside it is ever changed."
    )
    endpoints: list[HostName] = Field(
        default=[],
        description="Host names or addresses of domain controllers, in the order in which they are tried; "
        "each must be in its certificate.",
    )
    dns_servers: list[Address] = Field(
        default=[],
        description="Addresses to ask for the domain's SRV records instead: the directory's DNS addresses.",
    )
    ca_certificate: Annotated[str, AfterValidator(_certificates)] = Field(
        description="PEM of the CA that issued the domain controllers' certificates; no other is trusted."
    )
    secret_arn: Annotated[
        str, StringConstraints(pattern=_ARN.format(service="secretsmanager", resource="secret:[^:*?]+"))
    ] = Field(description="Secret of the service account: JSON with username and password.")
    secret_key_arn: (
        Annotated[str, StringConstraints(pattern=_ARN.format(service="kms", resource="key/[0-9a-z-]+"))]
        | None
    ) = Field(default=None, description="Customer managed key the secret is encrypted with, if there is one.")
    subnet_ids: list[Annotated[str, _id("subnet")]] = Field(
        min_length=1,
        description="Subnets from which the directory is reached, all of one VPC; private ones, in two "
        "Availability Zones.",
    )
    security_group_ids: list[Annotated[str, _id("sg")]] = Field(
        min_length=1,
        description="Security groups that let it out to the domain controllers' port 636 (and 53 with "
        "dnsServers), and to AWS endpoints' port 443.",
    )
    max_changes_per_run: int = Field(
        default=100, ge=1, le=1000, description="So many objects are changed in a run, and no more."
    )
    connect_timeout_seconds: int = Field(default=5, ge=1, le=30, description="Limit for a connection.")
    answer_timeout_seconds: int = Field(
        default=10, ge=1, le=30, description="Limit for the TLS handshake, and for each answer."
    )

    @model_validator(mode="after")
    def _one_way_there(self) -> Self:
        if bool(self.endpoints) == bool(self.dns_servers):
            raise ValueError("needs exactly one of endpoints and dnsServers")
        return self

    @property
    def domain(self) -> str:
        """The domain's DNS name, from the unit."""
        labels = [pair[1] for step in parse_dn(self.organizational_unit) for pair in step if pair[0] == "dc"]
        return ".".join(labels)
