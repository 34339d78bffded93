"""python -m documents [--check]: write the documents, or say which are out of date."""

from __future__ import annotations

import sys

from documents.all_documents import PROJECT, documents


def main(arguments: list[str]) -> int:
    """Write them all; with --check, write nothing and return 1 if one is out of date."""
    stale = [
        path
        for path, text in documents().items()
        if not (PROJECT / path).is_file() or (PROJECT / path).read_text(encoding="utf-8") != text
    ]
    if arguments == ["--check"]:
        for path in stale:
            sys.stderr.write(f"{path} is out of date: run make documents\n")
        return 1 if stale else 0
    for path in stale:
        (PROJECT / path).parent.mkdir(exist_ok=True)
        (PROJECT / path).write_text(documents()[path], encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
