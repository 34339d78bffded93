"""What a rehearsed run died of: a service that failed, or a defect of ours."""

from __future__ import annotations

import re

from botocore import exceptions

_SAID_BY_A_SERVICE = re.compile(r"An error occurred \(\w+\)")
"""As botocore words an error that a service answered with."""

_INTEGRATION = re.compile(r"(SNS|S3|Lambda|DynamoDb|DynamoDB)\.\w+")
"""As Step Functions names an error of a service that it called itself; a function's own has another name."""


def told(run_id: str, error: str | None, cause: str | None) -> str:
    """One sentence for whoever sees exit code 1."""
    if of_a_service(error or "", cause or ""):
        return (
            f"{run_id}: the run died because a service failed, which is no defect of the product: "
            f"{error}: {cause}"
        )
    return f"{run_id}: the run died of a defect of ours: {error}: {cause}"


def of_a_service(error: str, cause: str) -> bool:
    """Whether it was a service's failure that came so far, by its name or by its sentence."""
    names = {error, *re.findall(r"\b[A-Z]\w+(?=:)", cause)}
    return bool(
        _SAID_BY_A_SERVICE.search(cause)
        or _INTEGRATION.fullmatch(error)
        or any(_is_connection(name) for name in names)
    )


def _is_connection(name: str) -> bool:
    kind = getattr(exceptions, name, None)
    return isinstance(kind, type) and issubclass(
        kind, (exceptions.HTTPClientError, exceptions.ConnectionError)
    )
