"""A directory's computer objects, as the clean-up needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from migrator.domain.computers import ComputerObject


class DirectoryUnavailable(Exception):
    """The directory could not be asked; the message says why and what to do."""


class Directory(Protocol):
    """One domain. Every operation goes to the same domain controller."""

    def find(self, computer_name: str) -> list[ComputerObject]:
        """Every computer object of the domain with that name."""
        ...

    def children(self, object_guid: str) -> Mapping[str, str]:
        """Objects below it: GUID to class."""
        ...

    def disable(self, computer: ComputerObject) -> None: ...

    def delete(self, object_guid: str) -> None:
        """By GUID, whatever it is called now; no such object is success."""
        ...

    def record(self, computer: ComputerObject) -> str:
        """The object as LDIF."""
        ...


class Directories(Protocol):
    """The directories of the account that a deployment may clean up."""

    def open(self, directory_id: str) -> Directory | None:
        """None where the deployment has no access to that directory."""
        ...


class NoDirectories:
    """A deployment without access to any directory: it reports what a person must look at."""

    def open(self, directory_id: str) -> Directory | None:  # noqa: ARG002 (the protocol's)
        return None
