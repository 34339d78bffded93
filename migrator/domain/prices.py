"""What desktops cost, as one list of prices says; a price that is not in it is unknown, never guessed.

US dollars, before discounts and taxes. A desktop with ALWAYS_ON costs a monthly fee; with AUTO_STOP a
smaller monthly fee and so much an hour while it runs. Fees are published for pairs of volume sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from migrator.domain.bundle_names import Edition
from migrator.domain.bundles import Bundle, Licence
from migrator.domain.facts import Workspace
from migrator.domain.systems import System
from migrator.domain.volumes import Volumes


class Platform(StrEnum):
    """Operating systems as the Price List tells them apart."""

    WINDOWS = "Windows"
    AMAZON_LINUX = "Amazon Linux"
    UBUNTU = "Ubuntu Linux"
    RHEL = "Red Hat Enterprise Linux"
    ROCKY = "Rocky Linux"


@dataclass(frozen=True, slots=True)
class Product:
    """What has a price: hardware, platform, and whose licence it is."""

    compute_type: str
    """As the WorkSpaces API names it: STANDARD, POWERPRO, GRAPHICS_G4DN, ..."""
    platform: Platform
    byol: bool

    def __str__(self) -> str:
        licence = "BYOL" if self.byol else "licence included"
        return f"{self.compute_type}, {self.platform}, {licence}"


@dataclass(frozen=True, slots=True)
class Fees:
    """Monthly fees with volumes of these sizes."""

    root_gib: int
    user_gib: int
    always_on: Decimal | None = None
    auto_stop: Decimal | None = None
    """Without the hours."""


@dataclass(frozen=True, slots=True)
class Rates:
    """All prices of one product."""

    fees: tuple[Fees, ...]
    hourly: Decimal | None = None
    """For each hour of an AUTO_STOP desktop."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of one Region, where they are from and of which day they are."""

    region: str
    source: str
    as_of: date | None
    rates: Mapping[Product, Rates]
    gib_month: Decimal | None = None
    """For each GiB beyond a published pair of volumes, a month."""
    notes: tuple[str, ...] = field(default=())
    """Why it is this list and not another."""


@dataclass(frozen=True, slots=True)
class Desktop:
    """What decides the price of a WorkSpace; None where it is not known."""

    compute_type: str | None
    platform: Platform | None
    licence: Licence | None
    edition: Edition | None
    running_mode: str | None
    volumes: Volumes


@dataclass(frozen=True, slots=True)
class Fee:
    """What a desktop costs. `unknown` is a sentence about what is missing, and then nothing else is told."""

    monthly: Decimal | None = None
    hourly: Decimal | None = None
    """None for a desktop that is not paid by the hour."""
    unknown: str = ""
    uncounted_gib: int = 0
    """Of its volumes, what is beyond the pair the fee includes and has no price in this list."""


def desktop_of(workspace: Workspace, bundle: Bundle, volumes: Volumes, compute_type: str | None) -> Desktop:
    """The WorkSpace, as it is or will be, on a bundle. The running mode is kept (the guide)."""
    return Desktop(
        compute_type=compute_type,
        platform=_platform(bundle),
        licence=bundle.licence.value,
        edition=bundle.edition.value,
        running_mode=workspace.running_mode,
        volumes=volumes,
    )


def _platform(bundle: Bundle) -> Platform | None:
    system = bundle.os.value
    if system is None:
        return Platform.WINDOWS if bundle.linux is False else None
    if not system.is_linux:
        return Platform.WINDOWS
    if system is System.AMAZON_LINUX_2:
        return Platform.AMAZON_LINUX
    return Platform[system.value.partition("_")[0]]


def fee_of(desktop: Desktop, prices: PriceList) -> Fee:
    """What the desktop costs a month and an hour, or why nobody can tell from this list."""
    missing = [
        name
        for name, value in (
            ("compute type", desktop.compute_type),
            ("operating system", desktop.platform),
            ("licence", desktop.licence),
            ("edition", desktop.edition),
            ("running mode", desktop.running_mode),
            ("root volume's size", desktop.volumes.root_gib),
            ("user volume's size", desktop.volumes.user_gib),
        )
        if value is None
    ]
    if missing:
        return Fee(unknown=f"Unknown: {', '.join(missing)}.")
    if desktop.edition is Edition.PLUS:
        return Fee(unknown="The fee for Microsoft Office (Plus) is not part of these prices.")
    if desktop.running_mode not in ("ALWAYS_ON", "AUTO_STOP"):
        return Fee(unknown=f"Running mode {desktop.running_mode} has no public price.")
    if desktop.compute_type is None or desktop.platform is None:
        raise ValueError("told above")
    product = Product(desktop.compute_type, desktop.platform, desktop.licence is Licence.BYOL)
    rates = prices.rates.get(product)
    if rates is None:
        return Fee(unknown=f"No price for {product} in {prices.region}.")
    return _fee(product, rates, desktop, prices)


def _fee(product: Product, rates: Rates, desktop: Desktop, prices: PriceList) -> Fee:
    """The fee of the largest published pair that fits, and so much for each GiB beyond it."""
    root, user = desktop.volumes.root_gib or 0, desktop.volumes.user_gib or 0
    always_on = desktop.running_mode == "ALWAYS_ON"
    fitting = [
        (pair.root_gib + pair.user_gib, fee)
        for pair in rates.fees
        if (fee := pair.always_on if always_on else pair.auto_stop) is not None
        and pair.root_gib <= root
        and pair.user_gib <= user
    ]
    if not fitting:
        return Fee(
            unknown=f"No {desktop.running_mode} price for {product} with volumes of {root} and {user} GiB in "
            f"{prices.region}."
        )
    if not always_on and rates.hourly is None:
        return Fee(unknown=f"No hourly price for {product} in {prices.region}.")
    covered, fee = max(fitting)
    beyond = root + user - covered
    hourly = None if always_on else rates.hourly
    if prices.gib_month is None:
        return Fee(fee, hourly, uncounted_gib=beyond)
    return Fee(fee + beyond * prices.gib_month, hourly)
