"""A Samba domain controller for these tests: provisioned once, copied for each that needs its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rehearsal.samba import Authority, DomainController, Template, claim_address, provision, what_is_missing
from tests.directory.plants import DOMAIN, UNIT

StartDomainController = Callable[[], DomainController]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A domain with the unit and the service account. In CI, and for root, it is no matter of choice."""
    missing = what_is_missing()
    if missing and os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip(missing)
    if missing:
        pytest.fail(missing)
    return provision(tmp_path_factory.mktemp("samba") / "template", DOMAIN, UNIT)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Issues the domain controllers' certificates."""
    return Authority()


@pytest.fixture(scope="session")
def shared_controller(
    template: Template, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DomainController]:
    """One for all tests that only plant objects of their own names in it."""
    with started(template, authority, tmp_path_factory.mktemp("shared") / "dc") as controller:
        yield controller


@pytest.fixture
def controller(template: Template, authority: Authority, tmp_path: Path) -> Iterator[DomainController]:
    """One that the test may freeze, rename in, lock accounts of."""
    with started(template, authority, tmp_path / "dc") as controller:
        yield controller


class started:  # noqa: N801 (used as a with statement's word)
    """A running domain controller on an address of its own."""

    def __init__(self, template: Template, authority: Authority, path: Path) -> None:
        self._made = (template, path, authority)
        self._stack = ExitStack()

    def __enter__(self) -> DomainController:
        template, path, authority = self._made
        address = self._stack.enter_context(claim_address())
        controller = DomainController(template, path, address, authority)
        self._stack.callback(controller.close)
        controller.start()
        return controller

    def __exit__(self, *_: object) -> None:
        self._stack.close()
