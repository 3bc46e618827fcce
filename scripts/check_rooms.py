#!/usr/bin/env python3
"""Checks who includes whom: the rooms of src/ may look only where docs/architecture.md says their arrows point.

Also checked: a source includes its own header first, headers begin with `#pragma once`, every quoted include exists
(with its full path from src/ or include/), and Arrow and Python headers stay in the places that may see them.
Prints each breach as file:line and exits 1 if there is any.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Room → the rooms it may include directly. What those may include, it may include too: arrows point one way.
ARROWS = {
    "common": set(),
    "sql": {"common"},
    "catalog": {"common", "sql", "function"},
    "function": {"common"},
    "state": {"common"},
    "exec": {"state", "function"},
    "storage": {"state"},
    "planner": {"catalog", "function", "exec", "state"},
    "engine": {"exec", "state", "catalog", "storage"},
    "connector": {"engine"},
    "main": {"common", "sql", "catalog", "function", "planner", "state", "exec", "engine", "storage", "connector"},
    "server": {"main"},
}
# Rooms that implement or serve the public API include all of it; every other room may only name its error codes.
PUBLIC_API_ROOMS = {"main", "server"}
PUBLIC_FOR_ALL = {"laminar/error.h"}
ARROW_ROOMS = {"main", "connector", "function"}
# A connector sees the engine's source and sink interfaces, not the engine.
CONNECTOR_ENGINE_HEADER = re.compile(r"engine/(source|sink)\w*\.h$")

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
ARROW_HEADER = re.compile(r"^(arrow|parquet)/")
PYTHON_HEADER = re.compile(r"^(nanobind/|Python\.h$)")


def reachable(room: str) -> set[str]:
    found, queue = {room}, [room]
    while queue:
        new = ARROWS[queue.pop()] - found
        found |= new
        queue.extend(new)
    return found


REACHABLE = {room: reachable(room) for room in ARROWS}


def includes(path: Path) -> list[tuple[int, str, str]]:
    """Line number, opening character and path of every include of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    matches = ((number, INCLUDE.match(line)) for number, line in enumerate(lines, 1))
    return [(number, match[1], match[2]) for number, match in matches if match]


def check_target(room: str, header: str) -> str | None:
    """Why a file of `room` may not include `header`, or None if it may. Rooms outside src/ are "" (public) and "py"."""
    if ARROW_HEADER.match(header):
        return None if room in ARROW_ROOMS or room == "py" else "Arrow is seen by " + ", ".join(sorted(ARROW_ROOMS))
    if PYTHON_HEADER.match(header):
        return None if room == "py" else "Python and nanobind are seen by python/src only"
    target = header.split("/")[0]
    if target == "laminar":
        allowed = room in PUBLIC_API_ROOMS | {"", "py"} or header in PUBLIC_FOR_ALL
        return None if allowed else f"{room} may include only {', '.join(PUBLIC_FOR_ALL)} of the public API"
    if target not in ARROWS:
        return None
    if room == "":
        return "public headers include nothing of src/"
    if room == "py":
        return "the Python module uses the public API only"
    if room == "connector" and target == "engine" and not CONNECTOR_ENGINE_HEADER.search(header):
        return "connectors see the engine's source and sink interfaces only"
    return None if target in REACHABLE[room] else f"{room} may not include {target}"


def check_file(path: Path, room: str) -> list[str]:
    found = includes(path)
    name = path.relative_to(ROOT)
    breaches = []
    for number, opening, header in found:
        reason = check_target(room, header)
        if reason:
            breaches.append(f"{name}:{number}: includes {header}: {reason}")
        if opening == '"' and not exists(path, room, header):
            breaches.append(f"{name}:{number}: includes {header}: no such file under src/ or include/")
    if path.suffix == ".h" and "#pragma once" not in path.read_text(encoding="utf-8"):
        breaches.append(f"{name}:1: header without #pragma once")
    own = path.with_suffix(".h")
    if path.suffix == ".cpp" and own.exists() and (not found or not own.as_posix().endswith(found[0][2])):
        breaches.append(f"{name}:1: the first include must be the file's own header")
    return breaches


def exists(path: Path, room: str, header: str) -> bool:
    folders = [ROOT / "src", ROOT / "include"]
    if room == "py":
        folders.append(path.parent)
    return any((folder / header).is_file() for folder in folders)


def main() -> int:
    breaches = []
    for path in sorted(p for folder in ("include", "src", "python/src") for p in (ROOT / folder).rglob("*")):
        if path.suffix not in {".h", ".cpp"}:
            continue
        parts = path.relative_to(ROOT).parts
        room = {"include": "", "python": "py"}.get(parts[0], parts[1])
        if room not in REACHABLE and room not in {"", "py"}:
            breaches.append(f"{path.relative_to(ROOT)}:1: {room} is not a room; add it to {Path(__file__).name}")
            continue
        breaches += check_file(path, room)
    print("\n".join(breaches) if breaches else "rooms: every include points the right way")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
