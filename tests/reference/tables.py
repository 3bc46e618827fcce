"""Tables as lists of their current rows, and the statements that change them, carried out row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from laminardb._testing import parse_json

from .bound import Bound, Column, Node, Scope, Values, boolean
from .catalog import Catalog, last_name
from .expressions import compile_expression
from .macros import expanded
from .query import Evaluator, Result
from .values import NULL, RowError, Type, cast, group_key, type_of_ast


@dataclass
class Table:
    name: str
    columns: list[tuple[str, Type]]
    key: list[int] = field(default_factory=list)  # positions; empty: rows are a bag
    defaults: dict[int, Node] = field(default_factory=dict)
    generated: dict[int, Node] = field(default_factory=dict)
    not_null: set[int] = field(default_factory=set)
    rows: list[Values] = field(default_factory=list)

    def place(self, name: Node) -> int:
        wanted = name["name"].lower()
        return next(i for i, (column, _) in enumerate(self.columns) if column.lower() == wanted)

    def scope(self, *names: str) -> Scope:
        """The columns once for each name; bare names are of the first."""
        parts = [Column(column, t, name) for name in names or (self.name,) for column, t in self.columns]
        return RowScope(parts, len(self.columns))

    def key_of(self, row: Values) -> Any:
        return tuple(group_key(row[i], self.columns[i][1]) for i in self.key)

    def given(self) -> list[int]:
        return [i for i in range(len(self.columns)) if i not in self.generated]

    def default(self, place: int) -> Any:
        if place not in self.defaults:
            return None
        return compile_expression(self.defaults[place], Scope([])).to(self.columns[place][1]).evaluate(())

    def finished(self, row: list[Any]) -> Values:
        """The row with its generated columns."""
        values = list(row)
        for place, node in self.generated.items():
            values[place] = compile_expression(node, self.scope()).to(self.columns[place][1]).evaluate(tuple(row))
        return tuple(values)


class RowScope(Scope):
    def __init__(self, columns: list[Column], width: int):
        super().__init__(columns)
        self._width = width

    def resolve(self, parts: list[Node]) -> int:
        first = Scope(self.columns[: self._width])
        return first.resolve(parts) if len(parts) == 1 else super().resolve(parts)


class Refused(Exception):
    """A duplicate key, or NULL where there must be a value: the statement should have failed."""


class Changes:
    """Follows statements that change rows. A transaction works on rows of its own until it commits."""

    def __init__(self, catalog: Catalog, evaluator: Evaluator):
        self._catalog = catalog
        self._evaluator = evaluator
        self._own: dict[str, list[Values]] | None = None  # of an open transaction, by table
        self._calls: dict[str, list[Values]] = {}  # what it inserts into sources

    @property
    def in_transaction(self) -> bool:
        return self._own is not None

    @contextmanager
    def own_view(self) -> Iterator[None]:
        """Tables as the open transaction sees them."""
        if self._own is None:
            yield
            return
        tables = [self._catalog.tables[name] for name in self._own]
        committed = [table.rows for table in tables]
        for table in tables:
            table.rows = self._own[table.name.lower()]
        try:
            yield
        finally:
            for table, rows in zip(tables, committed, strict=True):
                self._own[table.name.lower()], table.rows = table.rows, rows

    def apply(self, statement: Node) -> int | None:
        """Rows affected; None for statements that change none."""
        statement = expanded(statement, self._catalog.macros)
        kind = statement["kind"]
        if kind == "CreateTable":
            self._create(statement)
            return None
        if kind == "Transaction":
            self._end_or_begin(statement["action"].lower())
            return None
        if kind == "Truncate":
            return sum(self._set(self._catalog.tables[last_name(name).lower()], []) for name in statement["tables"])
        name = last_name(statement["table"]).lower()
        table = self._catalog.tables.get(name)
        with self.own_view():
            if table is None:
                return self._insert_into_source(name, statement)
            rows, affected = self._changed(table, statement)
        self._set(table, rows)
        return affected

    def alter(self, statement: Node) -> None:
        """Another name or one more column, for a table or a source."""
        name = last_name(statement["name"]).lower()
        table, source = self._catalog.tables.get(name), self._catalog.sources.get(name)
        if statement["rename_to"]:
            to = statement["rename_to"]["name"]
            if table is not None:
                table.name = to
                self._catalog.tables[to.lower()] = self._catalog.tables.pop(name)
            else:
                source.name = to
                self._catalog.sources[to.lower()] = self._catalog.sources.pop(name)
                self._catalog.log.rename(name, to)
            return
        definition = statement["add_column"]
        column = (definition["name"]["name"], type_of_ast(definition["type"]))
        if any(column[0].lower() == other.lower() for other, _ in (table or source).columns):
            return  # IF NOT EXISTS
        if table is None:
            source.columns.append(column)
            self._catalog.log.widen(name)
            return
        place = len(table.columns)
        table.columns.append(column)
        if definition["default_value"]:
            table.defaults[place] = definition["default_value"]
        if definition["generated_as"]:
            table.generated[place] = definition["generated_as"]
        table.rows = [table.finished([*row, table.default(place)]) for row in table.rows]

    def insert(self, table: Table, rows: list[Values]) -> None:
        """A call of `insert`: rows of all columns that can be given."""
        with self.own_view():
            found = self._merged(table, [self._placed(table, table.given(), row) for row in rows], None)[0]
        self._set(table, found)

    def insert_into_source(self, name: str, rows: list[Values]) -> None:
        if self._own is None:
            self._catalog.log.insert(name, rows)
        else:
            self._calls.setdefault(name.lower(), []).extend(rows)

    # ------------------------------------------------------------------------------------------- statements

    def _create(self, statement: Node) -> None:
        head, definition = statement["head"], statement["definition"]
        name = last_name(head["name"])
        if name.lower() in self._catalog.tables and head["if_not_exists"]:
            return
        table = Table(name, [])
        for place, column in enumerate(definition["columns"]):
            table.columns.append((column["name"]["name"], type_of_ast(column["type"])))
            if column["default_value"]:
                table.defaults[place] = column["default_value"]
            if column["generated_as"]:
                table.generated[place] = column["generated_as"]
            if column["not_null"]:
                table.not_null.add(place)
        rows: list[Values] = []
        if statement["query"]:
            answer = self._evaluator.ask(statement["query"])
            if not table.columns:
                table.columns = [(column.name, column.type) for column in answer.columns]
            rows = [self._placed(table, table.given(), row, answer.types) for row in answer.rows]
        table.key = [table.place(column) for column in definition["primary_key"]]
        table.not_null |= set(table.key)
        table.rows = rows
        self._catalog.tables[name.lower()] = table

    def _end_or_begin(self, action: str) -> None:
        if action == "begin":
            self._own, self._calls = {name: list(t.rows) for name, t in self._catalog.tables.items()}, {}
            return
        own, calls = self._own or {}, self._calls
        self._own, self._calls = None, {}
        if action == "commit":
            for name, rows in own.items():
                self._catalog.tables[name].rows = rows
            self._catalog.log.insert_all(calls)

    def _set(self, table: Table, rows: list[Values]) -> int:
        before = table.rows if self._own is None else self._own[table.name.lower()]
        if self._own is None:
            table.rows = rows
        else:
            self._own[table.name.lower()] = rows
        return len(before)

    def _insert_into_source(self, name: str, statement: Node) -> int:
        source = self._catalog.sources[name]
        names = [column.lower() for column, _ in source.columns]
        given = [names.index(column["name"].lower()) for column in statement["columns"]] or list(range(len(names)))
        answer = self._asked(statement["query"])
        rows = []
        for values in answer.rows:
            row: list[Any] = [None] * len(names)
            for place, value, t in zip(given, values, answer.types, strict=True):
                row[place] = cast(value, t, source.columns[place][1])
            rows.append(tuple(row))
        self.insert_into_source(name, rows)
        return len(rows)

    def _changed(self, table: Table, statement: Node) -> tuple[list[Values], int]:
        if statement["kind"] == "Insert":
            return self._merged(table, list(self._given_rows(table, statement)), statement["on_conflict"])
        alias = statement["alias"]["name"] if statement["alias"] else table.name
        scope = table.scope(alias)
        kept, touched = [], []
        for row, meets in zip(table.rows, self._conditions(table, alias, statement["where"]), strict=True):
            (touched if meets else kept).append(row)
        if statement["kind"] == "Delete":
            return kept, len(touched)
        changed = [self._assigned(table, statement["assignments"], scope, row) for row in touched]
        return self._checked(table, kept + changed), len(touched)

    def _conditions(self, table: Table, alias: str, where: Node | None) -> list[bool]:
        """For each row whether it meets the condition: SELECT condition FROM table."""
        if where is None:
            return [True] * len(table.rows)
        (statement,) = parse_json(f'SELECT true FROM "{table.name}" AS "{alias}"')
        statement["query"]["body"]["items"][0]["value"] = where
        return [value is True for (value,) in self._asked(statement["query"]).rows]

    def _asked(self, query: Node) -> Result:
        """A row that fails fails the statement."""
        answer = self._evaluator.ask(query)
        if answer.errors:
            raise RowError(answer.errors[0])
        return answer

    def _given_rows(self, table: Table, statement: Node) -> Iterator[Values]:
        places = [table.place(name) for name in statement["columns"]] or table.given()
        query = statement["query"]
        if query is None:
            yield self._placed(table, [], ())
        elif query["body"]["kind"] == "ValuesBody":
            for row in query["body"]["rows"]:
                values = []
                for place, node in zip(places, row["values"], strict=True):
                    t = table.columns[place][1]
                    if node["kind"] == "Default":
                        values.append(table.default(place))
                    else:
                        values.append(compile_expression(node, Scope([])).to(t).evaluate(()))
                yield self._placed(table, places, tuple(values))
        else:
            answer = self._asked(query)
            for values in answer.rows:
                yield self._placed(table, places, values, answer.types)

    def _placed(self, table: Table, places: list[int], values: Values, types: list[Type] | None = None) -> Values:
        row = [None if place in table.generated else table.default(place) for place in range(len(table.columns))]
        for index, (place, value) in enumerate(zip(places, values, strict=True)):
            t = table.columns[place][1]
            row[place] = value if types is None or types[index] in (t, NULL) else cast(value, types[index], t)
        return table.finished(row)

    def _merged(self, table: Table, given: list[Values], conflict: Node | None) -> tuple[list[Values], int]:
        rows, affected = list(table.rows), 0
        touched: set[Any] = set()
        for row in given:
            missing = next((table.columns[i][0] for i in table.not_null if row[i] is None), None)
            if missing:
                raise Refused(f"{missing} of {table.name} is not null")
            key = table.key_of(row)
            there = next((i for i, other in enumerate(rows) if table.key and table.key_of(other) == key), None)
            if there is None:
                rows.append(row)
                touched.add(key)
                affected += 1
                continue
            if conflict is None or (conflict["do_update"] and key in touched):
                raise Refused(f"{table.name} has a row of {key}")
            if not conflict["do_update"]:
                continue
            touched.add(key)
            scope = table.scope(table.name, "excluded")
            both = rows[there] + row
            if conflict["where"] and boolean(compile_expression(conflict["where"], scope)).evaluate(both) is not True:
                continue
            rows[there] = self._assigned(table, conflict["assignments"], scope, both)
            affected += 1
        return self._checked(table, rows), affected

    def _assigned(self, table: Table, assignments: list[Node], scope: Scope, row: Values) -> Values:
        values = list(row[: len(table.columns)])
        for assignment in assignments:
            place, node = table.place(assignment["column"]), assignment["value"]
            if node["kind"] == "Default":
                values[place] = table.default(place)
            else:
                bound: Bound = compile_expression(node, scope)
                values[place] = bound.to(table.columns[place][1]).evaluate(row)
        return table.finished(values)

    def _checked(self, table: Table, rows: list[Values]) -> list[Values]:
        if any(row[i] is None for row in rows for i in table.not_null):
            raise Refused(f"{table.name} would have NULL where there must be a value")
        keys = [table.key_of(row) for row in rows]
        if table.key and len(set(keys)) < len(keys):
            raise Refused(f"{table.name} would have two rows of one key")
        return rows
