"""Makes a failing random script smaller: parts are left out as long as it still fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from .generate import Call, Script


def shrink(script: Script, fails: Callable[[Script], bool], attempts: int = 400) -> Script:
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
    for begin, end in transactions(script.calls):
        yield replace(script, calls=script.calls[:begin] + script.calls[end + 1 :])
        yield replace(script, calls=script.calls[:begin] + script.calls[begin + 1 : end] + script.calls[end + 1 :])
    for index, call in enumerate(script.calls):
        if not call.begins and not call.ends:
            yield replace(script, calls=script.calls[:index] + script.calls[index + 1 :])
    for index, call in enumerate(script.calls):
        for row in range(len(call.rows)):
            fewer = replace(call, rows=call.rows[:row] + call.rows[row + 1 :])
            if fewer.rows or not call.is_sql:
                yield replace(script, calls=[*script.calls[:index], fewer, *script.calls[index + 1 :]])
    used = {word for call in script.calls for word in words(f"{call.directive} {call.head} {call.tail}")}
    used |= {word for _, sql in script.streams for word in words(sql)}
    needed = [sql for sql in script.setup if sql.split()[2] in used]
    if len(needed) < len(script.setup):
        yield replace(script, setup=needed)
    for index, (place, sql) in enumerate(script.streams):
        if place:
            early = [(0, sql) if other == index else stream for other, stream in enumerate(script.streams)]
            yield replace(script, streams=early)


def transactions(calls: list[Call]) -> list[tuple[int, int]]:
    begins = [index for index, call in enumerate(calls) if call.begins]
    return list(zip(begins, [index for index, call in enumerate(calls) if call.ends], strict=True))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
