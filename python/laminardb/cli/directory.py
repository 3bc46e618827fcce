"""`laminardb check` and `laminardb backup`: database directories, looked at and copied."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from laminardb import _laminardb
from laminardb.cli.errors import ShellError

_IDENTITY = "laminar.db"
_LOG = "log"


def check(path: str) -> int:
    """Verifies a directory and prints what it holds. Raises ConnectionError for the first thing that is wrong."""
    found = _laminardb._check(path)
    print(
        f"{path}: sound: {found['relations']:,} relations, {found['calls']:,} calls to epoch {found['epoch']:,}; "
        f"{found['records']:,} records in {found['segments']:,} files, {found['bytes']:,} bytes"
    )
    if found["suspended"]:
        print(f"{found['suspended']:,} streams would be suspended: what they use is missing here")
    if found["torn_bytes"]:
        print(f"{found['torn_bytes']:,} bytes at the end were never completed: opening it cuts them off")
    return 0


def backup(path: str, out: str) -> int:
    """Copies a directory, which may be in use, and verifies the copy.

    The log only grows, so its files, copied in order up to the length they have when their turn comes, are the database
    as it was at one moment: later than that of the call.
    """
    source, target = Path(path), Path(out)
    if not (source / _IDENTITY).is_file():
        raise ShellError(f"{path} is not a laminardb database")
    if target.exists():
        raise ShellError(f"{out} exists already: give a path where nothing is")
    (target / _LOG).mkdir(parents=True)
    names = [_IDENTITY, *(f"{_LOG}/{name}" for name in sorted(os.listdir(source / _LOG)))]
    for name in names:
        with (source / name).open("rb") as reader, (target / name).open("wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
            writer.flush()
            os.fsync(writer.fileno())
    for folder in (target / _LOG, target, target.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sys.stdout.write(f"{path} -> ")
    return check(out)
