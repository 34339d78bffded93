"""The one call that cannot be taken back: MigrateWorkspace, and what its answer means.

The call has no idempotency token, and the SDK would send it again after a read time-out or a 5xx.
The client given here makes one attempt; what the answer leaves open is for the caller to find out
by looking at the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.parsers import ResponseParserError

from migrator.adapters.clear_answers import UnclearAnswer
from migrator.adapters.pace import Pace
from migrator.adapters.paced import THROTTLES

if TYPE_CHECKING:
    from mypy_boto3_workspaces import WorkSpacesClient

_NOT_NOW = frozenset({"OperationInProgressException", "ResourceUnavailableException"})


class Kind(Enum):
    """What an answer leaves to do."""

    STARTED = auto()
    NOT_NOW = auto()
    """Refused for the moment: worth another try later."""
    REFUSED = auto()
    """Refused for good."""
    THROTTLED = auto()
    """Did not act."""
    FAILED = auto()
    """A 5xx: probably did not act; look before another try."""
    NO_ANSWER = auto()
    """May have acted: never call again in this run."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to MigrateWorkspace, or the lack of one."""

    kind: Kind
    target_workspace_id: str | None = None
    code: str = ""
    message: str = ""


class Migrating:
    """Makes the call. `client` must not retry."""

    def __init__(self, client: WorkSpacesClient, pace: Pace) -> None:
        self._client = client
        self._pace = pace

    def migrate(self, workspace_id: str, bundle_id: str) -> Answer:
        """Call MigrateWorkspace once. Answers for every error that a call can end with."""
        self._pace.take()
        try:
            answer = self._client.migrate_workspace(SourceWorkspaceId=workspace_id, BundleId=bundle_id)
        except ClientError as error:
            return _refusal(error)
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            return Answer(Kind.THROTTLED, code=type(error).__name__, message=str(error))
        except (HTTPClientError, ResponseParserError, UnclearAnswer) as error:
            # It was received, and may have acted, whatever came back.
            return Answer(Kind.NO_ANSWER, code=type(error).__name__, message=str(error))
        target = answer.get("TargetWorkspaceId")
        if not target or target == workspace_id:
            return Answer(Kind.NO_ANSWER, code="NoTargetWorkspaceId")
        return Answer(Kind.STARTED, target)


def _refusal(error: ClientError) -> Answer:
    code = error.response.get("Error", {}).get("Code", "Unknown")
    message = error.response.get("Error", {}).get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in THROTTLES:
        kind = Kind.THROTTLED
    elif code in _NOT_NOW:
        kind = Kind.NOT_NOW
    elif status >= 500:
        kind = Kind.FAILED
    else:
        kind = Kind.REFUSED
    return Answer(kind, code=code, message=message)
