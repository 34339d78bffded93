"""Links to the console lead to this run, in its Region and partition, and carry nothing else."""

from __future__ import annotations

import pytest

from migrator.report.links import console_links

ARN = "arn:aws:states:eu-west-1:123456789012:execution:MigrateFleet:wave-1"


def test_each_place_of_a_run_has_its_link() -> None:
    found = console_links(
        ARN,
        map_run_arn="arn:aws:states:eu-west-1:123456789012:mapRun:MigrateFleet/Batches:0a",
        dashboard="FleetMigrator-prod-outcomes",
        ledger_table="the-ledger",
        runs_bucket="the-runs",
        run_id="wave 1&x",
    )
    assert len(found) == 5
    assert all(address.startswith("https://eu-west-1.console.aws.amazon.com/") for address in found.values())
    report, execution, map_run, dashboard, entry = found.values()
    assert report.endswith("/s3/object/the-runs?region=eu-west-1&prefix=runs%2Fwave%201%26x%2Freport.html")
    assert execution.endswith(f"/executions/details/{ARN}")
    assert map_run.endswith(
        "/mapruns/details/arn:aws:states:eu-west-1:123456789012:mapRun:MigrateFleet/Batches:0a"
    )
    assert dashboard.endswith("#dashboards/dashboard/FleetMigrator-prod-outcomes")
    assert "pk=run%23wave%201%26x&sk=run" in entry
    assert entry.endswith("table=the-ledger")


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws-cn", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "cn-north-1.console.amazonaws-us-gov.com"),
    ],
)
def test_other_partitions_have_consoles_of_their_own(partition: str, host: str) -> None:
    arn = f"arn:{partition}:states:cn-north-1:123456789012:execution:M:r"
    [address] = console_links(arn).values()
    assert address.startswith(f"https://{host}/")


@pytest.mark.parametrize(
    "arn", [None, "", "arn:aws-iso:states:x:123456789012:execution:M:r", f"{ARN} x", "javascript:x"]
)
def test_what_names_no_execution_gives_no_link(arn: str | None) -> None:
    assert console_links(arn, dashboard="d", ledger_table="t", runs_bucket="b", run_id="r") == {}
