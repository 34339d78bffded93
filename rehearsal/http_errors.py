"""Error responses as AWS services send them, in each protocol's own writing, so that botocore parses and
retries them as it would the real ones."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

_STATUS = {
    "AccessDenied": 403,
    "AuthorizationError": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "InternalServerException": 500,
    "InternalServiceException": 500,
    "RequestTimeout": 400,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "SlowDown": 503,
    "Unavailable": 503,
    "UnauthorizedOperation": 403,
    "BadGateway": 502,
    "GatewayTimeout": 504,
}


def status_of(code: str) -> int:
    """The HTTP status a service sends with this error code; 400 for throttling and whatever the client did
    wrong."""
    return _STATUS.get(code, 400)


def error_response(
    protocol: str, code: str, request_id: str, message: str | None = None
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an error in the protocol of a botocore service model."""
    message = message or f"{code} was injected by the rehearsal."
    status = status_of(code)
    if protocol in ("json", "rest-json"):
        body: dict[str, object] = {"__type": code, "message": message}
        if code == "TransactionCanceledException":
            body["CancellationReasons"] = [{"Code": "TransactionConflict", "Message": message}]
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amzn-requestid": request_id,
            "x-amzn-errortype": code,
        }
        return status, headers, json.dumps(body)
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if protocol == "rest-xml":
        xml = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    elif protocol == "ec2":
        xml = (
            f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
    elif protocol == "query":
        kind = "Receiver" if status >= 500 else "Sender"
        xml = (
            f"<ErrorResponse><Error><Type>{kind}</Type>{error}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    else:
        raise NotImplementedError(f"no error responses are written for the protocol {protocol}")
    return status, headers, f'<?xml version="1.0" encoding="UTF-8"?>{xml}'
