"""python -m mutants [MODULE ...]: mutate, tell each survivor and the share that was noticed.

Exit code 1 where a survivor is not explained, or an explanation explains nothing any more.
"""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path

from mutants.changes import mutants_of, mutated
from mutants.subjects import EXPLAINED, SUBJECTS, Subject
from mutants.trial import passes

_PROJECT = Path(__file__).resolve().parent.parent
_LIBRARIES = ("boto3", "hypothesis", "pydantic", "jsonschema", "moto.dynamodb")
"""What takes long to import, loaded once; nothing of ours."""


def main(names: list[str]) -> int:
    """Mutate the named modules (their last part is enough), or all."""
    for library in _LIBRARIES:
        import_module(library)
    chosen = [one for one in SUBJECTS if not names or one.module.rpartition(".")[2] in names]
    total, survived, unexplained = 0, 0, []
    met: set[str] = set()
    for subject in chosen:
        found, survivors = _try(subject)
        total += found
        survived += len(survivors)
        met |= set(survivors)
        unexplained += [one for one in survivors if one not in EXPLAINED]
        print(f"{subject.module}: {found - len(survivors)} of {found} noticed", flush=True)
    stale = [one for one in EXPLAINED if not names and one not in met]
    print(f"{total - survived} of {total} mutants noticed, {100 * (total - survived) / max(total, 1):.1f} %")
    for one in unexplained:
        print(f"survived: {one}")
    for one in stale:
        print(f"explained, and noticed all the same: {one}")
    return 1 if unexplained or stale else 0


def _try(subject: Subject) -> tuple[int, list[str]]:
    """How many mutants the module has, and those that no test noticed."""
    path = _PROJECT / (subject.module.replace(".", "/") + ".py")
    source = path.read_text(encoding="utf-8")
    if not passes(subject.module, ast.parse(source), path, subject.tests):
        raise SystemExit(f"{subject.module}: its tests fail without any mutant")
    mutants = mutants_of(source)
    return len(mutants), [
        f"{subject.module}:{mutant}"
        for mutant in mutants
        if passes(subject.module, mutated(source, mutant), path, subject.tests)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
