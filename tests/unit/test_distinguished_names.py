"""What is below what: by the steps of the names, never by how a text ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.utils.dn import parse_dn as parse_by_ldap3

from migrator.domain.distinguished_names import NoDistinguishedName, domain_of, parse_dn, strictly_below

UNIT = "OU=WorkSpaces,DC=corp,DC=example,DC=com"


@pytest.mark.parametrize(
    "dn",
    [
        f"CN=PC,{UNIT}",
        f"CN=PC,OU=Berlin,{UNIT}",
        "cn=pc, ou=workspaces, dc=CORP,dc=example,dc=com",
        f"CN=PC\\,OU\\=Other,{UNIT}",
        f"CN=PC\\2COU=x,{UNIT}",
        "CN=PC,OU=\\57orkSpaces,DC=corp,DC=example,DC=com",
    ],
)
def test_what_is_below_the_unit(dn: str) -> None:
    assert strictly_below(dn, UNIT)


@pytest.mark.parametrize(
    "dn",
    [
        UNIT,
        "DC=corp,DC=example,DC=com",
        "CN=PC,OU=Not WorkSpaces,DC=corp,DC=example,DC=com",
        f"CN=PC,OU=x{UNIT}",
        "CN=PC\\,OU=WorkSpaces,DC=corp,DC=example,DC=com",
        f"CN=PC,{UNIT},DC=org",
        "CN=PC,OU=WorkSpaces\\,DC=corp,DC=example,DC=com",
        "CN=PC+OU=WorkSpaces,DC=corp,DC=example,DC=com",
    ],
)
def test_what_is_not(dn: str) -> None:
    assert not strictly_below(dn, UNIT)


@pytest.mark.parametrize(
    "text", ["", "PC", "CN", "CN=PC,", "CN=PC,,DC=com", "=PC,DC=com", "CN=a\\", "CN=a\\xy,DC=com", "CN=\\FF"]
)
def test_what_is_no_name_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NoDistinguishedName):
        parse_dn(text)


def test_values_lose_their_escapes_and_their_case() -> None:
    assert parse_dn('CN=A\\,B \\"C\\" \\C3\\84\\20 ,DC=x') == ((("cn", 'a,b "c" ä '),), (("dc", "x"),))
    assert parse_dn("CN=a+OU=b") == ((("cn", "a"), ("ou", "b")),)
    assert parse_dn("CN=PC\\0ACNF:1")[0] == (("cn", "pc\ncnf:1"),)


def test_the_domain_is_what_the_dc_steps_say() -> None:
    assert domain_of(f"CN=PC,{UNIT}") == "DC=corp,DC=example,DC=com"
    with pytest.raises(NoDistinguishedName, match="no DC="):
        domain_of("CN=PC,O=example")


_VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(st.lists(_VALUES.map(str.strip).filter(bool), min_size=1, max_size=4))
def test_an_escaped_value_comes_back(values: list[str]) -> None:
    def escaped(value: str) -> str:
        return "".join(f"\\{c}" if c in '"+,;<>=\\#' else c for c in value)

    text = ",".join(f"CN={escaped(value)}" for value in values)
    assert parse_dn(text) == tuple((("cn", value.lower()),) for value in values)
    assert len(parse_by_ldap3(text)) == len(values)
