"""docs/prices.md: the prices to fall back on, with their days and sources, from the table in the code."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.domain.costs import BASIS
from migrator.domain.price_table import TABLES

_INTRODUCTION = """# Prices

A report tells what WorkSpaces cost before and after, and names the prices it used and their day. AssessFleet
asks the AWS Price List API (`pricing:GetProducts`); where that does not answer, or has no prices of the
Region, these tables stand in, and the report says why. A rehearsal asks for the products in its fleet file's
`Prices`, which are what this prints, with your Region for REGION; without them it uses the tables too:

```
aws pricing get-products --service-code AmazonWorkSpaces --region us-east-1 --query PriceList \\
  --filters '[{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "REGION"}]'
```

What is not here (other Regions, BYOL, Linux, Plus, a GiB beyond the volumes named) is *unknown* in the
report, never guessed. Made by `make documents` from `migrator/domain/price_table.py`.

How it is counted:
"""


def prices() -> str:
    """The document."""
    return "\n".join(_parts()).rstrip("\n") + "\n"


def _parts() -> Iterator[str]:
    yield _INTRODUCTION
    yield from (f"- {one}" for one in BASIS)
    for table in TABLES:
        yield f"\n## {table.region}, {table.as_of.isoformat()}\n"
        yield f"Source: {table.source}. Windows, licence included; US dollars.\n"
        yield "| Compute type | Root and user GiB | ALWAYS_ON, a month | AUTO_STOP, a month | Hour | SKUs |"
        yield "|---|---|---|---|---|---|"
        for one in table.products:
            fees = (one.always_on, one.auto_stop, one.hourly)
            volumes = f"{one.root_gib} and {one.user_gib}"
            cells = [one.compute_type, volumes, *(fee or "unknown" for fee in fees)]
            yield f"| {' | '.join(cells)} | {', '.join(one.skus) or 'unknown'} |"
