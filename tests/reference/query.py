"""SELECT, from FROM to LIMIT, evaluated over everything that was accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from . import joins, windows
from .bound import Bound, Column, Node, Scope, boolean
from .catalog import Catalog, NamedQuery, last_name
from .expressions import compile_expression, constant
from .grouping import assign, group, has_aggregate, ordinal, window_column
from .log import Log, Row
from .relation import Relation, Run, distinct, sort, union
from .subqueries import has_subquery, is_join_condition
from .values import NULL, VARCHAR, BindError, Type, Unsupported

Environment = dict[str, Node]  # common tables by name


@dataclass
class Result:
    columns: list[Column]
    rows: list[tuple[Any, ...]]
    errors: list[str]  # a message for each row that was set aside
    late: int  # rows that met only closed windows
    magnitude: float  # of what float aggregates added up

    @property
    def types(self) -> list[Type]:
        return [column.type for column in self.columns]


class Evaluator:
    def __init__(self, catalog: Catalog, log: Log):
        self.catalog = catalog
        self.log = log

    def contents(self, name: str) -> Result:
        """What a stream or materialized view shows now."""
        query = self.catalog.queries[name.lower()]
        return self._run(query.query, self._emission(query))

    def ask(self, query: Node) -> Result:
        """What a one-shot query answers now: open windows too, unless it says otherwise."""
        mode = query["emit"]["mode"] if query["emit"] else "default"
        return self._run(query, mode in ("on_window_close", "final"))

    def shows_closed(self, query: NamedQuery) -> bool:
        """Does it show closed windows only?"""
        return self._evaluate(query.query, self._emission(query))[0].on_close

    def _evaluate(self, query: Node, on_close: bool | None) -> tuple[Run, Relation]:
        """`on_close` None: on window close if all windows follow declared watermarks and nothing is taken back then."""
        run = Run(on_close is not False, lateness_of(query))
        relation = self._query(query, run, {})
        if on_close is None and (run.windows != {"declared"} or relation.retracts):
            return self._evaluate(query, False)
        return run, relation

    def _run(self, query: Node, on_close: bool | None) -> Result:
        run, relation = self._evaluate(query, on_close)
        return Result(relation.columns, [row.values for row in relation.rows], run.errors, run.late, run.magnitude)

    def _emission(self, query: NamedQuery) -> bool | None:
        if query.emit in ("on_window_close", "final"):
            return True
        return None if query.kind == "stream" and query.emit == "default" else False

    # ---------------------------------------------------------------------------------------------- queries

    def _query(self, query: Node, run: Run, environment: Environment) -> Relation:
        if query["recursive"] or query["order_by_all"]:
            raise Unsupported("recursive queries" if query["recursive"] else "ORDER BY ALL")
        for table in query["with"]:
            environment = {**environment, table["name"]["name"].lower(): {**table, "seen": environment}}
        order_by = query["order_by"]
        if query["body"]["kind"] == "SelectBody":
            relation, keys, types = self._select(query["body"], order_by, run, environment)
        else:
            relation = self._body(query["body"], run, environment)
            bound = self._order_keys(order_by, [(c, slot(i, c)) for i, c in enumerate(relation.columns)], Scope([]))
            keys = [[key.evaluate(row.values) for key in bound] for row in relation.rows]
            types = [key.type for key in bound]
        rows = sort(relation.rows, keys, types, order_by) if order_by else relation.rows
        first = constant(query["offset"]) or 0 if query["offset"] else 0
        limit = constant(query["limit"]) if query["limit"] else None
        relation.rows = rows[first:] if limit is None else rows[first : first + limit]
        return relation

    def _body(self, body: Node, run: Run, environment: Environment) -> Relation:
        if body["kind"] == "SelectBody":
            return self._select(body, [], run, environment)[0]
        if body["kind"] == "ValuesBody":
            return self._values(body, run)
        if body["kind"] == "NestedBody":
            return self._query(body["query"], run, environment)
        if body["op"] != "UNION":
            raise Unsupported(body["op"])
        relation = union([self._body(operand, run, environment) for operand in body["operands"]])
        if not body["all"]:
            relation.rows, _ = distinct(relation.columns, relation.rows, [[] for _ in relation.rows])
        return relation

    def _values(self, body: Node, run: Run) -> Relation:
        table = [[compile_expression(value, Scope([])) for value in row["values"]] for row in body["rows"]]
        for place in range(len(table[0])):
            # A bare string takes the type of the column's other values.
            known = [row[place] for row in table if not row[place].literal and row[place].type != NULL]
            target = known[0].type if known else VARCHAR
            for row in table:
                if row[place].literal:
                    row[place] = replace(row[place].to(target), literal=False)
        parts = []
        for row in table:
            columns = [Column(f"column{place}", bound.type) for place, bound in enumerate(row, 1)]
            found = [Row(values) for values in run.attempt(lambda row=row: tuple(b.evaluate(()) for b in row))]
            parts.append(Relation(columns, found))
        return union(parts)

    # ---------------------------------------------------------------------------------------------- FROM

    def _from(self, tables: list[Node], run: Run, environment: Environment) -> Relation:
        if not tables:
            return Relation([], [Row(())])
        relation = self._table(tables[0], run, environment)
        for table in tables[1:]:
            following = self._table(table, run, environment)
            joins.check_names(relation, following)
            relation = joins.cross(relation, following, run)
        return relation

    def _table(self, table: Node, run: Run, environment: Environment) -> Relation:
        alias = table["alias"]["name"] if table["alias"] else None
        names = [name["name"] for name in table["column_aliases"]]
        if table["kind"] == "NamedTable":
            name = last_name(table["name"])
            return self._named(name, run, environment).named(alias or name, names)
        if table["kind"] == "SubqueryTable":
            return self._query(table["query"], run, environment).named(alias, names)
        if table["kind"] == "WindowTable":
            relation = self._table(table["input"], run, environment)
            time = Scope(relation.columns).resolve(table["time"]["parts"])
            window = windows.build(
                table["window"].lower(), relation.columns[time], table["size"], table["slide"], table["offset"]
            )
            return assign(relation, time, window, run, hidden=False).named(alias, names)
        if table["kind"] == "JoinTable":
            left, right = (self._table(table[side], run, environment) for side in ("left", "right"))
            joins.check_names(left, right)
            relation = joins.join(table, left, right, run)
            return flattened(relation).named(alias, names) if alias else relation
        raise Unsupported(f"{table['kind']} in FROM")

    def _named(self, name: str, run: Run, environment: Environment) -> Relation:
        if common := environment.get(name.lower()):
            relation = self._query(common["query"], run, common["seen"])
            return relation.named(name, [column["name"] for column in common["columns"]])
        if source := self.catalog.sources.get(name.lower()):
            columns = [
                Column(column, t, source.name, source.time_unit, event_time=source.event_time(place))
                for place, (column, t) in enumerate(source.columns)
            ]
            return Relation(columns, self.log.rows(name), frozenset([name.lower()]))
        query = self.catalog.queries.get(name.lower())
        if query is None:
            raise BindError(f"{name} does not exist")
        if query.kind == "view":
            return self._query(query.query, run, {}).named(query.name, query.columns)
        # A stream has contents of its own, whatever its reader asks of windows, and sets its own rows aside.
        inner, relation = self._evaluate(query.query, self._emission(query))
        relation = relation.named(query.name, query.columns)
        run.magnitude = max(run.magnitude, inner.magnitude)
        relation.columns = [replace(column, hidden=False, role="") for column in relation.columns]
        return relation

    # ---------------------------------------------------------------------------------------------- SELECT

    def _select(
        self, body: Node, order_by: list[Node], run: Run, environment: Environment
    ) -> tuple[Relation, list[list[Any]], list[Type]]:
        """The selected rows, and for each the values it is ordered by, with their types."""
        for clause in ("distinct_on", "windows", "qualify"):
            if body[clause]:
                raise Unsupported(clause)
        relation = self._from(body["from"], run, environment)
        ask = self._asker(run, environment)
        scope = Scope(relation.columns, ask)
        if body["where"]:
            relation = self._where(body, relation, scope, run)
            scope = Scope(relation.columns, ask)
        if body["group_by"] or body["having"] or has_aggregate(body["items"]):
            more = [item["value"] for item in order_by] + ([body["having"]] if body["having"] else [])
            relation, scope = group(body, relation, more, run, self.log, ask)
            if body["having"]:
                relation.rows = kept(relation.rows, boolean(compile_expression(body["having"], scope)), run)
        outputs = self._outputs(body["items"], scope)
        order = self._order_keys(order_by, outputs, scope)
        rows, keys = [], []
        for row in relation.rows:
            for values in run.attempt(lambda row=row: tuple(bound.evaluate(row.values) for _, bound in outputs)):
                rows.append(Row(values, row.order))
                keys.append([key.evaluate(row.values) for key in order])
        columns = [column for column, _ in outputs]
        if body["distinct"]:
            rows, keys = distinct(columns, rows, keys)
        retracts = relation.retracts or has_subquery([body["items"], body["having"]])
        return Relation(columns, rows, relation.sources, retracts), keys, [key.type for key in order]

    def _asker(self, run: Run, environment: Environment) -> Callable[[Node], Relation]:
        def ask(query: Node) -> Relation:
            if id(query) not in run.asked:
                run.asked[id(query)] = self._query(query, run, environment)
            return run.asked[id(query)]

        return ask

    def _where(self, body: Node, relation: Relation, scope: Scope, run: Run) -> Relation:
        """One predicate, or over several tables or with subqueries its conjuncts one by one: first those without
        subqueries, together; then those that are joins; then the others."""
        parts = joins.conjuncts(body["where"])
        plain = [part for part in parts if not has_subquery(part)]
        if len(plain) == len(parts) and sum(joins.relations_of(table) for table in body["from"]) == 1:
            condition = boolean(compile_expression(body["where"], scope))
            return replace(relation, rows=kept(relation.rows, condition, run))
        conditions = [boolean(compile_expression(part, scope)) for part in plain]
        rows = [
            row
            for row in relation.rows
            if any(run.attempt(lambda row=row: joins.holds(conditions, row.values)))
        ]
        with_subqueries = [part for part in parts if has_subquery(part)]
        for part in sorted(with_subqueries, key=lambda part: not is_join_condition(part)):
            rows = kept(rows, boolean(compile_expression(part, scope)), run)
        if not with_subqueries:
            return replace(relation, rows=rows)
        # As a join: event time ends, and rows are taken back, unless it is a semi join.
        retracts = relation.retracts or any(not is_semi(part, scope) for part in with_subqueries)
        rows = [Row(row.values, (row.order[0], 0, 0)) for row in rows]
        return Relation(joins.timeless(relation.columns), rows, retracts=retracts)

    def _outputs(self, items: list[Node], scope: Scope) -> list[tuple[Column, Bound]]:
        outputs = []
        for item in items:
            value = item["value"]
            if value["kind"] == "Star":
                outputs += star(value, scope)
                continue
            bound = replace(compile_expression(value, scope), literal=False)
            name = item["alias"]["name"] if item["alias"] else name_of(value)
            outputs.append((output_column(name, value, bound, scope), bound))
        return outputs

    def _order_keys(self, order_by: list[Node], outputs: list[tuple[Column, Bound]], scope: Scope) -> list[Bound]:
        """Each an ordinal, the name of an output column, or an expression over the input."""
        keys = []
        for item in order_by:
            value = item["value"]
            index = ordinal(value)
            if index is None and value["kind"] == "Column" and len(value["parts"]) == 1:
                name = value["parts"][0]["name"].lower()
                index = next((i for i, (column, _) in enumerate(outputs) if column.name.lower() == name), None)
            keys.append(compile_expression(value, scope) if index is None else outputs[index][1])
        return keys


def is_semi(node: Node, scope: Scope) -> bool:
    """IN and EXISTS over what is never taken back."""
    negated = False
    while node["kind"] == "Unary":
        node, negated = node["operand"], not negated
    if node["kind"] not in ("InSubquery", "Exists") or negated != node.get("negated", False):
        return False
    assert scope.ask is not None
    return not scope.ask(node["query"]).retracts


def flattened(relation: Relation) -> Relation:
    """What `*` shows of a join, as a table of its own."""
    places = [place for place, column in enumerate(relation.columns) if not column.merged and not column.hidden]
    rows = [Row(tuple(row.values[place] for place in places), row.order) for row in relation.rows]
    return replace(relation, columns=[relation.columns[place] for place in places], rows=rows)


def kept(rows: list[Row], condition: Bound, run: Run) -> list[Row]:
    found = []
    for row in rows:
        for value in run.attempt(lambda row=row: condition.evaluate(row.values)):
            if value is True:
                found.append(row)
    return found


def slot(index: int, column: Column) -> Bound:
    return Bound(column.type, lambda row: row[index])


def star(node: Node, scope: Scope) -> list[tuple[Column, Bound]]:
    qualifier = node["qualifier"][-1]["name"].lower() if node["qualifier"] else None
    excluded = {name["name"].lower() for name in node["exclude"]}
    replaced = {item["name"]["name"].lower(): item["value"] for item in node["replace"]}
    outputs = []
    for index, column in enumerate(scope.columns):
        name = column.name.lower()
        if column.hidden or name in excluded or (column.merged and not qualifier) or (qualifier and (column.table or "").lower() != qualifier):
            continue
        if name in replaced:
            bound = compile_expression(replaced[name], scope)
            outputs.append((Column(column.name, bound.type), bound))
        else:
            outputs.append((replace(column, table=None, merged=False), slot(index, column)))
    return outputs


def name_of(value: Node) -> str:
    """The name of an output column without an alias."""
    if value["kind"] == "Column":
        return value["parts"][-1]["name"]
    if value["kind"] == "Call":
        return window_column(value) or value["function"]["parts"][-1]["name"].lower()
    return name_of(value["operand"]) if value["kind"] == "Cast" else "?column?"


def output_column(name: str, value: Node, bound: Bound, scope: Scope) -> Column:
    """A column passed on as it is keeps what is known of it as a time; anything else is new."""
    node = {"kind": "Column", "parts": [{"name": known}]} if (known := window_column(value)) else value
    if node["kind"] == "Column":
        try:
            origin = scope.columns[scope.resolve(node["parts"])]
        except BindError:
            return Column(name, bound.type)
        return replace(origin, name=name, table=None, hidden=False, merged=False)
    return Column(name, bound.type)


def lateness_of(query: Node) -> int:
    clause = query["emit"]
    return constant(clause["allow_lateness"]).normalized() if clause and clause["allow_lateness"] else 0
