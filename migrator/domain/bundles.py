"""What is known about a bundle, and how: the API's word, a public name, or the operator's statement.

The service says who owns a bundle and which tenancy its image requires; it has no field for the
operating system, the Office edition or the language of a bundle. Those are read from the name, or
stated in the run's input. What nobody tells stays unknown, and unknown never passes a rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from migrator.domain.bundle_names import (
    Edition,
    edition_from_name,
    language_from_name,
    names_office,
    protocol_from_name,
    says_byol,
)
from migrator.domain.systems import System, names_linux, system_from_name

T = TypeVar("T")


class Source(StrEnum):
    """Where a fact comes from."""

    API = "api"
    IMAGE = "image"
    NAME = "name"
    WORKSPACE = "workspace"
    """A WorkSpace already running on the bundle reported it."""
    APPLICATIONS = "applications"
    """The applications that the service says are on it."""
    INFERRED = "inferred"
    """Nothing in the name says otherwise."""
    STATED = "stated"
    """The run's input, bundleFacts."""
    UNKNOWN = "unknown"


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
    platform: str | None = None
    """WINDOWS or LINUX, where the API or a public name says so even if the system itself is unknown."""
    standby: bool = False
    """A bundle for standby WorkSpaces, which nothing can be migrated to."""
    contradictions: tuple[str, ...] = ()
    """Statements that say otherwise than the API, one sentence each."""

    @property
    def linux(self) -> bool | None:
        """Whether it is Linux; None when nobody can tell."""
        if self.os.value is not None:
            return self.os.value.is_linux
        return None if self.platform is None else self.platform == "LINUX"


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
    bundle_type: str | None = None
    """REGULAR or STANDBY."""


def bundle_from(record: BundleRecord) -> Bundle:
    """The facts of a bundle, before statements and witnesses.

    The edition of a name without Plus or Office is the standard one, recorded as inferred.
    """
    public = record.owner.upper() == "AMAZON"
    owner = Owner.PUBLIC if public else Owner.CUSTOM
    edition, said = edition_from_name(record.name, public=public)
    platform = (record.image_platform or "").upper() or None
    if platform is None and public and names_linux(record.name):
        platform = "LINUX"
    return Bundle(
        bundle_id=record.bundle_id,
        name=record.name,
        owner=owner,
        available=record.state == "AVAILABLE",
        os=_fact(_system(record), Source.NAME),
        edition=_fact(edition, Source.NAME if said else Source.INFERRED),
        licence=_licence(record, owner),
        language=_fact(language_from_name(record.name), Source.NAME),
        protocol=_fact(protocol_from_name(record.name), Source.NAME),
        compute_type=record.compute_type,
        root_gib=record.root_gib,
        user_gib=record.user_gib,
        platform=platform,
        standby=record.bundle_type == "STANDBY",
    )


def unlisted_bundle(bundle_id: str) -> Bundle:
    """A bundle that WorkSpaces run on and the service describes no more: a deleted custom bundle.

    Amazon's own bundles are not deleted, so it counts as custom, which the guide restricts more.
    """
    return Bundle(
        bundle_id,
        name="",
        owner=Owner.CUSTOM,
        available=False,
        os=Fact(None, Source.UNKNOWN),
        edition=Fact(None, Source.UNKNOWN),
        licence=Fact(None, Source.UNKNOWN),
        language=Fact(None, Source.UNKNOWN),
        protocol=Fact(None, Source.UNKNOWN),
        compute_type=None,
        root_gib=None,
        user_gib=None,
    )


def _fact(value: T | None, source: Source) -> Fact[T]:
    return Fact(None, Source.UNKNOWN) if value is None else Fact(value, source)


def _system(record: BundleRecord) -> System | None:
    """What the name tells, unless the image's platform contradicts it."""
    told = system_from_name(record.name)
    platform = (record.image_platform or "").upper()
    if told is not None and platform and told.is_linux != (platform == "LINUX"):
        return None
    return told


def _licence(record: BundleRecord, owner: Owner) -> Fact[Licence]:
    """The image's tenancy tells; a name is heard only where the API shows no image."""
    if owner is Owner.PUBLIC:
        return Fact(Licence.INCLUDED, Source.API)
    if record.image_tenancy is not None:
        dedicated = record.image_tenancy.upper() == "DEDICATED"
        return Fact(Licence.BYOL if dedicated else Licence.INCLUDED, Source.IMAGE)
    if says_byol(record.name):
        return Fact(Licence.BYOL, Source.NAME)
    return Fact(None, Source.UNKNOWN)


def with_witnesses(bundle: Bundle, systems: Collection[System], *, unfamiliar: bool = False) -> Bundle:
    """The bundle, with the operating systems that WorkSpaces running on it report.

    They are better witnesses than its name. Where they differ the bundle's image was changed under
    them: the name decides if it names one of them, or else nobody can tell. A witness of a system
    that this version does not know (`unfamiliar`) makes it unknown, whatever the name.
    """
    told = set(systems)
    if unfamiliar:
        return replace(bundle, os=Fact(None, Source.UNKNOWN))
    if not told or (len(told) > 1 and bundle.os.value in told):
        return bundle
    if len(told) > 1:
        return replace(bundle, os=Fact(None, Source.UNKNOWN))
    return replace(bundle, os=Fact(told.pop(), Source.WORKSPACE))


def with_applications(bundle: Bundle, names: Iterable[str]) -> Bundle:
    """The bundle, with the applications that the service installs with it: Microsoft Office makes it Plus.

    They are a better witness than its name. That none is listed proves nothing: an image may have
    Office in it already.
    """
    if not any(names_office(name) for name in names):
        return bundle
    return replace(bundle, edition=Fact(Edition.PLUS, Source.APPLICATIONS))


def with_statements(bundle: Bundle, stated: Mapping[str, StatedFacts]) -> Bundle:
    """The bundle, with what the run's input states about it.

    A statement beats everything else; where it says otherwise than the API, that is written down.
    """
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
        contradictions=tuple(_contradictions(bundle, facts)),
    )


_OFFICIAL = frozenset({Source.API, Source.IMAGE, Source.WORKSPACE, Source.APPLICATIONS})


def _contradictions(bundle: Bundle, facts: StatedFacts) -> Iterator[str]:
    pairs: tuple[
        tuple[str, Fact[System] | Fact[Licence] | Fact[Edition], System | Licence | Edition | None], ...
    ] = (
        ("os", bundle.os, facts.os),
        ("edition", bundle.edition, facts.edition),
        ("licence", bundle.licence, facts.licence),
    )
    for name, fact, statement in pairs:
        if statement is not None and fact.source in _OFFICIAL and fact.value is not statement:
            yield (
                f"bundleFacts.{bundle.bundle_id}.{name} states {statement}, the service says {fact.value}: "
                "the statement was taken"
            )


def as_it_runs(source: Bundle, running: System | None, unfamiliar: str | None = None) -> Bundle:
    """A WorkSpace's own bundle, with the operating system the WorkSpace itself reports: that is exact.

    A system that this version does not know makes it unknown, unless it was stated.
    """
    if unfamiliar and source.os.source is not Source.STATED:
        return replace(source, os=Fact(None, Source.UNKNOWN))
    if running is None:
        return source
    said = [one for one in source.contradictions if f".{source.bundle_id}.os " not in one]
    if source.os.source is Source.STATED and source.os.value is not running:
        said.append(
            f"bundleFacts.{source.bundle_id}.os states {source.os.value}, the WorkSpace runs {running}: "
            "what it runs was taken"
        )
    return replace(source, os=Fact(running, Source.WORKSPACE), contradictions=tuple(said))
