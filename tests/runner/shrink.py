"""Makes a failing random script smaller: parts are left out as long as it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .generator import Script


def shrink(script: Script, fails: Callable[[Script], bool], attempts: int = 300) -> Script:
    """The smallest script found within so many runs."""
    while attempts > 0:
        for smaller in candidates(script):
            attempts -= 1
            if fails(smaller):
                script = smaller
                break
            if attempts <= 0:
                break
        else:
            return script
    return script


def candidates(script: Script) -> Iterator[Script]:
    for index in reversed(range(len(script.streams))):
        yield replace(script, streams=script.streams[:index] + script.streams[index + 1 :])
    for index in range(len(script.calls)):
        yield replace(script, calls=script.calls[:index] + script.calls[index + 1 :])
    for index, (name, rows) in enumerate(script.calls):
        for row in range(len(rows)):
            fewer = (name, rows[:row] + rows[row + 1 :])
            yield replace(script, calls=[*script.calls[:index], fewer, *script.calls[index + 1 :]])
    used = {name for name, _ in script.calls} | {word for _, sql in script.streams for word in sql.split()}
    needed = [sql for sql in script.setup if sql.split()[2] in used]
    if len(needed) < len(script.setup):
        yield replace(script, setup=needed)
