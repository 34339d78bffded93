"""Operating systems of WorkSpaces: the API's names, and what a bundle's name tells."""

from __future__ import annotations

import re
from enum import StrEnum


class System(StrEnum):
    """The service's OperatingSystemName values that say something."""

    WINDOWS_7 = "WINDOWS_7"
    WINDOWS_10 = "WINDOWS_10"
    WINDOWS_11 = "WINDOWS_11"
    WINDOWS_SERVER_2016 = "WINDOWS_SERVER_2016"
    WINDOWS_SERVER_2019 = "WINDOWS_SERVER_2019"
    WINDOWS_SERVER_2022 = "WINDOWS_SERVER_2022"
    WINDOWS_SERVER_2025 = "WINDOWS_SERVER_2025"
    AMAZON_LINUX_2 = "AMAZON_LINUX_2"
    UBUNTU_18_04 = "UBUNTU_18_04"
    UBUNTU_20_04 = "UBUNTU_20_04"
    UBUNTU_22_04 = "UBUNTU_22_04"
    UBUNTU_24_04 = "UBUNTU_24_04"
    UBUNTU_26_04 = "UBUNTU_26_04"
    RHEL_8 = "RHEL_8"
    RHEL_9 = "RHEL_9"
    RHEL_10 = "RHEL_10"
    ROCKY_8 = "ROCKY_8"
    ROCKY_9 = "ROCKY_9"
    ROCKY_10 = "ROCKY_10"

    @property
    def is_linux(self) -> bool:
        return not self.value.startswith("WINDOWS")

    @property
    def desktop(self) -> str:
        """The desktop experience the guide speaks of: 'Windows 7', 'Windows 10' or the system's own.

        The Windows 10 experience of the public bundles is a Windows Server 2016 to 2025.
        """
        if self is System.WINDOWS_7:
            return "Windows 7"
        if self is System.WINDOWS_10 or self.value.startswith("WINDOWS_SERVER"):
            return "Windows 10"
        if self is System.WINDOWS_11:
            return "Windows 11"
        return self.value.replace("_", " ").title()


def system_from_api(name: str | None) -> System | None:
    """The system the API reports; None for UNKNOWN, for nothing and for names newer than this code."""
    return System.__members__.get(name) if name else None


_SERVER = re.compile(r"\bserver\s*(2016|2019|2022|2025)\b", re.IGNORECASE)
_CLIENT = re.compile(r"\bwin(?:dows)?[\s_-]*(7|10|11)\b", re.IGNORECASE)
_AMAZON_LINUX = re.compile(r"\bamazon\s+linux(?:\s+2)?(?!\s*20\d\d)\b", re.IGNORECASE)
_UBUNTU = re.compile(r"\bubuntu(?:\s+linux)?\s*(18|20|22|24|26)(?:[._]04)?\b", re.IGNORECASE)
_RHEL = re.compile(r"\b(?:rhel|red\s*hat(?:\s+enterprise)?(?:\s+linux)?)\s*(8|9|10)\b", re.IGNORECASE)
_ROCKY = re.compile(r"\brocky(?:\s+linux)?\s*(8|9|10)\b", re.IGNORECASE)


def system_from_name(name: str) -> System | None:
    """The one operating system that a bundle's name tells; None when it tells none, or two.

    "Standard with Windows 10 (Server 2022 based) (WSP)" is Windows Server 2022: the server is the
    exact word, Windows 10 its experience.
    """
    servers = {System[f"WINDOWS_SERVER_{year}"] for year in _SERVER.findall(name)}
    clients = {System[f"WINDOWS_{version}"] for version in _CLIENT.findall(name)}
    linux = {System[f"UBUNTU_{version}_04"] for version in _UBUNTU.findall(name)}
    linux |= {System[f"RHEL_{version}"] for version in _RHEL.findall(name)}
    linux |= {System[f"ROCKY_{version}"] for version in _ROCKY.findall(name)}
    if _AMAZON_LINUX.search(name):
        linux.add(System.AMAZON_LINUX_2)
    if servers and System.WINDOWS_7 in clients:
        return None
    windows = servers or clients
    told = windows | linux
    return told.pop() if len(told) == 1 else None
