"""The guide's table of available migration scenarios (the guide, Available Migration Scenarios)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from migrator.domain.bundles import Bundle, Licence, Owner


class Kind(StrEnum):
    """The guide's three kinds of bundle."""

    PUBLIC = "public"
    CUSTOM = "custom"
    BYOL = "BYOL"


@dataclass(frozen=True, slots=True)
class Desktop:
    """A cell of the table: such as a custom Windows 10 bundle."""

    kind: Kind
    experience: str

    def __str__(self) -> str:
        return f"{self.kind} {self.experience}"


_SHARED = (Kind.PUBLIC, Kind.CUSTOM)

_AVAILABLE: frozenset[tuple[Desktop, Desktop]] = frozenset(
    [
        # Public or custom Windows 7 to public or custom Windows 10.
        *(
            (Desktop(source, "Windows 7"), Desktop(target, "Windows 10"))
            for source in _SHARED
            for target in _SHARED
        ),
        # Public or custom Windows 10 to custom Windows 10.
        *((Desktop(s, "Windows 10"), Desktop(Kind.CUSTOM, "Windows 10")) for s in _SHARED),
        # Public Windows 10 to another public one: "from one public or custom bundle to another",
        # and the billing note's examples (Value to Standard); only custom to public is a No.
        (Desktop(Kind.PUBLIC, "Windows 10"), Desktop(Kind.PUBLIC, "Windows 10")),
        (Desktop(Kind.BYOL, "Windows 7"), Desktop(Kind.BYOL, "Windows 10")),
        (Desktop(Kind.BYOL, "Windows 10"), Desktop(Kind.BYOL, "Windows 10")),
    ]
)


def desktop_of(bundle: Bundle) -> Desktop | None:
    """The bundle's cell in the table; None when its licence or system is unknown."""
    if bundle.os.value is None or bundle.licence.value is None:
        return None
    if bundle.licence.value is Licence.BYOL:
        kind = Kind.BYOL
    else:
        kind = Kind.PUBLIC if bundle.owner is Owner.PUBLIC else Kind.CUSTOM
    return Desktop(kind, bundle.os.value.desktop)


def offered() -> list[tuple[Desktop, Desktop]]:
    """All that the guide offers, in a fixed order."""
    return sorted(_AVAILABLE, key=lambda pair: (str(pair[0]), str(pair[1])))


def available(source: Desktop, target: Desktop) -> bool:
    """Whether the guide offers this migration; what it does not list is not available."""
    return (source, target) in _AVAILABLE
