"""Exit code 1 says which it was: a service's failure, or a defect of ours."""

from __future__ import annotations

import pytest

from rehearsal.deaths import of_a_service, told


@pytest.mark.parametrize(
    ("error", "cause", "service"),
    [
        ("ClientError", "An error occurred (AccessDenied) when calling the PutObject operation: no", True),
        ("ThrottlingException", "An error occurred (ThrottlingException) when calling the GetItem", True),
        ("ReportFailed", "Correct what follows: EndpointConnectionError: Could not connect", True),
        ("ReadTimeoutError", "Read timeout on endpoint URL", True),
        ("SNS.AuthorizationErrorException", "User is not authorized", True),
        ("ReportFailed", "Correct what follows: KeyError: 'x'", False),
        ("KeyError", "'workspaceId'", False),
        ("States.Runtime", "The JSONPath '$.x' could not be found", False),
        ("ParamValidationError", "Parameter validation failed", False),
    ],
)
def test_what_killed_the_run(error: str, cause: str, service: bool) -> None:
    assert of_a_service(error, cause) is service
    assert ("no defect of the product" in told("run-1", error, cause)) is service
    assert cause in told("run-1", error, cause)
