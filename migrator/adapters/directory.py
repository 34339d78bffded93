"""A directory's computer objects, as the clean-up needs them: the door, and what may go wrong behind it."""

from __future__ import annotations

from typing import Protocol

from migrator.domain.computers import Child, ComputerObject


class DirectoryFault(Exception):
    """Something about the directory went wrong; the message says what, and what to do about it."""


class DirectoryUnavailable(DirectoryFault):
    """It could not be asked: no connection, no TLS, no answer in time."""


class CredentialsRefused(DirectoryUnavailable):
    """It does not let the service account in. `wrong_password`: nobody may try the same one again."""

    def __init__(self, message: str, *, wrong_password: bool) -> None:
        super().__init__(message)
        self.wrong_password = wrong_password


class AccessDenied(DirectoryFault):
    """The service account may not do this."""


class Unanswered(DirectoryFault):
    """A change was sent and no answer came: it may have been made."""


class ChangedMeanwhile(DirectoryFault):
    """The object is not as it was read; nothing was changed."""


class HasChildren(DirectoryFault):
    """There are objects below it that the service account does not see; nothing was deleted."""


class Directory(Protocol):
    """One domain, through a connection to one domain controller.

    Every operation may raise DirectoryUnavailable. One that changes something raises Unanswered where
    its answer did not come, and the connection is no more: only `reconnect` helps.
    """

    @property
    def unit(self) -> str:
        """DN of the organizational unit below which objects may be changed."""
        ...

    @property
    def most_changes(self) -> int:
        """How many objects one run may change."""
        ...

    @property
    def domain_controller(self) -> str:
        """Host name of the domain controller that answers."""
        ...

    def find(self, computer_name: str) -> tuple[ComputerObject, ...]:
        """Every object of the domain whose sAMAccountName is the name and a dollar sign, of any class."""
        ...

    def read(self, object_guid: str) -> ComputerObject | None:
        """The object, whatever it is called now; None where it is gone."""
        ...

    def children(self, object_guid: str) -> tuple[Child, ...]:
        """Objects below it, at any depth, the deepest first. None where it is gone."""
        ...

    def record(self, object_guid: str) -> str:
        """The object and what is below it as LDIF: a record of it, no way back."""
        ...

    def disable(self, computer: ComputerObject) -> None:
        """Disable the account if its userAccountControl is still as it was read.

        Raises ChangedMeanwhile, AccessDenied, Unanswered.
        """
        ...

    def delete(self, object_guid: str) -> None:
        """Delete the object, whatever it is called now; one that is gone is success.

        Raises HasChildren, AccessDenied, Unanswered.
        """
        ...

    def reconnect(self) -> None:
        """A new connection to the same domain controller. Raises DirectoryUnavailable."""
        ...

    def close(self) -> None: ...


class Directories(Protocol):
    """The directories of the account that a deployment may clean up."""

    @property
    def ids(self) -> frozenset[str]:
        """Those it has access to."""
        ...

    def open(self, directory_id: str) -> Directory | None:
        """None where the deployment has no access to that directory.

        Raises DirectoryUnavailable where it has, and gets none.
        """
        ...


class NoDirectories:
    """A deployment without access to any directory: it reports what a person must look at."""

    ids: frozenset[str] = frozenset()

    def open(self, directory_id: str) -> Directory | None:  # noqa: ARG002 (the protocol's)
        return None
