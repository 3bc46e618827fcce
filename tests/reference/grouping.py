"""GROUP BY: keys, aggregates, and the windows among the keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import aggregates, windows
from .bound import Bound, Column, Node, Scope, boolean
from .expressions import compile_expression, fingerprint
from .log import NO_WATERMARK, Line, Log, Row, unit_of
from .relation import Relation, Run
from .subqueries import KINDS, without_queries
from .values import BindError, Unsupported, group_key

WINDOW_COLUMNS = {"window_start": "start", "window_end": "end", "window_time": "time"}


def is_aggregate(node: Any) -> bool:
    return (
        isinstance(node, dict)
        and node.get("kind") == "Call"
        and node["over"] is None
        and node["function"]["parts"][-1]["name"].lower() in aggregates.NAMES
    )


def has_aggregate(node: Any) -> bool:
    if isinstance(node, list):
        return any(has_aggregate(item) for item in node)
    return isinstance(node, dict) and (is_aggregate(node) or has_aggregate(without_queries(node)))


def ordinal(node: Node) -> int | None:
    """The place that `GROUP BY 1` or `ORDER BY 1` names, from 0."""
    if node["kind"] == "Literal" and node["literal"] == "integer":
        return int(node["text"]) - 1
    return None


def window_kind(node: Node) -> str | None:
    return windows.kind_of(node["function"]["parts"][-1]["name"]) if node["kind"] == "Call" else None


def window_column(node: Node) -> str | None:
    """window_start for TUMBLE_START(…), HOP_START(…), …"""
    if node.get("kind") != "Call":
        return None
    name, _, bound = node["function"]["parts"][-1]["name"].lower().rpartition("_")
    return f"window_{bound}" if windows.kind_of(name) and bound in ("start", "end", "time") else None


def column_node(name: str) -> Node:
    return {"kind": "Column", "parts": [{"name": name, "quoted": False}]}


def assign(relation: Relation, time: int, window: windows.Window, run: Run, hidden: bool) -> Relation:
    """One row for each window a row belongs to, with the window's bounds behind its columns."""
    column = relation.columns[time]
    bounds = [
        replace(
            column,
            name=name,
            table=None if hidden else column.table,
            hidden=hidden,
            role=role,
            # A closed window is given out when the watermark has passed its end.
            delay=column.delay + (window.longest() if role == "start" else 0),
        )
        for name, role in WINDOW_COLUMNS.items()
    ]
    rows = []
    for row in relation.rows:
        if row.values[time] is None:
            run.errors.append("the event time is NULL")
            continue
        rows += [Row((*row.values, start, end, end - 1), row.order) for start, end in window.of(row.values[time])]
    # Bounds of an inner window, or columns that happen to be called so, give way to the ones in force.
    columns = [replace(c, role="") for c in relation.columns]
    return Relation(columns + bounds, rows, relation.sources, relation.retracts)


class GroupScope(Scope):
    """What may be named above GROUP BY: the keys, aggregates, the window's bounds."""

    def __init__(self, elements: list[Node], scope: Scope, windowed: bool):
        self.below = scope
        self.windowed = windowed
        self.bound_keys = [compile_expression(element, scope) for element in elements]
        self.keys = {fingerprint(element, scope): index for index, element in reversed(list(enumerate(elements)))}
        self.aggregates: list[aggregates.Aggregate] = []
        self._slots: dict[Any, int] = {}
        columns = [self._key_column(e, b) for e, b in zip(elements, self.bound_keys, strict=True)]
        super().__init__(columns, scope.ask)

    def _key_column(self, element: Node, bound: Bound) -> Column:
        if element["kind"] == "Column" and not self.below.split(element["parts"])[1]:
            column = self.below.columns[self.below.resolve(element["parts"])]
            # Of the times in a group only the bounds of its window are never passed by rows to come.
            return replace(column, orders=False, event_time=column.event_time if column.role else "")
        return Column("", bound.type)

    def find_aggregates(self, node: Any) -> None:
        """Registers every aggregate call in an expression, once for equal ones."""
        if isinstance(node, list):
            for item in node:
                self.find_aggregates(item)
        elif isinstance(node, dict):
            if is_aggregate(node):
                self._register(node)
            else:
                self.find_aggregates(without_queries(node))

    def _register(self, node: Node) -> None:
        mark = fingerprint(node, self.below)
        if mark in self._slots:
            return
        name = node["function"]["parts"][-1]["name"].lower()
        arguments = [argument["value"] for argument in node["arguments"] if argument["value"]["kind"] != "Star"]
        within, ordered = node["within_group"], node["order_by"]
        if within and aggregates.ALIASES.get(name, name) == "string_agg":
            within, ordered = [], within
        descending = bool(within) and within[0]["descending"]
        arguments = [item["value"] for item in within] + arguments
        condition = boolean(compile_expression(node["filter"], self.below)) if node["filter"] else None
        bound = [compile_expression(argument, self.below) for argument in arguments]
        order = [self._order(item) for item in ordered]
        aggregate = aggregates.bind(name, bound, condition, node["distinct"], order, descending)
        self._slots[mark] = len(self.bound_keys) + len(self.aggregates)
        self.aggregates.append(aggregate)
        self.columns.append(Column("", aggregate.type))

    def _order(self, item: Node) -> aggregates.Order:
        nulls_first = item["descending"] if item["nulls"] == "default" else item["nulls"] == "first"
        return aggregates.Order(compile_expression(item["value"], self.below), item["descending"], nulls_first)

    def special(self, node: Node) -> Bound | None:
        if is_aggregate(node):
            return self._slot(self._slots[fingerprint(node, self.below)])
        if self.windowed and (name := window_column(node)):
            node = column_node(name)
        try:
            index = self.keys.get(fingerprint(node, self.below))
        except BindError:
            if node["kind"] == "Column":
                raise
            index = None
        if index is not None:
            return self._slot(index)
        if node["kind"] == "Column":
            raise BindError(f"column {node['parts'][-1]['name']} must appear in GROUP BY or in an aggregate")
        return None

    def _slot(self, index: int) -> Bound:
        return Bound(self.columns[index].type, lambda row: row[index])

    def results(self, members: list[tuple[Row, list[tuple[bool, Any]]]], run: Run) -> tuple[Any, ...]:
        out = []
        for index, aggregate in enumerate(self.aggregates):
            taken = aggregate.in_order([(r.order, *takes[index]) for r, takes in members if takes[index][0]])
            run.magnitude = max(run.magnitude, aggregate.magnitude(taken))
            out.append(aggregate.result(taken))
        return tuple(out)


def group_elements(body: Node, scope: Scope) -> list[Node]:
    """The expressions of GROUP BY, with ordinals and names of output columns replaced by what they stand for."""
    clause = body["group_by"]
    if clause is None:
        return []
    if clause["all"]:
        # What is the same for every row is no key, as in DuckDB: of constants alone there is one group, rows or none.
        return [item["value"] for item in body["items"] if not has_aggregate(item["value"]) and varies(item["value"])]
    found = []
    for element in clause["elements"]:
        if element["grouping"] not in ("expression", "set") or (
            element["grouping"] == "set" and len(clause["elements"]) > 1
        ):
            raise Unsupported("grouping sets")
        for node in element["expressions"]:
            index = ordinal(node)
            if index is not None:
                node = body["items"][index]["value"]
            elif node["kind"] == "Column":
                node = output_alias(node, body, scope)
            found.append(node)
    return found


def varies(node: Any) -> bool:
    """Does an expression name a column, or ask a subquery?"""
    if isinstance(node, list):
        return any(varies(item) for item in node)
    if not isinstance(node, dict):
        return False
    return node.get("kind") in ("Column", "Star", *KINDS) or any(varies(value) for value in node.values())


def output_alias(node: Node, body: Node, scope: Scope) -> Node:
    """An input column wins over an output column of the same name, as in PostgreSQL."""
    try:
        scope.resolve(node["parts"])
    except BindError:
        for item in body["items"]:
            if item["alias"] and item["alias"]["name"].lower() == node["parts"][-1]["name"].lower():
                return item["value"]
    return node


def group(
    body: Node, relation: Relation, more: list[Node], run: Run, log: Log, ask: Callable[[Node], Relation]
) -> tuple[Relation, GroupScope]:
    """The groups that the emission shows, as rows of keys and aggregates, and the scope to name them in. `more` are
    expressions outside the select list that may hold aggregates."""
    elements = group_elements(body, Scope(relation.columns, ask))
    calls = [node for node in elements if window_kind(node)]
    if len(calls) > 1:
        raise BindError("GROUP BY takes one window")
    if calls:
        relation = assign_call(calls[0], relation, run)
        elements = [node for node in elements if node is not calls[0]]
        elements += [column_node(name) for name in WINDOW_COLUMNS]
    scope = Scope(relation.columns, ask)
    grouped = GroupScope(elements, scope, bool(calls))
    for node in [item["value"] for item in body["items"]] + more:
        grouped.find_aggregates(node)

    # Keys and arguments come first: a row whose values fail is set aside, late or not.
    evaluated = [
        (row, *found)
        for row in relation.rows
        for found in run.attempt(
            lambda row=row: (
                tuple(key.evaluate(row.values) for key in grouped.bound_keys),
                [aggregate.take(row.values) for aggregate in grouped.aggregates],
            )
        )
    ]
    shows: Callable[[list[Any]], bool] = lambda members: True  # noqa: E731
    end = window_end(relation, elements)
    closes = False
    if end is not None:
        line = log.line(relation.sources if relation.columns[end].event_time else ())
        grace = max(run.lateness, relation.columns[end].delay)
        evaluated = in_time(evaluated, end, nanos_of(relation.columns[end]), grace, run, line)
        more_delay = grace - relation.columns[end].delay
        grouped.columns = [replace(c, delay=c.delay + more_delay) if c.role else c for c in grouped.columns]
        run.windows.add(relation.columns[end].event_time)
        closes = run.on_close and relation.columns[end].event_time != ""
        if run.on_close:
            current, unit = line.current, nanos_of(relation.columns[end])
            shows = lambda members: members[0][0].values[end] * unit + grace <= current  # noqa: E731

    groups: dict[Any, tuple[tuple[Any, ...], list[Any]]] = {} if elements else {(): ((), [])}
    for row, values, taken in evaluated:
        key = tuple(group_key(value, b.type) for value, b in zip(values, grouped.bound_keys, strict=True))
        groups.setdefault(key, (values, []))[1].append((row, taken))

    out = []
    for values, members in groups.values():
        if shows(members):
            members.sort(key=lambda member: member[0].order)
            for results in run.attempt(lambda members=members: grouped.results(members, run)):
                # Sequence 0: what a window gives out is never late further on.
                last = members[-1][0].order[0] if members else NO_WATERMARK
                out.append(Row(values + results, (last, 0, 0)))
    retracts = relation.retracts if not grouped.aggregates and elements else True
    return Relation(grouped.columns, out, relation.sources, retracts and not closes), grouped


def assign_call(call: Node, relation: Relation, run: Run) -> Relation:
    """The window of `GROUP BY TUMBLE(ts, size[, offset])`, `HOP(ts, slide, size[, offset])`."""
    kind = window_kind(call)
    assert kind is not None
    time, *rest = [argument["value"] for argument in call["arguments"]]
    if time["kind"] != "Column":
        raise Unsupported("a window over an expression")
    index = Scope(relation.columns).resolve(time["parts"])
    slide = rest.pop(0) if kind in ("hop", "cumulate") else None
    window = windows.build(kind, relation.columns[index], rest[0], slide, rest[1] if len(rest) > 1 else None)
    return assign(relation, index, window, run, hidden=True)


def window_end(relation: Relation, elements: list[Node]) -> int | None:
    """The column with the window's end, when the window is among the keys."""
    scope = Scope(relation.columns)
    for element in elements:
        if element["kind"] == "Column" and scope.columns[scope.resolve(element["parts"])].role in ("start", "end"):
            return next((i for i, column in enumerate(relation.columns) if column.role == "end"), None)
    return None


def in_time(evaluated: list[Any], end: int, unit: int, grace: int, run: Run, line: Line) -> list[Any]:
    """Those that are not late, each a row with what was made of it. A row meets the watermark that the calls before its
    own had reached; one that is late for some windows only still counts in the others."""
    kept = [(row, *found) for row, *found in evaluated if row.values[end] * unit + grace > line.before(row.sequence)]
    run.late += len({row.order for row, *_ in evaluated} - {row.order for row, *_ in kept})
    return kept


def nanos_of(column: Column) -> int:
    return unit_of(column.type, column.time_unit)
