"""What the catalog of a connection holds, for `\\d` and for completion."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

import laminardb
from laminardb.cli.lexer import Kind, tokenize
from laminardb.cli.values import type_name

# SHOW's word for a kind, and the kind.
_KINDS = {
    "SOURCES": "source",
    "TABLES": "table",
    "STREAMS": "stream",
    "MATERIALIZED VIEWS": "materialized view",
    "VIEWS": "view",
    "SINKS": "sink",
}


@dataclass(frozen=True)
class Relation:
    """A source, table, stream, view or sink.

    Attributes:
        columns: names and SQL types; empty for a sink.
    """

    name: str
    kind: str
    columns: tuple[tuple[str, str], ...]


def relations(conn: laminardb.Connection, kinds: tuple[str, ...] = (), pattern: str | None = None) -> list[Relation]:
    """The relations of some kinds, or of all, whose names match `pattern`, by name."""
    found: dict[str, Relation] = {}
    for word, kind in _KINDS.items():
        if kinds and kind not in kinds:
            continue
        for name in conn.query(f"SHOW {word}").to_dicts()["name"]:
            if name not in found and matches(name, pattern):
                found[name] = Relation(name, kind, _columns(conn, name) if kind != "sink" else ())
    return sorted(found.values(), key=lambda relation: relation.name.lower())


def find(conn: laminardb.Connection, name: str) -> Relation | None:
    """The relation of a name, whatever its case."""
    return next((r for r in relations(conn) if r.name.lower() == name.lower()), None)


def functions(conn: laminardb.Connection, pattern: str | None = None) -> list[dict[str, str]]:
    """Rows of SHOW FUNCTIONS whose name or an alias matches `pattern`."""
    return [
        row
        for row in conn.query("SHOW FUNCTIONS").to_pylist()
        if any(matches(name, pattern) for name in [row["name"], *(row["aliases"] or "").split(", ")] if name)
    ]


def matches(name: str, pattern: str | None) -> bool:
    """Whether a name contains `pattern`, or is like it when it has `*`, `?` or `%`; in any case of letters."""
    if pattern is None:
        return True
    name, pattern = name.lower(), pattern.lower().replace("%", "*")
    return fnmatch.fnmatchcase(name, pattern) if any(c in pattern for c in "*?[") else pattern in name


def quoted(name: str) -> str:
    """A name as SQL that reads it back, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def in_order_of_reading(definitions: dict[str, str]) -> list[str]:
    """The definitions, each behind those whose names it mentions, otherwise in the order given."""
    mentioned = {name: _names_in(sql) - {name.lower()} for name, sql in definitions.items()}
    ordered: list[str] = []
    waiting = list(definitions)
    while waiting:
        names = {name.lower() for name in waiting}
        ready = next((name for name in waiting if not mentioned[name] & names), waiting[0])
        waiting.remove(ready)
        ordered.append(definitions[ready])
    return ordered


def _names_in(sql: str) -> set[str]:
    """The words and quoted names of a text, in lower case."""
    return {
        sql[token.begin : token.end].strip('"`').lower()
        for token in tokenize(sql)
        if token.kind in (Kind.WORD, Kind.QUOTED_NAME)
    }


def _columns(conn: laminardb.Connection, name: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((field.name, type_name(field.type)) for field in conn.schema(name))
    except laminardb.SchemaError:  # dropped meanwhile
        return ()
