"""A real Active Directory domain controller on this machine: Samba, one process, LDAPS only.

Simple AD is Samba 4, and the other kinds of directory speak the same protocol. It serves the tests of
the directory clean-up and `rehearse run --directory samba`.
"""

from rehearsal.samba.certificates import Authority
from rehearsal.samba.database import Database, DatabaseFault
from rehearsal.samba.presence import SambaMissing, require_samba, what_is_missing
from rehearsal.samba.server import DomainController, DomainControllerFault, claim_address
from rehearsal.samba.template import SERVICE_ACCOUNT, SERVICE_PASSWORD, Template, provision

__all__ = [
    "SERVICE_ACCOUNT",
    "SERVICE_PASSWORD",
    "Authority",
    "Database",
    "DatabaseFault",
    "DomainController",
    "DomainControllerFault",
    "SambaMissing",
    "Template",
    "claim_address",
    "provision",
    "require_samba",
    "what_is_missing",
]
