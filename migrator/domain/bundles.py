"""What is known about a bundle, and how: the API's word, a public name, or the operator's statement.

The service says who owns a bundle and which tenancy its image requires; it has no field for the
operating system, the Office edition or the language of a bundle. Those are read from the name, or
stated in the run's input. What nobody tells stays unknown, and unknown never passes a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from migrator.domain.systems import System, system_from_name

T = TypeVar("T")


class Source(StrEnum):
    """Where a fact comes from."""

    API = "api"
    IMAGE = "image"
    NAME = "name"
    WORKSPACE = "workspace"
    """A WorkSpace already running on the bundle reported it."""
    INFERRED = "inferred"
    """Nothing in the name says otherwise."""
    STATED = "stated"
    """The run's input, bundleFacts."""
    UNKNOWN = "unknown"


class Edition(StrEnum):
    """With Microsoft Office (Plus) or without."""

    STANDARD = "standard"
    PLUS = "plus"


class Licence(StrEnum):
    """Whose Windows licence it is; BYOL images need dedicated tenancy."""

    INCLUDED = "included"
    BYOL = "byol"


class Owner(StrEnum):
    """Public bundles are Amazon's, custom bundles the account's own."""

    PUBLIC = "public"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """A value with its provenance; an unknown value is None."""

    value: T | None
    source: Source

    @property
    def known(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """What the run's input states about one bundle."""

    os: System | None = None
    edition: Edition | None = None
    licence: Licence | None = None
    language: str | None = None
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """One bundle as rules see it. Volume sizes are GiB, None where the API gave none."""

    bundle_id: str
    name: str
    owner: Owner
    available: bool
    os: Fact[System]
    edition: Fact[Edition]
    licence: Fact[Licence]
    language: Fact[str]
    protocol: Fact[str]
    compute_type: str | None
    root_gib: int | None
    user_gib: int | None


@dataclass(frozen=True, slots=True)
class BundleRecord:
    """What DescribeWorkspaceBundles and DescribeWorkspaceImages returned for one bundle."""

    bundle_id: str
    name: str
    owner: str
    state: str | None
    compute_type: str | None
    root_gib: int | None
    user_gib: int | None
    image_platform: str | None = None
    """WINDOWS or LINUX, of the bundle's image."""
    image_tenancy: str | None = None
    """DEFAULT or DEDICATED; DEDICATED means BYOL."""


_PLUS = re.compile(r"\bplus\b|\boffice\b|\bmicrosoft 365\b|\bm365\b", re.IGNORECASE)
_BYOL = re.compile(r"\bbyol\b|\bbring your own licen[cs]e\b", re.IGNORECASE)
_PROTOCOLS = (
    (re.compile(r"\bwsp\b|\bdcv\b", re.IGNORECASE), "WSP"),
    (re.compile(r"\bpcoip\b", re.IGNORECASE), "PCOIP"),
    (re.compile(r"\bbyop\b", re.IGNORECASE), "BYOP"),
)
_LANGUAGES = {
    "english": "en_US",
    "japanese": "ja_JP",
    "korean": "ko_KR",
    "french": "fr_FR",
    "french (canadian)": "fr_CA",
    "german": "de_DE",
    "italian": "it_IT",
    "spanish": "es_ES",
    "portuguese": "pt_BR",
    "portuguese (brazil)": "pt_BR",
    "chinese": "zh_CN",
}
_LANGUAGE = re.compile(
    r"\b(" + "|".join(map(re.escape, sorted(_LANGUAGES, key=len, reverse=True))) + r")(?!\w)",
    re.IGNORECASE,
)
_LOCALE = re.compile(r"\b([a-z]{2})[_-]([A-Z]{2})\b")


def bundle_from(record: BundleRecord) -> Bundle:
    """The facts of a bundle, before statements and witnesses.

    The edition of a name without Plus or Office is the standard one, recorded as inferred.
    """
    owner = Owner.PUBLIC if record.owner.upper() == "AMAZON" else Owner.CUSTOM
    system = _system(record)
    return Bundle(
        bundle_id=record.bundle_id,
        name=record.name,
        owner=owner,
        available=record.state in (None, "AVAILABLE"),
        os=Fact(system, Source.NAME) if system else Fact(None, Source.UNKNOWN),
        edition=(
            Fact(Edition.PLUS, Source.NAME)
            if _PLUS.search(record.name)
            else Fact(Edition.STANDARD, Source.INFERRED)
        ),
        licence=_licence(record, owner),
        language=_language(record.name),
        protocol=_protocol(record.name),
        compute_type=record.compute_type,
        root_gib=record.root_gib,
        user_gib=record.user_gib,
    )


def _system(record: BundleRecord) -> System | None:
    """What the name tells, unless the image's platform contradicts it."""
    told = system_from_name(record.name)
    platform = (record.image_platform or "").upper()
    if told is not None and platform and told.is_linux != (platform == "LINUX"):
        return None
    return told


def _licence(record: BundleRecord, owner: Owner) -> Fact[Licence]:
    if owner is Owner.PUBLIC:
        return Fact(Licence.INCLUDED, Source.API)
    if record.image_tenancy == "DEDICATED":
        return Fact(Licence.BYOL, Source.IMAGE)
    if _BYOL.search(record.name):
        return Fact(Licence.BYOL, Source.NAME)
    if record.image_tenancy == "DEFAULT":
        return Fact(Licence.INCLUDED, Source.IMAGE)
    return Fact(None, Source.UNKNOWN)


def _protocol(name: str) -> Fact[str]:
    for pattern, protocol in _PROTOCOLS:
        if pattern.search(name):
            return Fact(protocol, Source.NAME)
    return Fact(None, Source.UNKNOWN)


def _language(name: str) -> Fact[str]:
    if found := _LANGUAGE.search(name):
        return Fact(_LANGUAGES[found.group(1).lower()], Source.NAME)
    if locale := _LOCALE.search(name):
        return Fact(f"{locale.group(1)}_{locale.group(2)}", Source.NAME)
    return Fact(None, Source.UNKNOWN)


def with_witness(bundle: Bundle, os: System | None) -> Bundle:
    """The bundle, with the operating system a WorkSpace running on it reports: better than a name."""
    return bundle if os is None else replace(bundle, os=Fact(os, Source.WORKSPACE))


def with_statements(bundle: Bundle, stated: Mapping[str, StatedFacts]) -> Bundle:
    """The bundle, with what the run's input states about it; a statement beats everything else."""
    facts = stated.get(bundle.bundle_id)
    if facts is None:
        return bundle

    def settle(statement: T | None, fact: Fact[T]) -> Fact[T]:
        return fact if statement is None else Fact(statement, Source.STATED)

    return replace(
        bundle,
        os=settle(facts.os, bundle.os),
        edition=settle(facts.edition, bundle.edition),
        licence=settle(facts.licence, bundle.licence),
        language=settle(facts.language, bundle.language),
        protocol=settle(facts.protocol, bundle.protocol),
    )
