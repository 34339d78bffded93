"""Errors the service answers with, by the codes of its model."""

from __future__ import annotations

from typing import Any


class ServiceError(Exception):
    """An error response: its code, what it says, and the further members its shape has."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = members


def resource_not_found(what: str, resource_id: str) -> ServiceError:
    """The resource could not be found."""
    return ServiceError(
        "ResourceNotFoundException",
        f"The specified {what} {resource_id} could not be found.",
        ResourceId=resource_id,
    )


def invalid_parameters(message: str) -> ServiceError:
    """One or more parameter values are not valid."""
    return ServiceError("InvalidParameterValuesException", message)


def not_supported(message: str) -> ServiceError:
    """This operation is not supported (for this WorkSpace, in this state)."""
    return ServiceError("OperationNotSupportedException", message, reason=message)


def in_progress(message: str) -> ServiceError:
    """The properties of this WorkSpace are currently being modified. Try again in a moment."""
    return ServiceError("OperationInProgressException", message)


def unavailable(message: str, resource_id: str) -> ServiceError:
    """The specified resource is not available."""
    return ServiceError("ResourceUnavailableException", message, ResourceId=resource_id)


def unreadable(message: str) -> ServiceError:
    """The request is none of the protocol's. Not in the service model."""
    return ServiceError("SerializationException", message)


def throttled() -> ServiceError:
    """The account's calls come faster than the service takes them. Not in the service model."""
    return ServiceError("ThrottlingException", "Rate exceeded")
