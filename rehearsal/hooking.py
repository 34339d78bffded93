"""How hooks are declared, installed, taken out again, and told that the code under them has changed.

A hook is a small function that replaces named attributes of a library. It states what it relies on: the
dotted names of the functions it replaces or calls, each with a digest of its source. `verify` compares.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Generic, TypeVar

Means = TypeVar("Means")


class Replacement:
    """Replaces attributes, and puts every one back when `stack` closes."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def attribute(self, owner: Any, name: str, value: Any) -> Any:
        """Sets an attribute that must exist; returns what it was."""
        before = inspect.getattr_static(owner, name)
        inherited = isinstance(owner, type) and name not in vars(owner)
        setattr(owner, name, value)
        if inherited:
            self._stack.callback(delattr, owner, name)
        else:
            self._stack.callback(setattr, owner, name, before)
        return before.__func__ if isinstance(before, staticmethod | classmethod) else before

    def level(self, logger_name: str, level: int) -> None:
        """Sets the level of a logger and of those below it that have none of their own."""
        logger = logging.getLogger(logger_name)
        self._stack.callback(logger.setLevel, logger.level)
        logger.setLevel(level)

    def everywhere(self, package: str, value: Any, new: Any) -> int:
        """Replaces a value under every name by which the loaded modules of a package hold it."""
        found = holders(package, value)
        for module, name in found:
            self.attribute(module, name, new)
        return len(found)


def holders(package: str, value: Any) -> list[tuple[ModuleType, str]]:
    """(module, name) for every name by which the loaded modules of a package hold the very same object."""
    return [
        (module, name)
        for module_name, module in sorted(sys.modules.items())
        if module_name == package or module_name.startswith(f"{package}.")
        for name, held in sorted(vars(module).items())
        if held is value
    ]


@dataclass(frozen=True)
class Hook(Generic[Means]):
    """A named installer and the sources it relies on (dotted "module:qualified.name" to digest)."""

    name: str
    install: Callable[[Means, Replacement], None]
    relies_on: Mapping[str, str]

    def verify(self) -> Iterable[str]:
        """What is no longer as this hook expects it. Ask while the hook is not installed."""
        for target, expected in self.relies_on.items():
            try:
                actual = digest(target)
            except (ImportError, AttributeError) as reason:
                yield f"{self.name}: {target} is gone ({reason})"
                continue
            if actual != expected:
                yield f"{self.name}: the source of {target} has changed (digest {actual}, not {expected})"


def digest(target: str) -> str:
    """The digest of the source of "module:qualified.name"."""
    module, _, qualified = target.partition(":")
    found: Any = import_module(module)
    for part in qualified.split("."):
        found = inspect.getattr_static(found, part)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    return hashlib.sha256(inspect.getsource(found).encode()).hexdigest()[:12]


class Hooks(Generic[Means]):
    """The hooks of one file, in the order in which they are installed."""

    def __init__(self) -> None:
        self.declared: list[Hook[Means]] = []

    def __call__(
        self, relies_on: Mapping[str, str]
    ) -> Callable[[Callable[[Means, Replacement], None]], Callable[[Means, Replacement], None]]:
        """A decorator that declares an installer."""

        def declare(install: Callable[[Means, Replacement], None]) -> Callable[[Means, Replacement], None]:
            self.declared.append(Hook(install.__name__, install, relies_on))
            return install

        return declare

    def verify(self) -> list[str]:
        return [fault for hook in self.declared for fault in hook.verify()]
