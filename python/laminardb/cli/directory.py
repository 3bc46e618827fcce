"""`laminardb check` and `laminardb backup`: database directories, looked at and copied."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import BinaryIO

from laminardb import _laminardb
from laminardb.cli.errors import ShellError

_IDENTITY = "laminar.db"
_LOG = "log"
_MANIFEST = "manifest"


def check(path: str) -> int:
    """Verifies a directory and prints what it holds. Raises ConnectionError for the first thing that is wrong."""
    found = _laminardb._check(path)
    print(
        f"{path}: sound: {found['relations']:,} relations, {found['calls']:,} calls to epoch {found['epoch']:,}; "
        f"{found['records']:,} records in {found['segments']:,} files, {found['bytes']:,} bytes"
    )
    if found["checkpoint"]:
        print(f"records and files are those of the log behind checkpoint {found['checkpoint']:,}")
    if found["suspended"]:
        print(f"{found['suspended']:,} streams would be suspended: what they use is missing here")
    if found["torn_bytes"]:
        print(f"{found['torn_bytes']:,} bytes at the end were never completed: opening it cuts them off")
    return 0


def backup(path: str, out: str) -> int:
    """Copies a directory, which may be in use, and verifies the copy.

    Files of a checkpoint are never changed where they count, and the log only grows. So what the last checkpoint
    consists of and the log behind it, up to the length it has when its turn comes, are the database as it was at one
    moment: later than that of the call.
    """
    source, target = Path(path), Path(out)
    if not (source / _IDENTITY).is_file():
        raise ShellError(f"{path} is not a laminardb database")
    if target.exists():
        raise ShellError(f"{out} exists already: give a path where nothing is")
    target.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        manifest, files = _open_all(source, stack)
        for name, length, reader in files:
            (target / name).parent.mkdir(exist_ok=True)
            with (target / name).open("wb") as writer:
                _copy(reader, writer, length)
        if manifest:
            with (target / _MANIFEST).open("wb") as writer:
                writer.write(manifest)
                writer.flush()
                os.fsync(writer.fileno())
    for folder in (*(path for path in target.iterdir() if path.is_dir()), target, target.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sys.stdout.write(f"{path} -> ")
    return check(out)


def _open_all(source: Path, stack: contextlib.ExitStack) -> tuple[bytes, list[tuple[str, int | None, BinaryIO]]]:
    """The manifest's bytes; and of every file that counts its name, how much of it does, and the file.

    A newer checkpoint may remove files until they are open; then what it consists of is looked for.
    """
    while True:
        manifest, named, position = _laminardb._checkpoint_files(str(source))
        with contextlib.ExitStack() as opened:
            try:
                segments = sorted(int(name.removesuffix(".log"), 16) for name in os.listdir(source / _LOG))
                # The one that the position is in, and those behind it.
                first = max((at for at in segments if at <= position), default=position)
                if segments and first not in segments:
                    continue
                names: list[tuple[str, int | None]] = [(_IDENTITY, None), *named]
                names += [(f"{_LOG}/{at:016x}.log", None) for at in segments if at >= first]
                files = [(name, length, opened.enter_context((source / name).open("rb"))) for name, length in names]
            except FileNotFoundError:
                continue
            stack.enter_context(opened.pop_all())
            return manifest, files


def _copy(reader: BinaryIO, writer: BinaryIO, length: int | None) -> None:
    """`length`: bytes from the beginning; all of them, of one that may grow, when there is none."""
    left = os.fstat(reader.fileno()).st_size if length is None else length
    while left and (part := reader.read(min(left, 1 << 20))):
        writer.write(part)
        left -= len(part)
    writer.flush()
    os.fsync(writer.fileno())
