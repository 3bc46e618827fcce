"""Subqueries in expressions. Those that know nothing of the rows around them are asked once; those that name columns of
them, by their table, once for each row, with its values in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bound import COMPARISONS, Bound, Node, Scope, Values, unify
from .relation import Relation
from .values import BOOLEAN, BindError, RowError, Type, Unsupported, sort_key

KINDS = {"InSubquery", "Exists", "ScalarSubquery", "Quantified"}


def has_subquery(node: Any) -> bool:
    if isinstance(node, list):
        return any(has_subquery(item) for item in node)
    return isinstance(node, dict) and (node.get("kind") in KINDS or any(has_subquery(v) for v in node.values()))


def is_join_condition(node: Node) -> bool:
    """A conjunct of WHERE that is a semi or anti join and nothing else."""
    while node["kind"] == "Unary" and node["op"] == "NOT":
        node = node["operand"]
    return node["kind"] in ("InSubquery", "Exists")


def without_queries(node: Node) -> list[Any]:
    """What an expression consists of, subqueries left out."""
    return [value for key, value in node.items() if not (key == "query" and node.get("kind") in KINDS)]


def ask(node: Node, scope: Scope) -> Relation:
    if scope.ask is None:
        raise Unsupported("a subquery here")
    return scope.ask(node["query"])


def around(node: Node, scope: Scope) -> Callable[[Values], Relation]:
    """What the subquery is for a row around it."""
    inside = tables_of(node["query"])
    outside = {(column.table or "").lower() for column in scope.columns} - inside - {""}
    if not names_any(node["query"], outside):
        relation = ask(node, scope)
        return lambda row: relation
    asked: list[Node] = []  # kept: answers are known by the identity of the tree

    def ask_for(row: Values) -> Relation:
        asked.append(put_in(node["query"], outside, scope, row))
        return ask({"query": asked[-1]}, scope)

    return ask_for


def tables_of(node: Any) -> set[str]:
    """The names that tables have anywhere in a tree."""
    if isinstance(node, list):
        return set().union(*map(tables_of, node))
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(tables_of, node.values()))
    if node.get("kind") == "NamedTable":
        found.add((node["alias"] or node["name"]["parts"][-1])["name"].lower())
    elif str(node.get("kind")).endswith("Table") and node["alias"]:
        found.add(node["alias"]["name"].lower())
    return found


def is_of(node: Any, tables: set[str]) -> bool:
    return node.get("kind") == "Column" and len(node["parts"]) > 1 and node["parts"][0]["name"].lower() in tables


def names_any(node: Any, tables: set[str]) -> bool:
    if isinstance(node, list):
        return any(names_any(item, tables) for item in node)
    return isinstance(node, dict) and (is_of(node, tables) or any(names_any(v, tables) for v in node.values()))


def put_in(node: Any, tables: set[str], scope: Scope, row: Values) -> Any:
    """The tree, with the row's values for columns of these tables."""
    if isinstance(node, list):
        return [put_in(item, tables, scope, row) for item in node]
    if not isinstance(node, dict):
        return node
    if is_of(node, tables):
        place = scope.resolve(node["parts"])
        return {"kind": "Outer", "type": scope.columns[place].type, "value": row[place], "span": node["span"]}
    return {key: put_in(value, tables, scope, row) for key, value in node.items()}


def compile_scalar(node: Node, scope: Scope, compile_one: Callable[[Node, Scope], Bound]) -> Bound:
    relation = ask(node, scope)
    if len(relation.columns) != 1:
        raise BindError("a subquery that stands for a value has one column")
    rows = relation.rows

    def evaluate(row: Values) -> Any:
        if len(rows) > 1:
            raise RowError("more than one row returned by a subquery used as an expression")
        return rows[0].values[0] if rows else None

    return Bound(relation.columns[0].type, evaluate)


def compile_exists(node: Node, scope: Scope, compile_one: Callable[[Node, Scope], Bound]) -> Bound:
    found = around(node, scope)
    return Bound(BOOLEAN, lambda row: bool(found(row).rows))


def compile_in(node: Node, scope: Scope, compile_one: Callable[[Node, Scope], Bound]) -> Bound:
    return membership(node, node["negated"], scope, compile_one)


def membership(node: Node, negated: bool, scope: Scope, compile_one: Callable[[Node, Scope], Bound]) -> Bound:
    """Equal to any of the rows, column by column in three-valued logic."""
    operand = node["operand"]
    operands = [compile_one(part, scope) for part in (operand["values"] if operand["kind"] == "Row" else [operand])]
    found = around(node, scope)
    columns = found((None,) * len(scope.columns)).columns
    if len(columns) != len(operands):
        raise BindError("as many columns as values")
    pairs = [
        unify([bound, Bound(column.type, lambda row, i=i: row[i])], "IN")
        for i, (bound, column) in enumerate(zip(operands, columns, strict=True))
    ]

    def evaluate(row: Values) -> bool | None:
        wanted = [bound.evaluate(row) for bound, _ in pairs]
        answer: bool | None = False
        for other in found(row).rows:
            same: bool | None = True
            for value, (bound, column) in zip(wanted, pairs, strict=True):
                same = both(same, equal(value, column.evaluate(other.values), bound.type))
            if same:
                return not negated
            answer = None if same is None else answer
        return None if answer is None else negated

    return Bound(BOOLEAN, evaluate)


def equal(a: Any, b: Any, t: Type) -> bool | None:
    return None if a is None or b is None else sort_key(a, t) == sort_key(b, t)


def both(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def compile_quantified(node: Node, scope: Scope, compile_one: Callable[[Node, Scope], Bound]) -> Bound:
    if not node["query"]:
        raise Unsupported("ANY and ALL over arrays")
    op, every = node["op"], node["quantifier"] == "ALL"
    if (op, every) in (("=", False), ("<>", True)):
        return membership(node, every, scope, compile_one)
    if op not in COMPARISONS or node["operand"]["kind"] == "Row":
        raise Unsupported(f"{op} ANY")
    relation = ask(node, scope)
    if len(relation.columns) != 1:
        raise BindError("as many columns as values")
    operand, column = unify([compile_one(node["operand"], scope), Bound(relation.columns[0].type, lambda r: r[0])], op)
    t, test = operand.type, COMPARISONS[op]

    def evaluate(row: Values) -> bool | None:
        value, answer = operand.evaluate(row), every
        for other in relation.rows:
            found = column.evaluate(other.values)
            if value is None or found is None:
                answer = None if answer is every else answer
            elif test(sort_key(value, t), sort_key(found, t)) is not every:
                return not every
        return answer

    return Bound(BOOLEAN, evaluate)


COMPILERS = {
    "ScalarSubquery": compile_scalar,
    "Exists": compile_exists,
    "InSubquery": compile_in,
    "Quantified": compile_quantified,
}
