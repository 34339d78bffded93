"""Real domains behind a twin: what joins and leaves the twin's directories does so in Samba, and the clean-up
goes over LDAPS to find it.

Start them before virtual time begins: certificates and processes live by the machine's clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import boto3

from migrator.domain.directory_access import DirectoryAccess
from migrator.domain.distinguished_names import domain_of, parse_dn
from rehearsal.samba.certificates import Authority
from rehearsal.samba.database import Attributes, DatabaseFault
from rehearsal.samba.server import DomainController, claim_address
from rehearsal.samba.template import SERVICE_PASSWORD, provision
from rehearsal.twin.account import furnish
from rehearsal.twin.directory import ComputerObject, Domain, StandInDirectory
from rehearsal.twin.fleet import Fleet

_AT_ONCE = 500
_EPOCH_1601 = datetime(1601, 1, 1, tzinfo=UTC)

# Where the function's network interfaces would be: nobody makes any here.
_NOWHERE = {"subnetIds": ["subnet-00000000"], "securityGroupIds": ["sg-00000000"]}


class RealDomain:
    """A domain controller that holds what a domain of the twin holds."""

    def __init__(self, controller: DomainController) -> None:
        self.controller = controller
        self._names: list[tuple[str, str]] = []
        self._removed: set[str] = set()

    def follow(self, domain: Domain) -> None:
        """Take over the domain's computers, and from now on whatever joins and leaves it."""
        computers = domain.computers
        for start in range(0, len(computers), _AT_ONCE):
            page = computers[start : start + _AT_ONCE]
            identities = self.controller.database.add_all([_entry(one, domain.name) for one in page])
            for computer, identity in zip(page, identities, strict=True):
                domain.known_as(computer, UUID(identity.guid), identity.sid)
                self._names.append((computer.sam_account_name, identity.guid))
        domain.mirror = self

    def joined(self, computer: ComputerObject, domain: Domain) -> tuple[UUID, str]:
        """A computer has joined the twin's domain; the GUID and SID it really has."""
        [identity] = self.controller.database.add_all([_entry(computer, domain.name)])
        self._names.append((computer.sam_account_name, identity.guid))
        return UUID(identity.guid), identity.sid

    def left(self, computer: ComputerObject) -> None:
        """The service removes a computer's object itself."""
        self._removed.add(str(computer.object_guid))
        try:
            self.controller.database.delete(computer.dn)
        except DatabaseFault:
            if self._there(str(computer.object_guid)):
                raise

    def catch_up(self, domain: Domain) -> None:
        """Take out of the twin's domain what somebody else has deleted from the real one."""
        for computer in domain.computers:
            if not self._there(str(computer.object_guid)):
                domain.forget(computer)

    def history(self) -> Iterator[dict[str, object]]:
        """Every computer object there ever was, and what has become of it."""
        for account, guid in self._names:
            gone = "removed by the service" if guid in self._removed else "removed by the clean-up"
            fate = "there" if self._there(guid) else gone
            yield {"computerName": account.removesuffix("$"), "objectGuid": guid, "fate": fate}

    def _there(self, guid: str) -> bool:
        return bool(
            self.controller.database.search(self.controller.template.base_dn, f"(objectGUID={guid})", "cn")
        )


class RealDomains:
    """The real domain of each directory of a fleet, by directory id."""

    def __init__(self, domains: dict[str, RealDomain], place: Path) -> None:
        self._domains = domains
        self._place = place
        self.secret_arns: list[str] = []
        """Of the service accounts' secrets, once they are configured."""

    def follow(self, directory: StandInDirectory) -> None:
        """From now on they are what the twin's directories are."""
        for directory_id, real in self._domains.items():
            domain = directory.domain(directory_id)
            if domain is not None:
                real.follow(domain)

    def of(self, directory_id: str) -> RealDomain:
        """The domain of a directory. Raises KeyError."""
        return self._domains[directory_id]

    def configured(self, region: str) -> dict[str, str]:
        """The clean-up function's environment for them, with the secret in Secrets Manager."""
        secrets = boto3.client("secretsmanager", region)
        document: dict[str, object] = {}
        for directory_id, real in self._domains.items():
            content = {"username": real.controller.template.service_user, "password": SERVICE_PASSWORD}
            secret = secrets.create_secret(Name=directory_id, SecretString=json.dumps(content))
            given = {
                "organizationalUnit": real.controller.template.unit,
                "endpoints": [real.controller.address],
                "caCertificate": real.controller.authority.pem,
                "secretArn": secret["ARN"],
                **_NOWHERE,
            }
            DirectoryAccess.model_validate(given)
            self.secret_arns.append(secret["ARN"])
            document[directory_id] = given
        file = self._place / "directories.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return {"DIRECTORIES_FILE": str(file)}

    def settle(self, directory: StandInDirectory, report: Path) -> None:
        """At the end: the twin's directories are as the real ones, and `report` tells every object's fate."""
        with report.open("w", encoding="utf-8") as lines:
            for directory_id, real in self._domains.items():
                for one in real.history():
                    lines.write(json.dumps({"directoryId": directory_id, **one}) + "\n")
                domain = directory.domain(directory_id)
                if domain is not None:
                    real.catch_up(domain)


@contextmanager
def real_domains(fleet: Fleet) -> Iterator[RealDomains]:
    """A running domain controller for each domain of the fleet. Raises SambaMissing, ProvisioningFailed,
    DomainControllerFault."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory(prefix="domain-controllers-")))
        authority = Authority()
        started: dict[str, RealDomain] = {}
        for domain in furnish(fleet).computers.domains:
            template = provision(
                place / f"{domain.directory_id}-template", _dns_name(domain.default_ou), domain.default_ou
            )
            address = stack.enter_context(claim_address())
            controller = DomainController(template, place / domain.directory_id, address, authority)
            stack.callback(controller.close)
            controller.start()
            started[domain.directory_id] = RealDomain(controller)
        yield RealDomains(started, place)


def _dns_name(unit: str) -> str:
    return ".".join(step[0][1] for step in parse_dn(domain_of(unit)))


def _entry(computer: ComputerObject, domain: str) -> tuple[str, Attributes, Attributes]:
    name = computer.sam_account_name.removesuffix("$")
    services: Sequence[str] = computer.service_principal_names
    attributes: dict[str, str | int | Sequence[str]] = {
        "objectClass": "computer",
        "sAMAccountName": computer.sam_account_name,
        "userAccountControl": computer.user_account_control,
        "dNSHostName": f"{name}.{domain}".lower(),
        "servicePrincipalName": list(services),
    }
    then: dict[str, str | int] = {
        "whenCreated": computer.when_created.strftime("%Y%m%d%H%M%S.0Z"),
        "pwdLastSet": _filetime(computer.pwd_last_set),
    }
    if computer.last_logon_timestamp is not None:
        then["lastLogonTimestamp"] = _filetime(computer.last_logon_timestamp)
    return computer.dn, attributes, then


def _filetime(moment: datetime) -> int:
    return int((moment - _EPOCH_1601).total_seconds()) * 10_000_000
