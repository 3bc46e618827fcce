#!/usr/bin/env python3
"""Writes every statement and query of tests/sql into a folder, a file each: what the parser's fuzzer starts from.

tests/fuzz/sql_corpus.py DIRECTORY
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from runner import script  # noqa: E402


def statements() -> set[str]:
    found = set()
    for path in sorted((ROOT / "sql").glob("*/*.test")):
        for directive in script.directives(path.read_text(), path):
            if directive.name in ("statement", "query"):
                found.add(directive.text.split("\n----")[0])
    return found


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for text in statements():
        (folder / hashlib.sha1(text.encode()).hexdigest()).write_text(text)


if __name__ == "__main__":
    main()
