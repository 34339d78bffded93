"""The directories that a stage's configuration names. ldap3 is loaded when one is opened, and not before:
no function but the one that opens it pays for that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import TypeAdapter

from migrator.adapters.clear_answers import UNLIKE, UnclearAnswer
from migrator.adapters.directory import CredentialsRefused, Directory, DirectoryUnavailable
from migrator.adapters.refused_credentials import RefusedCredentials
from migrator.domain.directory_access import DirectoryAccess

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from migrator.adapters.ldap_connection import Credentials, Endpoint

_FILE = TypeAdapter(dict[str, DirectoryAccess])


def read_accesses(file: Path) -> dict[str, DirectoryAccess]:
    """The accesses by directory id, as the stack wrote them. Raises pydantic.ValidationError, OSError."""
    return _FILE.validate_json(file.read_bytes())


class ConfiguredDirectories:
    """Opens a directory with the secret's credentials, at the first domain controller that answers."""

    def __init__(
        self,
        accesses: Mapping[str, DirectoryAccess],
        secrets: SecretsManagerClient,
        refused: RefusedCredentials,
    ) -> None:
        self._accesses = accesses
        self._secrets = secrets
        self._refused = refused

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._accesses)

    def open(self, directory_id: str) -> Directory | None:
        access = self._accesses.get(directory_id)
        if access is None:
            return None
        from migrator.adapters.ldap_connection import Limits, connect, trust
        from migrator.adapters.ldap_directory import LdapDirectory

        credentials, version = self._credentials(access)
        before = self._refused.refused_at(directory_id, version)
        if before is not None:
            raise DirectoryUnavailable(
                f"the directory refused this password at {before}, and it is not tried again: an account "
                "locks after a few. Put the right one into the secret"
            )
        limits = Limits(access.connect_timeout_seconds, access.answer_timeout_seconds)
        context = trust(access.ca_certificate)
        silent: list[str] = []
        for endpoint in _endpoints(access):
            unit = access.organizational_unit
            dial = partial(connect, endpoint, context, credentials, limits, unit)
            try:
                return LdapDirectory(dial, unit=unit, most_changes=access.max_changes_per_run)
            except CredentialsRefused as fault:
                # Another domain controller would count it as another wrong password.
                if fault.wrong_password:
                    self._refused.remember(directory_id, version)
                raise
            except DirectoryUnavailable as fault:
                silent.append(str(fault))
        raise DirectoryUnavailable("; ".join(silent) or "no domain controller was found")

    def _credentials(self, access: DirectoryAccess) -> tuple[Credentials, str]:
        """The account, and the version of the secret that holds it."""
        from migrator.adapters.ldap_connection import Credentials

        try:
            answer = self._secrets.get_secret_value(SecretId=access.secret_arn)
        except ClientError as fault:
            code = fault.response["Error"]["Code"]
            raise DirectoryUnavailable(f"the secret {access.secret_arn} could not be read: {code}") from None
        except (BotoCoreError, UnclearAnswer) as fault:
            raise DirectoryUnavailable(f"the secret {access.secret_arn} could not be read: {fault}") from None
        try:
            content = json.loads(answer.get("SecretString", ""))
            user, password, version = content["username"], content["password"], answer["VersionId"]
        except UNLIKE:
            user = password = version = None
        if not (isinstance(user, str) and isinstance(password, str) and user and password and version):
            raise DirectoryUnavailable(
                f'the secret {access.secret_arn} is not JSON such as {{"username": ..., "password": ...}}'
            )
        return Credentials(user, password), version


def _endpoints(access: DirectoryAccess) -> list[Endpoint]:
    from migrator.adapters.ldap_connection import Endpoint

    if access.endpoints:
        return [Endpoint(host, host) for host in access.endpoints]
    from migrator.adapters.dns_discovery import domain_controllers

    return domain_controllers(access.domain, access.dns_servers, seconds=access.connect_timeout_seconds)
