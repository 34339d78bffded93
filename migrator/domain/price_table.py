"""The prices to fall back on where the AWS Price List API does not answer, each with its day and source.

What stands here was found published with a date; what was not is left out, and so unknown. The stock
keeping units (SKUs) name the products in the Price List, for whoever wants to look again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from migrator.domain.prices import Fees, Platform, PriceList, Product, Rates


@dataclass(frozen=True, slots=True)
class Published:
    """One product's prices as they were published: Windows, licence included."""

    compute_type: str
    root_gib: int
    user_gib: int
    always_on: str | None
    auto_stop: str | None
    hourly: str | None
    skus: tuple[str, ...]
    """Of the monthly fee, the fee of AUTO_STOP and the hour, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Table:
    """The published prices of one Region."""

    region: str
    as_of: date
    source: str
    products: tuple[Published, ...]


_READ_FROM_THE_API = (
    "AWS Price List API (AmazonWorkSpaces, Windows, licence included), as others read it that day and "
    "published it with the SKUs; volumes are those of the public bundles"
)

TABLES = (
    Table(
        "us-east-1",
        date(2026, 6, 27),
        _READ_FROM_THE_API,
        (
            Published(
                "VALUE",
                80,
                10,
                "25",
                "7.25",
                "0.22",
                ("MUPRA7BF29NZWQ8T", "JNGF6QJ7S8NGRDG7", "N8H42DT5ZWBZY36X"),
            ),
            Published(
                "STANDARD",
                80,
                50,
                "35",
                "9.75",
                "0.30",
                ("8QF9FB4JU4AVYMA6", "KJ39V6HYK37HHHBQ", "A7CA9Z8E4QB96DZW"),
            ),
            Published(
                "PERFORMANCE",
                80,
                100,
                "50",
                "13.00",
                "0.47",
                ("RR5JMWYJX3UNMRUW", "389ZYFSTCG96AWRZ", "ZZ9URENHNP5Z2387"),
            ),
            Published(
                "POWER",
                175,
                100,
                "78",
                "19.00",
                "0.68",
                ("35FRPJ8PTT25VTPY", "YE55FXMUCR7VAU2K", "XMVTCHAM8XRX95HZ"),
            ),
            Published(
                "POWERPRO",
                175,
                100,
                "140",
                "19.00",
                "1.53",
                ("9M7TNDXEHK432522", "5VDV3YE9GPCNV2DM", "SY6C2E3MC768M3HA"),
            ),
            Published(
                "GRAPHICSPRO",
                100,
                100,
                "999",
                "66.00",
                "11.62",
                ("4GQGYJZHP5W278AE", "APF9TQ4CVK3FT3GP", "MAVK7TYFJ3BTK4MV"),
            ),
            Published("GRAPHICS_G4DN", 100, 100, "537", None, None, ("U3PA7649DE3EYP3D",)),
            Published("GRAPHICSPRO_G4DN", 100, 100, "959", None, None, ("SAXMZ7UAX736ARQ5",)),
        ),
    ),
    Table(
        "eu-west-1",
        date(2026, 5, 1),
        "AWS Price List API, whose description names the volumes, as others read and published it",
        (Published("STANDARD", 80, 50, "37", "11.00", "0.32", ()),),
    ),
)
"""All tables. What is not here (other Regions, BYOL, Linux, Plus, a GiB more of a volume) is unknown."""


def table_of(region: str) -> PriceList:
    """The Region's table as a list of prices; an empty one where there is none."""
    found = next((table for table in TABLES if table.region == region), None)
    if found is None:
        return PriceList(region, "this product's own table, which has no prices of this Region", None, {})
    return PriceList(
        region,
        f"this product's own table: {found.source}",
        found.as_of,
        {
            Product(one.compute_type, Platform.WINDOWS, byol=False): Rates(
                (Fees(one.root_gib, one.user_gib, _money(one.always_on), _money(one.auto_stop)),),
                _money(one.hourly),
            )
            for one in found.products
        },
    )


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
