"""Where a domain's controllers are, as its own DNS says (MS-ADTS 6.3.2.3)."""

from __future__ import annotations

from collections.abc import Sequence

import dns.exception
import dns.name
import dns.rdtypes.IN.SRV
import dns.resolver

from migrator.adapters.directory import DirectoryUnavailable
from migrator.adapters.ldap_connection import Endpoint


def domain_controllers(
    domain: str, servers: Sequence[str], *, seconds: int, port: int = 53
) -> list[Endpoint]:
    """The domain's controllers, preferred ones first, each with the address its own DNS gives it.

    The port in the record is LDAP's; LDAPS has none there, and its own by convention.
    Raises DirectoryUnavailable.
    """
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = list(servers)
    resolver.port = port
    resolver.timeout = float(seconds)
    resolver.lifetime = float(seconds * len(servers))
    within = dns.name.from_text(domain)
    question = f"_ldap._tcp.dc._msdcs.{domain}."
    try:
        answer = resolver.resolve(question, "SRV")
    except dns.exception.DNSException as fault:
        raise DirectoryUnavailable(
            f"the DNS servers {', '.join(servers)} name no domain controller ({question} SRV: {fault})"
        ) from None
    records = [one for one in answer if isinstance(one, dns.rdtypes.IN.SRV.SRV)]
    found: list[Endpoint] = []
    for record in sorted(records, key=lambda one: (one.priority, -one.weight, one.target)):
        # A name outside the domain would have us show the password to a stranger with a good certificate.
        if record.target.is_subdomain(within):
            found += _addresses(resolver, record.target)
    if not found:
        raise DirectoryUnavailable(f"none of the domain controllers that DNS names is in {domain}")
    return found


def _addresses(resolver: dns.resolver.Resolver, host: dns.name.Name) -> list[Endpoint]:
    try:
        answer = resolver.resolve(host, "A")
    except dns.exception.DNSException:
        return []  # one of several; the others are tried
    name = host.to_text(omit_final_dot=True)
    return [Endpoint(name, record.to_text()) for record in answer]
