"""A record of an object holds no password, whatever the service account may read."""

from __future__ import annotations

import pytest

from migrator.adapters.ldap_entries import without_secrets


@pytest.mark.parametrize(
    "name",
    ["ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword", "msFVE-RecoveryPassword", "unicodePwd"],
)
def test_secrets_are_left_out(name: str) -> None:
    entry = {"dn": "CN=PC", "type": "searchResEntry", "raw_attributes": {"cn": [b"PC"], name: [b"secret"]}}
    assert without_secrets(entry)["raw_attributes"] == {"cn": [b"PC"]}
    assert without_secrets(entry)["dn"] == "CN=PC"
