"""A verified, authenticated connection to one domain controller, with a limit on every wait."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import Any

from ldap3 import BASE, NONE, SIMPLE, Connection, Server, Tls
from ldap3.core.exceptions import (
    LDAPException,
    LDAPInvalidCredentialsResult,
    LDAPOperationResult,
    LDAPSocketOpenError,
)

from migrator.adapters.directory import CredentialsRefused, DirectoryUnavailable
from migrator.domain.distinguished_names import NoDistinguishedName, domain_of, parse_dn

LDAPS_PORT = 636

# Sub-codes of result 49, which Active Directory and Samba put into the message.
_REFUSALS = {
    "525": "there is no such account",
    "52e": "user name or password is wrong",
    "530": "the account may not log on at this hour",
    "531": "the account may not log on from here",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password must be changed first",
    "775": "the account is locked",
}
_WRONG_PASSWORD = frozenset({"525", "52e"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A domain controller: the name its certificate must bear, and where to dial."""

    host: str
    address: str
    port: int = LDAPS_PORT


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to wait for a connection, and for each answer, the TLS handshake's among them."""

    connect_seconds: int
    answer_seconds: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of the service account. Their repr tells no password."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.user!r})"


@dataclass(frozen=True, slots=True)
class Bound:
    """A connection that is open, and who answers."""

    connection: Connection
    domain_controller: str
    domain_dn: str


class _VerifiedTls(Tls):
    """TLS by the standard library's context, for the name we dialled. ldap3's own check of the name knows
    no address in a certificate."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context
        self._host = host
        self.fault: OSError | None = None

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: ARG002
        plain = connection.socket
        try:
            connection.socket = self._context.wrap_socket(plain, server_hostname=self._host)
        except OSError as fault:
            plain.close()
            self.fault = fault
            raise


def trust(ca_pem: str) -> ssl.SSLContext:
    """Trusts these certificates and no others, those of the machine least of all."""
    context = ssl.create_default_context(cadata=ca_pem)
    # The same under every Python: an issuing authority may be trusted by itself, and authorities of
    # Active Directory that are older than the strict profile of RFC 5280 go on working.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def connect(
    endpoint: Endpoint, context: ssl.SSLContext, credentials: Credentials, limits: Limits, unit: str
) -> Bound:
    """Open, verify, log on, and make sure that it is a domain controller of the unit's domain.

    Raises DirectoryUnavailable, and CredentialsRefused when it answered and said no.
    """
    tls = _VerifiedTls(context, endpoint.host)
    server = Server(
        endpoint.address,
        port=endpoint.port,
        use_ssl=True,
        tls=tls,
        get_info=NONE,
        connect_timeout=limits.connect_seconds,
    )
    connection = Connection(
        server,
        user=credentials.user,
        password=credentials.password,
        authentication=SIMPLE,
        auto_referrals=False,
        check_names=False,
        raise_exceptions=True,
        receive_timeout=limits.answer_seconds,
    )
    where = _where(endpoint)
    try:
        connection.open(read_server_info=False)
        connection.bind(read_server_info=False)
        return _known(connection, unit, where)
    except LDAPSocketOpenError as fault:
        if connection.socket is not None:
            connection.socket.close()  # ldap3 forgets the one that did not connect
        raise DirectoryUnavailable(_not_opened(where, tls.fault, fault, limits)) from None
    except LDAPInvalidCredentialsResult as refused:
        close(connection)
        raise _refused(where, credentials, refused) from None
    except LDAPOperationResult as refused:
        close(connection)
        raise DirectoryUnavailable(
            f"{where} does not accept the logon: {refused.description} ({refused.message})"
        ) from None
    except LDAPException as fault:
        close(connection)
        raise DirectoryUnavailable(
            f"{where} gave no answer within {limits.answer_seconds} s ({fault}); nothing was changed"
        ) from None
    except DirectoryUnavailable:
        close(connection)
        raise


def close(connection: Connection) -> None:
    """Let go of the socket, without the farewell that a hung domain controller would keep waiting."""
    connection.strategy.close()


def _known(connection: Connection, unit: str, where: str) -> Bound:
    names = ["dnsHostName", "defaultNamingContext"]
    connection.search("", "(objectClass=*)", search_scope=BASE, attributes=names)
    raw = (connection.response or [])[0]["raw_attributes"]
    host, domain_dn = (raw[name][0].decode() for name in names)
    try:
        same = parse_dn(domain_dn) == parse_dn(domain_of(unit))
    except NoDistinguishedName as fault:
        raise DirectoryUnavailable(f"{where} calls its domain {domain_dn!r}: {fault}") from None
    if not same:
        raise DirectoryUnavailable(f"{where} serves {domain_dn}; the unit {unit} is in another domain")
    return Bound(connection, host, domain_dn)


def _where(endpoint: Endpoint) -> str:
    dialled = "" if endpoint.address == endpoint.host else f" ({endpoint.address})"
    return f"the domain controller {endpoint.host}{dialled}, port {endpoint.port},"


def _not_opened(where: str, tls: OSError | None, fault: LDAPSocketOpenError, limits: Limits) -> str:
    if isinstance(tls, ssl.SSLCertVerificationError):
        return (
            f"{where} shows a certificate that is not trusted: {tls.verify_message}; "
            "renew it, or configure the CA that issued it"
        )
    if isinstance(tls, TimeoutError):
        return f"{where} took the connection and did not finish TLS within {limits.answer_seconds} s"
    if tls is not None:
        return f"{where} speaks no TLS that we do: {tls}; is LDAPS enabled there?"
    return f"{where} cannot be reached ({fault}); check its address, routes and security groups"


def _refused(
    where: str, credentials: Credentials, refused: LDAPInvalidCredentialsResult
) -> CredentialsRefused:
    found = re.search(r"\bdata ([0-9a-f]+)", refused.message or "")
    code = found[1] if found else ""
    why = _REFUSALS.get(code, f"sub-code {code or 'missing'}")
    return CredentialsRefused(
        f"{where} refused {credentials.user}: {why}. It was asked once; nothing was changed. "
        "Put the account and its secret in order",
        # Whatever we do not know may mean that.
        wrong_password=code not in _REFUSALS or code in _WRONG_PASSWORD,
    )
