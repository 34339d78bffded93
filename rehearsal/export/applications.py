"""Asking which applications the service has put on a bundle or WorkSpace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

_NOT_TOLD = frozenset({"OperationNotSupportedException", "ResourceNotFoundException"})
"""Not every Region keeps applications."""


def asking(
    describe: Callable[..., Mapping[str, Any]], parameter: str
) -> Callable[[str], list[dict[str, Any]] | None]:
    """How to ask for the applications of one, by its id.

    None is answered where the service does not keep them, or does not know it any more.
    """

    def ask(one: str) -> list[dict[str, Any]] | None:
        try:
            answer = describe(**{parameter: one, "AssociatedResourceTypes": ["APPLICATION"]})
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOT_TOLD:
                raise
            return None
        return list(answer.get("Associations", ()))

    return ask
