"""The clean-up function as Lambda calls it, on a real domain: AWS is moto's and the twin's, all else real."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from functions.clean_up import handler
from migrator.adapters.clock import SystemClock
from migrator.adapters.ledger import Ledger
from migrator.adapters.table import Table
from migrator.domain.outcomes import Outcome
from migrator.domain.records import MigrationRecord, RunRecord, Stage
from migrator.services import rehearsing
from rehearsal.deployment import create_bucket, environment
from rehearsal.samba import SERVICE_PASSWORD, DomainController
from tests.directory.plants import ENDED, STARTED, UNIT
from tests.twin_bench import DIRECTORY, STANDARD_10, Bench, bench, fleet_document

REGION = "us-east-1"
NOW = ENDED + timedelta(minutes=10)
LIVING = "LIVING-1"
ELSEWHERE = "d-9067054321"
TABLE, BUCKET = "ledger", "runs-bucket"

Line = dict[str, Any]


@dataclass
class Context:
    """What the Lambda runtime passes."""

    aws_request_id: str = "request-1"
    milliseconds: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@dataclass
class CleanUp:
    """A deployment with one directory, and runs to clean up after."""

    on: Bench
    ledger: Ledger
    secret_arn: str
    _runs: dict[str, int] = field(default_factory=dict)

    def open_run(self, run_id: str, modes: Mapping[str, str] | None = None) -> None:
        """A run as planning leaves it."""
        given = {
            "select": {"directoryIds": [DIRECTORY]},
            "target": {"bundleId": STANDARD_10},
            "dryRun": False,
            "directoryCleanUp": dict(modes or {}),
        }
        arn = f"arn:aws:states:{REGION}:123456789012:execution:migrate:{run_id}"
        self.ledger.open_run(RunRecord(run_id, arn, STARTED, json.dumps(given), 10, 0))

    def failed(self, run_id: str, *computer_names: str, **fields: Any) -> None:
        """Migrations whose targets had these computers, and that rolled back."""
        for name in computer_names:
            self._record(run_id, Outcome.ROLLED_BACK, target_computer_name=name, **fields)

    def migrated(self, run_id: str, *computer_names: str, **fields: Any) -> None:
        """Migrations of WorkSpaces that had these computers before."""
        for name in computer_names:
            self._record(run_id, Outcome.MIGRATED, computer_name=name, **fields)

    def _record(
        self,
        run_id: str,
        outcome: Outcome,
        *,
        started_at: datetime = STARTED,
        ended_at: datetime = ENDED,
        **fields: Any,
    ) -> None:
        number = self._runs[run_id] = self._runs.get(run_id, 0) + 1
        record = MigrationRecord(
            workspace_id=f"ws-{number:09d}",
            directory_id=DIRECTORY,
            user_name=f"user{number}",
            source_bundle_id="wsb-old000001",
            target_bundle_id="wsb-new000001",
            batch_id="batch-0001",
            stage=Stage.ENDED,
            started_at=started_at,
            ended_at=ended_at,
            outcome=outcome,
            **fields,
        )
        self.ledger.write(run_id, record)

    def run(self, run_id: str, context: Context | None = None) -> dict[str, Line]:
        """Call the function; its lines by computer name."""
        handler({"runId": run_id}, context or Context())
        return {line["computerName"]: line for line in self.document(run_id, "directory.json")}

    def object(self, run_id: str, name: str) -> str:
        """What lies in the runs bucket."""
        s3 = boto3.client("s3", REGION)
        return str(s3.get_object(Bucket=BUCKET, Key=f"runs/{run_id}/{name}")["Body"].read().decode())

    def document(self, run_id: str, name: str) -> Any:
        return json.loads(self.object(run_id, name))

    def objects(self, run_id: str) -> set[str]:
        """Names of all that the run has in the bucket."""
        prefix = f"runs/{run_id}/"
        rows = boto3.client("s3", REGION).list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return {row["Key"].removeprefix(prefix) for row in rows}

    def put_secret(self, **content: str) -> None:
        """A new version of the service account's secret."""
        secrets = boto3.client("secretsmanager", REGION)
        secrets.put_secret_value(SecretId=self.secret_arn, SecretString=json.dumps(content))


@contextmanager
def clean_up_bench(
    controller: DomainController,
    place: Path,
    *,
    living: Sequence[str] = (LIVING,),
    elsewhere: Sequence[str] = (),
    password: str = SERVICE_PASSWORD,
    **access: Any,
) -> Iterator[CleanUp]:
    """The function's surroundings: computers that WorkSpaces have, in the directory and in another one of
    its domain. `access` changes the directory's configuration."""
    names = [*living, *elsewhere]
    document = fleet_document(len(names), now=NOW.isoformat())
    document["Directories"].append({**document["Directories"][0], "DirectoryId": ELSEWHERE})
    for row, name in zip(document["Workspaces"], names, strict=True):
        row["ComputerName"] = name
        row["DirectoryId"] = DIRECTORY if name in living else ELSEWHERE
    with bench(document) as on, environment(_environment(place), REGION):
        dynamodb = boto3.client("dynamodb", REGION)
        dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        create_bucket(BUCKET, REGION)
        secret = boto3.client("secretsmanager", REGION).create_secret(
            Name="directory",
            SecretString=json.dumps({"username": controller.template.service_user, "password": password}),
        )
        document = {
            "organizationalUnit": UNIT,
            "endpoints": [controller.address],
            "caCertificate": controller.authority.pem,
            "secretArn": secret["ARN"],
            "subnetIds": ["subnet-0123456789abcdef0"],
            "securityGroupIds": ["sg-0123456789abcdef0"],
            "connectTimeoutSeconds": 2,
            "answerTimeoutSeconds": 2,
            **access,
        }
        wanted = {name: value for name, value in document.items() if value is not None}
        (place / "directories.json").write_text(json.dumps({DIRECTORY: wanted}), encoding="utf-8")
        with rehearsing(None):
            table = Table(dynamodb, TABLE, SystemClock(), retention_days=400)
            yield CleanUp(on, Ledger(table), secret["ARN"])


def _environment(place: Path) -> dict[str, str]:
    return {
        "STAGE": "test",
        "LEDGER_TABLE": TABLE,
        "LEDGER_RETENTION_DAYS": "400",
        "RUNS_BUCKET": BUCKET,
        "TOPIC_ARN": f"arn:aws:sns:{REGION}:123456789012:topic",
        "EVENT_BUS": "events",
        "DASHBOARD": "outcomes",
        "LOG_USER_NAMES": "false",
        "API_RATE_PER_SECOND": "100000",
        "API_BURST": "100000",
        "ADDRESS_RESERVE": "1",
        "DIRECTORIES_FILE": str(place / "directories.json"),
        "POWERTOOLS_SERVICE_NAME": "clean_up",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
    }
