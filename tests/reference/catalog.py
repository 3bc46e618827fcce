"""Sources, streams and views by name, from their CREATE statements."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from . import macros
from .bound import Node
from .expressions import constant
from .log import Log, Source
from .values import DAY_NANOS, BindError, Interval, Unsupported, type_of_ast


@dataclass(frozen=True)
class NamedQuery:
    """A stream, materialized view or view. `text` is the SELECT as written."""

    name: str
    kind: str  # "stream", "materialized view", "view"
    query: Node
    columns: tuple[str, ...]
    text: str
    begins: dict[str, int] = field(default_factory=dict)  # by source, where what it saw of it begins
    retained: int | None = None  # so many of its last rows are its contents; None: all

    @property
    def emit(self) -> str:
        """The mode of its EMIT clause, "default" without one."""
        clause = self.query["emit"]
        return clause["mode"] if clause else "default"

    @property
    def interval(self) -> int:
        """Of EMIT EVERY, in nanoseconds."""
        length = constant(self.query["emit"]["every"])
        return int(length.nanos + length.days * DAY_NANOS)


class Catalog:
    """What exists now. The log learns of sources as they come and go."""

    def __init__(self, log: Log):
        self.log = log
        self.sources: dict[str, Source] = {}
        self.queries: dict[str, NamedQuery] = {}
        self.tables: dict[str, Any] = {}  # of tables.Table
        self.macros: macros.Macros = {}

    def apply(self, statement: Node, sql: str) -> None:
        """Follows a statement that the engine has carried out; those that define nothing are ignored."""
        kind = statement["kind"]
        if kind == "CreateSource":
            self._create_source(statement)
        elif kind in ("CreateStream", "CreateView"):
            self._create_query(statement, sql)
        elif kind == "CreateFunction":
            self._create_function(statement)
        elif kind == "Drop" and statement["object"] == "FUNCTION":
            for name in statement["names"]:
                self._drop_function(last_name(name).lower())
        elif kind == "Alter" and statement["rename_to"]:
            self._rename(last_name(statement["name"]).lower(), statement["rename_to"]["name"])
        elif kind == "Drop":
            for name in statement["names"]:
                self._drop(last_name(name).lower(), statement["cascade"])

    def names(self) -> list[NamedQuery]:
        """Streams and materialized views: what has contents of its own."""
        return [query for query in self.queries.values() if query.kind != "view"]

    def _create_function(self, statement: Node) -> None:
        """Of overloads with as many parameters the last one is known."""
        macro = macros.from_statement(statement)
        overloads = self.macros.setdefault(last_name(statement["head"]["name"]).lower(), [])
        same = [each for each in overloads if len(each.parameters) == len(macro.parameters)]
        if same and statement["head"]["if_not_exists"]:
            return
        overloads[:] = [each for each in overloads if each not in same] + [macro]

    def _drop_function(self, name: str) -> None:
        """And what uses it, which the engine allows under CASCADE alone."""
        self.macros.pop(name, None)
        for other in [each for each, overloads in self.macros.items() if any(calls(m.body, name) for m in overloads)]:
            self._drop_function(other)
        for query in [query for query in self.queries.values() if calls(query.query, name)]:
            self._drop(query.name.lower(), cascade=True)

    def _create_source(self, statement: Node) -> None:
        head, definition = statement["head"], statement["definition"]
        name = last_name(head["name"])
        if name.lower() in self.sources:
            if head["if_not_exists"]:
                return
            self._drop(name.lower(), cascade=False)
        columns = [(column["name"]["name"], type_of_ast(column["type"])) for column in definition["columns"]]
        not_null = {column["name"]["name"] for column in definition["columns"] if column["not_null"]}
        source = Source(name, columns, not_null)
        for option in statement["options"]:
            if option["key"].lower() == "time_unit":
                source.time_unit = constant(option["value"])
        source.retained = retained_rows(statement["options"])
        if clause := definition["watermark"]:
            wanted = clause["column"]["name"].lower()
            source.time_column = next(i for i, (column, _) in enumerate(columns) if column.lower() == wanted)
            source.slack = slack_of(clause["expression"], source)
        self.sources[name.lower()] = source
        self.log.declare(source)

    def _create_query(self, statement: Node, sql: str) -> None:
        head, query = statement["head"], statement["query"]
        name = last_name(head["name"])
        if name.lower() in self.queries and head["if_not_exists"]:
            return
        if statement["kind"] == "CreateView":
            kind = "view"
        else:
            kind = "materialized view" if statement["materialized_view"] else "stream"
        begin, end = query["span"]
        text = sql.encode()[begin:end].decode()
        columns = tuple(column["name"] for column in statement["columns"])
        begins = {source: self.log.first_retained(source) for source in self.sources}
        retained = None if kind == "view" else retained_rows(statement["options"])
        self.queries[name.lower()] = NamedQuery(name, kind, query, columns, text, begins, retained)

    def forgets(self, query: Node, below: bool = False) -> bool:
        """Does anything that is read, directly or through views, show less than it has had? With `below`, also what
        is read by the streams that are read."""
        for name in reads(query):
            if source := self.sources.get(name):
                if source.retained is not None:
                    return True
            elif read := self.queries.get(name):
                if read.retained is not None:
                    return True
                if (below or read.kind == "view") and self.forgets(read.query, below):
                    return True
        return False

    def _rename(self, name: str, to: str) -> None:
        """Nothing reads it by its old name."""
        if query := self.queries.pop(name, None):
            self.queries[to.lower()] = replace(query, name=to)

    def _drop(self, name: str, cascade: bool) -> None:
        if cascade:
            for other in [query for query in self.queries.values() if name in reads(query.query)]:
                self._drop(other.name.lower(), cascade=True)
        self.queries.pop(name, None)
        self.tables.pop(name, None)
        if self.sources.pop(name, None):
            self.log.forget(name)


def retained_rows(options: list[Node]) -> int | None:
    """Of a retention that counts rows; those that count time cannot be said in a scenario, which knows no clock."""
    for option in options:
        if option["key"].lower() == "retention":
            words = str(constant(option["value"])).lower().split()
            if words in (["forever"], ["none"]):
                return None if words == ["forever"] else 0
            if words[1] in ("rows", "row"):
                return int(words[0])
            raise Unsupported("a retention by time")
    return None


def last_name(name: Node) -> str:
    return name["parts"][-1]["name"]


def slack_of(expression: Node | None, source: Source) -> int:
    """The nanoseconds that `ts - INTERVAL '5' SECOND` takes off; a bare column takes off nothing."""
    if expression is None or expression["kind"] == "Column":
        return 0
    if expression["kind"] != "Binary" or expression["op"] != "-":
        raise BindError("a watermark is its column, minus a constant")
    value = constant(expression["right"])
    return value.normalized() if isinstance(value, Interval) else source.nanos(value)


def reads(node: Any) -> set[str]:
    """Names of the tables anywhere in a query, in lower case."""
    if isinstance(node, list):
        return set().union(*(reads(item) for item in node))
    if not isinstance(node, dict):
        return set()
    found = set().union(*(reads(value) for value in node.values()))
    if node.get("kind") == "NamedTable":
        found.add(last_name(node["name"]).lower())
    return found


def calls(node: Any, name: str) -> bool:
    """Is there a call of the function, given in lower case, anywhere in the tree?"""
    if isinstance(node, list):
        return any(calls(item, name) for item in node)
    if not isinstance(node, dict):
        return False
    if node.get("kind") == "Call" and last_name(node["function"]).lower() == name:
        return True
    return any(calls(value, name) for value in node.values())
