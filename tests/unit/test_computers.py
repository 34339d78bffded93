"""What a computer object says about itself, and what is recorded of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from migrator.domain.computers import Child, Living, Reading
from tests.unit.test_computer_rules import COMPUTER, ENDED, POINT, STARTED

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("control", "disabled"),
    [(0x1002, True), (0x2, True), (0x1000, False), (0x1001, False), (0, False), (None, False)],
)
def test_disabled(control: int | None, disabled: bool) -> None:
    assert replace(COMPUTER, user_account_control=control).disabled is disabled


def test_the_latest_sign_of_use_counts() -> None:
    used = replace(COMPUTER, password_set=STARTED, last_logon=ENDED, last_logon_timestamp=STARTED + MINUTE)
    assert used.last_used == ENDED
    assert replace(used, last_logon=None).last_used == STARTED + MINUTE
    assert COMPUTER.last_used is None


def test_a_computer_of_a_workspace_that_is_being_terminated_is_leaving() -> None:
    living = Living.of({"Going": "TERMINATING", "Staying": "AVAILABLE"}, ENDED)
    assert living.has("STAYING")
    assert not living.has("GONE")
    assert living.leaving("going")
    assert living.leaving("staying") is False
    assert living.leaving("gone") is False


def test_the_record_has_every_fact_under_its_name_in_the_directory() -> None:
    computer = replace(COMPUTER, password_set=STARTED)
    assert Reading((computer,), (POINT, Child(None, "CN=q", None)), "dc1", ENDED).evidence() == {
        "domainController": "dc1",
        "readAt": "2026-11-28T02:40:00Z",
        "objects": [
            {
                "dn": COMPUTER.distinguished_name,
                "sAMAccountName": "PC-1$",
                "objectGuid": COMPUTER.object_guid,
                "objectSid": COMPUTER.object_sid,
                "whenCreated": "2026-11-28T02:01:00Z",
                "userAccountControl": 0x1000,
                "primaryGroupId": 515,
                "isCriticalSystemObject": False,
                "class": "computer",
                "category": "Computer",
                "delegates": COMPUTER.delegates,
                "servicePrincipalNames": list(COMPUTER.service_principal_names),
                "deniesDeletion": False,
                "pwdLastSet": "2026-11-28T02:00:00Z",
                "lastLogon": None,
                "lastLogonTimestamp": None,
                "uSNChanged": 7,
            }
        ],
        "children": [
            {
                "objectGuid": POINT.object_guid,
                "dn": POINT.distinguished_name,
                "class": "serviceConnectionPoint",
                "deniesDeletion": POINT.denies_deletion,
            },
            {"objectGuid": None, "dn": "CN=q", "class": None, "deniesDeletion": None},
        ],
    }
