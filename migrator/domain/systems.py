"""Operating systems of WorkSpaces: the API's names, and what a bundle's name tells."""

from __future__ import annotations

import re
import unicodedata
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


def unfamiliar(name: str | None) -> str | None:
    """The name the API reports where it is a system that this version does not know."""
    return name if name and name != "UNKNOWN" and name not in System.__members__ else None


def plain(name: str) -> str:
    """A name as it is read: compatibility forms folded, invisible characters and underscores gone."""
    folded = unicodedata.normalize("NFKC", name).replace("_", " ")
    return " ".join("".join(one for one in folded if unicodedata.category(one) != "Cf").split())


# ASCII, so that letters of other scripts right beside a word are no part of it.
_READ = re.IGNORECASE | re.ASCII

# A version of Windows, but neither 7-Zip nor "8 vCPU", "7 days" or Windows 10X, which is another system.
_VERSION = (
    r"(?:7|8(?:\.1)?|10|11|xp|vista)(?!\d|\.\d|x\b|[\s-]?zip)"
    r"(?!\s*(?:v?cpus?|cores?|[gt]i?b|users?|(?:hour|day|week|month|year)s?)\b)"
)
# What follows a digit is a word of its own: win7win10 names two.
_CLIENT = re.compile(
    rf"(?<![a-z])win(?:dows)?[\s-]*({_VERSION}(?:\s*(?:[/,&+|>-]|->|→|to|and|or)\s*{_VERSION})*)", _READ
)
_DOUBT_BEFORE = re.compile(
    r"(?:\b(?:not|no|non|pre|before|without|replac\w+|former|formerly|ex|from|instead\s+of|was|like)[\s-]*)$",
    _READ,
)
_DOUBT_AFTER = re.compile(
    r"[\s-]*(?:compat\w*|apps?|applications?|mode|theme|style|look|replacement|successor)\b", _READ
)
# "Windows 7, moved to 10": where it went to may be named by its number alone.
_MOVED = re.compile(
    r"\b(?:to|now|is|became|since)\s+(?:v(?:ersion)?\s*)?(7|8|10|11)(?![\d.]|\s*[gt]i?b\b)", _READ
)

# A server is the system itself only beside Windows or as "(Server 2022 based)": SQL Server 2019 is none.
_SERVER = re.compile(
    r"\bwin(?:dows)?(?:[\s-]*10)?[\s-]*server\s*(20\d\d)|\bserver\s*(20\d\d)(?=\s*(?:r2\s*)?-?\s*based)"
    r"|\(\s*server\s*(20\d\d)",
    _READ,
)
_SERVERS = re.compile(r"\bserver\s*20\d\d\s*(?:[/,&+|-]|and|or|to)\s*20\d\d\b", _READ)
_LINUX = (
    (
        re.compile(
            r"\bubuntu(?:\s+(?:linux|desktop|pro|lts))*\s*v?(18|20|22|24|26)(?:[.\s]?04)?(?!\.?\d)", _READ
        ),
        "UBUNTU_{}_04",
    ),
    (
        re.compile(
            r"\b(?:rhel|red\s*hat(?:\s+enterprise)?(?:\s+linux)?)[\s-]*v?(8|9|10)(?:\.\d+)?(?!\d)", _READ
        ),
        "RHEL_{}",
    ),
    (re.compile(r"\brocky(?:\s+linux)?[\s-]*v?(8|9|10)(?:\.\d+)?(?!\d)", _READ), "ROCKY_{}"),
    (re.compile(r"\b(?:amazon\s+linux(?:\s*(2)(?!\d)|()(?!\s*\d))|AL2\b)", _READ), "AMAZON_LINUX_2"),
)
_LINUX_WORD = re.compile(r"\b(?:linux|ubuntu|rhel|red\s*hat|rocky)\b", _READ)


def system_from_name(name: str) -> System | None:
    """The one operating system that a bundle's name tells; None when it tells none, or two.

    "Standard with Windows 10 (Server 2022 based) (WSP)" is Windows Server 2022: the server is the
    exact word, Windows 10 its experience. A mention that says what the bundle is not, what it came
    from or what runs on it ("Windows 7 apps") makes the name tell nothing.
    """
    text = plain(name)
    clients: set[str] = set()
    for found in _CLIENT.finditer(text):
        if _DOUBT_BEFORE.search(text[: found.start()]) or _DOUBT_AFTER.match(text[found.end() :]):
            return None
        clients |= set(re.findall(r"\d+(?:\.\d)?|xp|vista", found.group(1).lower()))
    if clients and set(_MOVED.findall(text)) - clients:
        return None
    servers = {year for groups in _SERVER.findall(text) for year in groups if year}
    told = {
        System[form.format(*(group for group in found.groups() if group))]
        for pattern, form in _LINUX
        for found in pattern.finditer(text)
    }
    if clients or servers:
        windows = _windows(clients, servers)
        if windows is None or _SERVERS.search(text) or _LINUX_WORD.search(text):
            return None
        told.add(windows)
    return told.pop() if len(told) == 1 else None


def _windows(clients: set[str], servers: set[str]) -> System | None:
    if len(clients) > 1 or len(servers) > 1:
        return None
    client, server = next(iter(clients), None), next(iter(servers), None)
    if server == "2008" and client == "7":
        # The Windows 7 experience of the public bundles was a Windows Server 2008 R2.
        return System.WINDOWS_7
    if server is not None:
        return System.__members__.get(f"WINDOWS_SERVER_{server}") if client in (None, "10") else None
    return System.__members__.get(f"WINDOWS_{client}")


def names_linux(name: str) -> bool:
    """Whether the name speaks of Linux, whichever it is."""
    return bool(_LINUX_WORD.search(plain(name)))
