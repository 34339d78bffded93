"""A WorkSpaces client each of whose attempts waits for its place in the shared budget.

The SDK's own retries would not: in a storm of throttling they add to it. So the client given makes one
attempt, and what passes by itself is tried again here. Nothing that changes anything may go through it but
what can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from migrator.adapters.pace import Pace

THROTTLES = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
    }
)
"""Not modelled by the API: matched by code."""

ATTEMPTS = 8
_LONGEST_REST_SECONDS = 20.0


class Paced:
    """Has the operations of the client it is given."""

    def __init__(self, client: Any, pace: Pace) -> None:
        self._client = client
        self._pace = pace

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        ask = getattr(self._client, operation)
        return lambda **parameters: self._patiently(lambda: ask(**parameters))

    def _patiently(self, ask: Callable[[], Any]) -> Any:
        for attempt in range(1, ATTEMPTS):
            self._pace.take()
            try:
                return ask()
            except (ClientError, HTTPClientError, NoConnection) as error:
                if not _passes(error):
                    raise
            self._pace.rest(min(_LONGEST_REST_SECONDS, 2.0 ** (attempt - 2)))
        self._pace.take()
        return ask()


def _passes(error: ClientError | HTTPClientError | NoConnection) -> bool:
    """Whether another attempt may fare better: throttled, a failure of the service, or no answer."""
    if not isinstance(error, ClientError):
        return True
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or error.response.get("Error", {}).get("Code") in THROTTLES
