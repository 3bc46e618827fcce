"""A scenario in parts that can be left out one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

STEP = "step"
EITHER = "statement either"


@dataclass(frozen=True)
class Call:
    """A directive with its block: rows as they are, or SQL with `rows` as a list between `head` and `tail`."""

    directive: str
    head: str = ""
    rows: tuple[str, ...] = ()
    tail: str = ""

    @property
    def is_sql(self) -> bool:
        return self.directive.startswith("statement")

    @property
    def begins(self) -> bool:
        return self.is_sql and self.head == "BEGIN"

    @property
    def ends(self) -> bool:
        return self.is_sql and self.head in ("COMMIT", "ROLLBACK")

    def text(self) -> str:
        if not self.is_sql:
            return "\n".join([self.directive, *self.rows])
        listed = ",\n".join(f"  {row}" for row in self.rows)
        return "\n".join(part for part in (self.directive, self.head, listed, self.tail) if part)


@dataclass
class Script:
    setup: list[str] = field(default_factory=list)  # CREATE SOURCE …, CREATE TABLE …
    streams: list[tuple[int, str]] = field(default_factory=list)  # (calls before it, CREATE STREAM … or DROP …)
    calls: list[Call] = field(default_factory=list)

    def text(self) -> str:
        blocks = [f"statement ok\n{sql}" for sql in self.setup]
        waiting = sorted(self.streams, key=lambda stream: stream[0])
        inside = False
        for place in range(len(self.calls) + 1):
            # No definitions inside a transaction. A script made smaller may have fewer calls than a stream waits for.
            while waiting and not inside and (waiting[0][0] <= place or place == len(self.calls)):
                blocks.append(f"statement ok\n{waiting.pop(0)[1]}")
            if place < len(self.calls):
                call = self.calls[place]
                inside = call.begins or (inside and not call.ends)
                blocks.append(call.text())
        return "\n\n".join([*blocks, STEP]) + "\n"
