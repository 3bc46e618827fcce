"""What the generator knows of a source, table or stream."""

from __future__ import annotations

from dataclasses import dataclass

INTEGERS = {"INT": "2147483647", "BIGINT": "9223372036854775807", "SMALLINT": "32767"}  # with their greatest
EXACT = ("integer", "float", "decimal", "text", "boolean")
NUMBERS = ("integer", "float", "decimal")


@dataclass(frozen=True)
class Column:
    name: str
    kind: str  # one of EXACT, "inexact" (a float to pass on only), "time"
    declared: str = ""
    given: bool = True  # not a generated column
    not_null: bool = False


@dataclass
class Relation:
    name: str
    columns: list[Column]
    time: Column | None = None
    arrival: bool = False  # its rows are those of a source, so that first and last are decided
    watermark: bool = False  # its windows close
    key: tuple[str, ...] = ()  # of a table

    def of(self, *kinds: str) -> list[Column]:
        return [column for column in self.columns if column.kind in kinds]

    def aliased(self, alias: str) -> Relation:
        """The relation under names of its own."""
        columns = [Column(f"{alias}{index}", c.kind, c.declared) for index, c in enumerate(self.columns)]
        return Relation(f"{self.name} AS {alias} ({', '.join(column.name for column in columns)})", columns)
