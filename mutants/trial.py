"""One mutant: a forked process in which a module is another, and its tests."""

from __future__ import annotations

import ast
import os
import resource
import signal
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings

_SECONDS = 120
"""A mutant that waits is noticed, too."""

_CPU_SECONDS = 40
"""So is one that loops. No subject's own tests take half of it."""

_MOST_BYTES = 4 * 2**30
"""And one that loops and keeps what it makes."""

# That an example fails is enough: making it smaller takes minutes. A machine that is slow just now is no
# mutant that was noticed.
settings.register_profile(
    "mutants",
    phases=(Phase.explicit, Phase.generate),
    database=None,
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow,),
)


class _Instead(MetaPathFinder, Loader):
    """Gives the mutated module to whoever imports it."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self._name, self._tree, self._path = name, tree, path

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        return ModuleSpec(fullname, self, origin=str(self._path)) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, str(self._path), "exec"), module.__dict__)  # noqa: S102 (our own source, mutated)


def passes(module: str, tree: ast.Module, path: Path, tests: Sequence[str]) -> bool:
    """Whether the tests pass with that tree as the module. The module must not be imported here."""
    if module in sys.modules:
        raise RuntimeError(f"{module} is imported already: its mutants would not be seen")
    child = os.fork()
    if child == 0:
        signal.alarm(_SECONDS)
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.meta_path.insert(0, _Instead(module, tree, path))
        code = 1
        try:
            ignored = "ignore::pytest.PytestAssertRewriteWarning"  # libraries are loaded already
            code = pytest.main(
                [
                    *("-W", ignored, "-x", "-q", "-p", "no:cacheprovider"),
                    *("--hypothesis-seed=1", "--hypothesis-profile=mutants", *tests),
                ]
            )
        finally:
            os._exit(int(code))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0
