"""JOIN: every row of the left against every row of the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .bound import Bound, Column, Node, Scope, Values, boolean, compare
from .expressions import compile_expression
from .functions import bind
from .log import NO_WATERMARK, Row
from .relation import Relation, Run
from .values import BindError, RowError, Unsupported

OUTER = {"left", "right", "full"}


def conjuncts(node: Node) -> list[Node]:
    if node["kind"] == "Logical" and node["op"] == "AND":
        return [part for operand in node["operands"] for part in conjuncts(operand)]
    return [node]


def holds(conditions: list[Bound], values: Values) -> bool:
    """Are all true? One that is not hides the errors of the others."""
    failure = None
    for condition in conditions:
        try:
            if condition.evaluate(values) is not True:
                return False
        except RowError as error:
            failure = error
    if failure:
        raise failure
    return True


def cross(left: Relation, right: Relation, run: Run) -> Relation:
    return match("inner", left, right, [], run)


def join(node: Node, left: Relation, right: Relation, run: Run) -> Relation:
    if node["form"] != "regular":
        raise Unsupported(f"{node['form']} joins")
    kind = "inner" if node["type"] == "cross" else node["type"]
    both = left.columns + right.columns
    names = [name["name"] for name in node["using_columns"]]
    if node["natural"]:
        theirs = {column.name.lower() for column in right.columns if not column.merged}
        names = [column.name for column in left.columns if not column.merged and column.name.lower() in theirs]
    if names:
        return using(kind, names, left, right, run)
    parts = conjuncts(node["on"]) if node["on"] else []
    return match(kind, left, right, [boolean(compile_expression(part, Scope(both))) for part in parts], run)


def using(kind: str, names: list[str], left: Relation, right: Relation, run: Run) -> Relation:
    """Each name is one column, the first in `*`; the columns it was made of stay behind their tables' names."""
    width, pairs = len(left.columns), []
    for name in names:
        part = [{"name": name}]
        pairs.append((Scope(left.columns).resolve(part), width + Scope(right.columns).resolve(part)))
    both = left.columns + right.columns
    slots = [(slot(both, a), slot(both, b)) for a, b in pairs]
    relation = match(kind, left, right, [compare("=", a, b) for a, b in slots], run)
    if kind in ("semi", "anti"):
        return relation
    merged = []
    for (a, b), (x, y) in zip(slots, pairs, strict=True):
        bound = bind("coalesce", [a, b])
        chosen = {"full": bound, "right": b.to(bound.type)}.get(kind, a.to(bound.type))
        merged.append((Column(both[x].name, bound.type), chosen))
        relation.columns[x] = replace(relation.columns[x], merged=True)
        relation.columns[y] = replace(relation.columns[y], merged=True)
    columns = [replace(column, name=name) for (column, _), name in zip(merged, names, strict=True)]
    rows = [
        Row((*(bound.evaluate(row.values) for _, bound in merged), *row.values), row.order) for row in relation.rows
    ]
    return replace(relation, columns=columns + relation.columns, rows=rows)


def slot(columns: list[Column], index: int) -> Bound:
    return Bound(columns[index].type, lambda row: row[index])


def match(kind: str, left: Relation, right: Relation, conditions: list[Bound], run: Run) -> Relation:
    """Event time ends here: a match may come however late. Rows have no number of arrival: among those of one event
    time, that of the left, values decide."""
    matched_left, matched_right, rows = set(), set(), []
    for i, a in enumerate(left.rows):
        for j, b in enumerate(right.rows):
            values = a.values + b.values
            test: Callable[[], bool] = lambda values=values: holds(conditions, values)
            if any(run.attempt(test)):
                matched_left.add(i)
                matched_right.add(j)
                rows.append(Row(values, (a.order[0], 0, 0)))
    if kind in ("semi", "anti"):
        kept = [Row(row.values, (row.order[0], 0, 0)) for i, row in enumerate(left.rows)
                if (i in matched_left) == (kind == "semi")]
        return Relation(timeless(left.columns), kept, retracts=left.retracts or right.retracts or kind == "anti")
    if kind in ("left", "full"):
        nothing = (None,) * len(right.columns)
        rows += [Row(row.values + nothing, (row.order[0], 0, 0))
                 for i, row in enumerate(left.rows) if i not in matched_left]
    if kind in ("right", "full"):
        nothing = (None,) * len(left.columns)
        rows += [Row(nothing + row.values, (NO_WATERMARK, 0, 0))
                 for j, row in enumerate(right.rows) if j not in matched_right]
    retracts = left.retracts or right.retracts or kind in OUTER
    return Relation(timeless(left.columns + right.columns), rows, retracts=retracts)


def timeless(columns: list[Column]) -> list[Column]:
    return [replace(column, role="", event_time="") for column in columns]


def relations_of(table: Node) -> int:
    """How many tables can be named."""
    if table["kind"] != "JoinTable" or table["alias"]:
        return 1
    if table["type"] in ("semi", "anti"):
        return relations_of(table["left"])
    return relations_of(table["left"]) + relations_of(table["right"])


def check_names(left: Relation, right: Relation) -> None:
    names = {column.table.lower() for column in left.columns if column.table}
    for column in right.columns:
        if column.table and column.table.lower() in names:
            raise BindError(f"there are two tables {column.table}")
