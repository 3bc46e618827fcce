"""SELECT, from FROM to LIMIT, evaluated over everything that was accepted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from . import joins, top_n, windows
from .bound import Bound, Column, Node, Scope, boolean
from .catalog import Catalog, NamedQuery, last_name
from .expressions import compile_expression, constant
from .grouping import assign, group, has_aggregate, ordinal, window_column
from .log import Log, Row
from .macros import expanded
from .relation import Relation, Run, combine, distinct, sort, union
from .subqueries import has_subquery, is_join_condition
from .values import BIGINT, NULL, VARCHAR, BindError, Type, Unsupported

Environment = dict[str, Node]  # common tables by name


@dataclass
class Result:
    columns: list[Column]
    rows: list[tuple[Any, ...]]
    errors: list[str]  # a message for each row that was set aside
    late: int  # rows that met only closed windows
    magnitude: float  # of what float aggregates added up
    tied: bool = False  # SQL leaves open which of equal rows are among the first

    @property
    def types(self) -> list[Type]:
        return [column.type for column in self.columns]


@dataclass
class Selected:
    """A block's rows, and for each the values it is ordered by."""

    relation: Relation
    keys: list[list[Any]]
    types: list[Type]
    times: list[Any] | None = None  # event times that decide ties

    def ranked(self, items: list[Node]) -> top_n.Ranked:
        return top_n.Ranked(self.relation, self.keys, self.types, items, self.times)


class Evaluator:
    def __init__(self, catalog: Catalog, log: Log):
        self.catalog = catalog
        self.log = log
        self._known: dict[str, tuple[Run, Relation]] | None = None  # by name, while nothing changes
        self._fired: dict[str, tuple[Run, Relation]] = {}  # what streams with EMIT EVERY show, by name
        self._reader: NamedQuery | None = None  # whose SELECT is evaluated; none: one that is asked now

    @contextmanager
    def unchanging(self) -> Iterator[None]:
        """What a stream or materialized view shows is evaluated once, however often it is asked for."""
        self._known = {}
        try:
            yield
        finally:
            self._known = None

    def contents(self, name: str) -> Result:
        """What a stream or materialized view shows now."""
        run, relation = self._shown(self.catalog.queries[name.lower()])
        return result(run, replace(relation, rows=relation.rows[self.first_retained(name) :]))

    def ask(self, query: Node) -> Result:
        """What a one-shot query answers now: open windows too, unless it says otherwise."""
        mode = query["emit"]["mode"] if query["emit"] else "default"
        return result(*self._evaluate(query, mode in ("on_window_close", "final")))

    def fire(self, queries: list[NamedQuery]) -> None:
        """Streams with EMIT EVERY show what their query comes to now, until they fire again. Of others of them they see
        what those showed before, for all fire at once."""
        self._fired |= {query.name: self._evaluate_as(query) for query in queries}

    def shows_closed(self, query: NamedQuery) -> bool:
        """Does it show closed windows only?"""
        return self._shown(query)[0].on_close

    def _shown(self, query: NamedQuery) -> tuple[Run, Relation]:
        if query.emit == "every":
            return self._fired[query.name]
        if self._known is None:
            return self._evaluate_as(query)
        if query.name not in self._known:
            self._known[query.name] = self._evaluate_as(query)
        return self._known[query.name]

    def _evaluate_as(self, query: NamedQuery) -> tuple[Run, Relation]:
        outer, self._reader = self._reader, query
        try:
            run, relation = self._evaluate(query.query, self._emission(query))
        finally:
            self._reader = outer
        return run, relation

    def first_retained(self, name: str) -> int:
        """The place, among all rows a stream has shown, of the first that who comes now will see."""
        query = self.catalog.queries[name.lower()]
        return 0 if query.retained is None else max(0, len(self._shown(query)[1].rows) - query.retained)

    def _evaluate(self, query: Node, on_close: bool | None) -> tuple[Run, Relation]:
        """`on_close` None: on window close if all windows follow declared watermarks and nothing is taken back then."""
        run = Run(on_close is not False, lateness_of(query))
        relation = self._query(expanded(query, self.catalog.macros), run, {})
        if on_close is None and (run.windows != {"declared"} or relation.retracts):
            return self._evaluate(query, False)
        return run, relation

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
            selected = self._select(query["body"], order_by, run, environment)
        else:
            relation = self._body(query["body"], run, environment)
            bound = self._order_keys(order_by, [(c, slot(i, c)) for i, c in enumerate(relation.columns)], Scope([]))
            keys = [[key.evaluate(row.values) for key in bound] for row in relation.rows]
            times = None if relation.time is None else [row.values[relation.time] for row in relation.rows]
            selected = Selected(relation, keys, [key.type for key in bound], times)
        relation = selected.relation
        first = constant(query["offset"]) or 0 if query["offset"] else 0
        limit = constant(query["limit"]) if query["limit"] else None
        if not order_by:
            relation.rows = relation.rows[first:] if limit is None else relation.rows[first : first + limit]
        elif limit is None and not first:
            relation.rows = sort(relation.rows, selected.keys, selected.types, order_by)
        else:
            ranked = selected.ranked(order_by)
            order = ranked.order(list(range(len(relation.rows))))
            last = len(order) if limit is None else first + limit
            run.tied |= ranked.tied(order, first) or ranked.tied(order, last)
            relation = top_n.settled(relation, [relation.rows[index] for index in order[first:last]])
        return relation

    def _body(self, body: Node, run: Run, environment: Environment) -> Relation:
        if body["kind"] == "SelectBody":
            return self._select(body, [], run, environment).relation
        if body["kind"] == "ValuesBody":
            return self._values(body, run)
        if body["kind"] == "NestedBody":
            return self._query(body["query"], run, environment)
        parts = [self._body(operand, run, environment) for operand in body["operands"]]
        if body["op"] != "UNION":
            return combine(body["op"], body["all"], parts)
        relation = union(parts)
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
            relation = assign(relation, time, window, run, hidden=False).named(alias, names)
            relation.columns = [replace(column, orders=place == time) for place, column in enumerate(relation.columns)]
            return relation
        if table["kind"] == "JoinTable":
            left, right = (self._table(table[side], run, environment) for side in ("left", "right"))
            joins.check_names(left, right)
            relation = joins.join(table, left, right, run)
            return flattened(relation).named(alias, names) if alias else relation
        if table["kind"] == "FunctionTable" and last_name(table["call"]["function"]).lower() == "unnest":
            return self._unnest(table, alias).named(alias or "unnest", names)
        raise Unsupported(f"{table['kind']} in FROM")

    def _unnest(self, table: Node, alias: str | None) -> Relation:
        """Lists of constants side by side."""
        lists = [compile_expression(argument["value"], Scope([])) for argument in table["call"]["arguments"]]
        name = alias if alias and len(lists) == 1 and not table["with_ordinality"] else "unnest"
        columns = [Column(name, values.type.children[0][1]) for values in lists]
        rows = list(itertools.zip_longest(*(values.evaluate(()) or () for values in lists)))
        if table["with_ordinality"]:
            columns.append(Column("ordinality", BIGINT))
            rows = [(*row, place) for place, row in enumerate(rows, 1)]
        return Relation(columns, [Row(row) for row in rows])

    def _named(self, name: str, run: Run, environment: Environment) -> Relation:
        if common := environment.get(name.lower()):
            relation = self._query(common["query"], run, common["seen"])
            return relation.named(name, [column["name"] for column in common["columns"]])
        if source := self.catalog.sources.get(name.lower()):
            columns = [
                Column(
                    column,
                    t,
                    source.name,
                    source.time_unit,
                    orders=place == source.time_column,
                    event_time=source.event_time(place),
                )
                for place, (column, t) in enumerate(source.columns)
            ]
            begin = self.log.first_retained(name) if self._reader is None else self._reader.begins.get(name.lower(), 0)
            return Relation(columns, self.log.rows(name, begin), frozenset([name.lower()]))
        if table := self.catalog.tables.get(name.lower()):
            columns = [Column(column, t, table.name) for column, t in table.columns]
            return Relation(columns, [Row(values) for values in table.rows], retracts=True)
        query = self.catalog.queries.get(name.lower())
        if query is None:
            raise BindError(f"{name} does not exist")
        if query.kind == "view":
            whole = expanded(query.query, self.catalog.macros)
            return self._query(whole, run, {}).named(query.name, query.columns)
        # A stream has contents of its own, whatever its reader asks of windows, and sets its own rows aside.
        inner, relation = self._shown(query)
        begin = self.first_retained(name) if self._reader is None else self._reader.begins.get(name.lower(), 0)
        relation = replace(relation, rows=relation.rows[begin:]).named(query.name, query.columns)
        run.magnitude = max(run.magnitude, inner.magnitude)
        run.tied |= inner.tied
        timed = (i for i, c in enumerate(relation.columns) if c.event_time == "declared" and c.role in ("", "time"))
        time = next(timed, None)
        relation.columns = [
            replace(column, hidden=False, role="", orders=place == time)
            for place, column in enumerate(relation.columns)
        ]
        return relation

    # ---------------------------------------------------------------------------------------------- SELECT

    def _select(self, body: Node, order_by: list[Node], run: Run, environment: Environment) -> Selected:
        """The selected rows, and for each the values it is ordered by, with their types."""
        if body["windows"]:
            raise Unsupported("windows")
        number = top_n.find_number(body)
        more = [item["value"] for item in order_by] + body["distinct_on"]
        if number:
            more += number["over"]["partition_by"] + [item["value"] for item in number["over"]["order_by"]]
        relation = self._from(body["from"], run, environment)
        ask = self._asker(run, environment)
        scope = Scope(relation.columns, ask)
        if body["where"]:
            relation = self._where(body, relation, scope, run)
            scope = Scope(relation.columns, ask)
        time = relation.time
        if body["group_by"] or body["having"] or has_aggregate([body["items"], more]):
            more += [body["having"]] if body["having"] else []
            relation, scope = group(body, relation, more, run, self.log, ask)
            time = None
            if body["having"]:
                relation.rows = kept(relation.rows, boolean(compile_expression(body["having"], scope)), run)
        outputs = self._outputs(body["items"], scope)
        order = self._order_keys(order_by, outputs, scope)
        partition = self._order_keys([{"value": key} for key in body["distinct_on"]], outputs, scope)
        over = number["over"] if number else {"partition_by": [], "order_by": []}
        numbered = [compile_expression(key, scope) for key in over["partition_by"]]
        numbered += [compile_expression(item["value"], scope) for item in over["order_by"]]
        # What orders and numbers a row is computed with it: the row is set aside where that fails.
        needed = [bound for _, bound in outputs] + order + partition + numbered
        rows, keys, inputs = [], [], []
        for row in relation.rows:
            for values in run.attempt(lambda row=row: [bound.evaluate(row.values) for bound in needed]):
                rows.append(Row(tuple(values[: len(outputs)]), row.order))
                keys.append(values[len(outputs) : len(outputs) + len(order)])
                inputs.append(row.values)
        columns = [column for column, _ in outputs]
        types = [key.type for key in order]
        times = None if time is None else [values[time] for values in inputs]
        retracts = relation.retracts or has_subquery([body["items"], body["having"]])
        selected = Relation(columns, rows, relation.sources, retracts)
        if body["distinct_on"]:
            groups = [[key.evaluate(values) for key in partition] for values in inputs]
            return self._distinct_on(Selected(selected, keys, types, times), order_by, partition, groups, run)
        if number:
            places = [place for place, (_, bound) in enumerate(outputs) if bound.evaluate is top_n.number]
            ranking = Selected(selected, keys, types, times)
            return self._numbered(ranking, body, number, scope, inputs, places, order, run)
        if body["distinct"]:
            selected.rows, keys = distinct(columns, rows, keys)
            selected.columns = [replace(column, orders=False) for column in columns]
            times = None
        return Selected(selected, keys, types, times)

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
        rows = [row for row in relation.rows if any(run.attempt(lambda row=row: joins.holds(conditions, row.values)))]
        with_subqueries = [part for part in parts if has_subquery(part)]
        for part in sorted(with_subqueries, key=lambda part: not is_join_condition(part)):
            rows = kept(rows, boolean(compile_expression(part, scope)), run)
        if not with_subqueries:
            return replace(relation, rows=rows)
        # As a join: event time ends, and rows are taken back, unless it is a semi join.
        retracts = relation.retracts or any(not is_semi(part, scope) for part in with_subqueries)
        rows = [Row(row.values, (row.order[0], 0, 0)) for row in rows]
        return Relation(joins.timeless(relation.columns), rows, retracts=retracts)

    def _distinct_on(
        self, selected: Selected, order_by: list[Node], bound: list[Bound], partition: list[list[Any]], run: Run
    ) -> Selected:
        ranked, relation = selected.ranked(order_by), selected.relation
        groups = top_n.partitions(len(relation.rows), partition, [key.type for key in bound])
        _, ordered = top_n.numbers_of(ranked, groups)
        run.tied |= any(ranked.tied(indexes, 1) for indexes in ordered)
        first = [indexes[0] for indexes in ordered]
        relation = top_n.settled(relation, [relation.rows[index] for index in first])
        return Selected(relation, [selected.keys[index] for index in first], selected.types)

    def _numbered(
        self,
        selected: Selected,
        body: Node,
        call: Node,
        scope: Scope,
        inputs: list[tuple[Any, ...]],
        places: list[int],
        order: list[Bound],
        run: Run,
    ) -> Selected:
        """`places` of the number among the outputs; `order`: what the block itself is ordered by."""
        relation, over = selected.relation, call["over"]
        bound = [compile_expression(key, scope) for key in over["partition_by"]]
        inner = [compile_expression(item["value"], scope) for item in over["order_by"]]
        keys = [[key.evaluate(values) for key in inner] for values in inputs]
        ranked = Selected(relation, keys, [key.type for key in inner], selected.times).ranked(over["order_by"])
        partition = [[key.evaluate(values) for key in bound] for values in inputs]
        groups = top_n.partitions(len(relation.rows), partition, [key.type for key in bound])
        numbers, ordered = top_n.numbers_of(ranked, groups)
        run.tied |= any(ranked.tied(indexes, place) for indexes in ordered for place in range(1, len(indexes)))
        aliases = {relation.columns[place].name.lower() for place in places}
        test = top_n.qualifies(body["qualify"], scope, call, aliases) if body["qualify"] else lambda *_: True
        kept = [i for i, values in enumerate(inputs) if test(values, numbers[i])]
        rows = []
        for index in kept:
            values = list(relation.rows[index].values)
            for place in places:
                values[place] = numbers[index]
            rows.append(Row(tuple(values)))
        keys = [
            [
                numbers[index] if bound.evaluate is top_n.number else key
                for bound, key in zip(order, selected.keys[index], strict=True)
            ]
            for index in kept
        ]
        return Selected(top_n.settled(relation, rows), keys, selected.types)

    def _outputs(self, items: list[Node], scope: Scope) -> list[tuple[Column, Bound]]:
        outputs = []
        for item in items:
            value = item["value"]
            if value["kind"] == "Star":
                outputs += star(value, scope)
                continue
            if top_n.is_number(value):
                name = item["alias"]["name"] if item["alias"] else "row_number"
                outputs.append((Column(name, BIGINT), Bound(BIGINT, top_n.number)))
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


def result(run: Run, relation: Relation) -> Result:
    return Result(
        relation.columns, [row.values for row in relation.rows], run.errors, run.late, run.magnitude, run.tied
    )


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
        named = (column.table or "").lower() == qualifier if qualifier else not column.merged
        if column.hidden or name in excluded or not named:
            continue
        if name in replaced:
            bound = compile_expression(replaced[name], scope)
            outputs.append((Column(column.name, bound.type), bound))
        else:
            outputs.append((replace(column, table=None, merged=False), slot(index, column)))
    return outputs


def name_of(value: Node) -> str:
    """The name of an output column without an alias."""
    if value.get("macro"):
        return value["macro"]
    if value["kind"] == "Column":
        return value["parts"][-1]["name"]
    if value["kind"] == "Call":
        return window_column(value) or value["function"]["parts"][-1]["name"].lower()
    return name_of(value["operand"]) if value["kind"] == "Cast" else "?column?"


def output_column(name: str, value: Node, bound: Bound, scope: Scope) -> Column:
    """A column passed on as it is keeps what is known of it as a time; anything else is new."""
    node = {"kind": "Column", "parts": [{"name": known}]} if (known := window_column(value)) else value
    if node["kind"] == "Column" and not scope.split(node["parts"])[1]:
        try:
            origin = scope.columns[scope.resolve(node["parts"])]
        except BindError:
            return Column(name, bound.type)
        return replace(origin, name=name, table=None, hidden=False, merged=False)
    return Column(name, bound.type)


def lateness_of(query: Node) -> int:
    clause = query["emit"]
    return constant(clause["allow_lateness"]).normalized() if clause and clause["allow_lateness"] else 0
