"""A syntax tree over a row's columns becomes a function over a row.

`compile_expression` gives a `Bound`: the type, and a function from the row's values to a value. Three-valued logic is
Python's True, False and None. RowError is a value too, as far as the masks allow: FALSE AND <error> is FALSE, CASE and
COALESCE look only at what they need.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from . import functions, nested, subqueries
from .arithmetic import BIT_OPERATIONS, arithmetic, bitwise
from .bound import COMPARISONS, Bound, Node, Scope, Values, boolean, compare, literal, strict, unify
from .values import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    INTERVAL,
    NULL,
    VARCHAR,
    BindError,
    Interval,
    RowError,
    Unsupported,
    cast,
    decimal_type,
    fit,
    sort_key,
    type_of_ast,
)


def compile_expression(node: Node, scope: Scope) -> Bound:
    if (known := scope.special(node)) is not None:
        return known
    if node["kind"] in subqueries.KINDS:
        return subqueries.COMPILERS[node["kind"]](node, scope, compile_expression)
    if node["kind"] == "Outer":  # of the row around a subquery
        return Bound(node["type"], lambda row: node["value"])
    compiler = COMPILERS.get(node["kind"])
    if compiler is None:
        raise Unsupported(f"expression {node['kind']}")
    return compiler(node, scope)


def constant(node: Node) -> Any:
    """The value of an expression without columns."""
    return compile_expression(node, Scope([])).evaluate(())


def fingerprint(node: Any, scope: Scope) -> Any:
    """Equal for two expressions that mean the same columns and operations, wherever they are written."""
    if isinstance(node, list):
        return tuple(fingerprint(item, scope) for item in node)
    if not isinstance(node, dict):
        return node
    if node.get("kind") == "Column":
        parts, fields = scope.split(node["parts"])
        return ("column", scope.resolve(parts), *(part["name"].lower() for part in fields))
    if "quoted" in node:
        return node["name"].lower()
    if node.get("kind") in subqueries.KINDS:
        outside = {key: value for key, value in node.items() if key != "query"}
        return (("query", without_spans(node["query"])), fingerprint({**outside, "kind": "subquery"}, scope))
    return tuple((key, fingerprint(value, scope)) for key, value in sorted(node.items()) if key != "span")


def without_spans(node: Any) -> Any:
    if isinstance(node, list):
        return tuple(without_spans(item) for item in node)
    if isinstance(node, dict):
        return tuple((key, without_spans(value)) for key, value in sorted(node.items()) if key != "span")
    return node


# ------------------------------------------------------------------------------------------------------ leaves


def compile_literal(node: Node, scope: Scope) -> Bound:
    kind, text = node["literal"], node["text"]
    if kind == "null":
        return Bound(NULL, lambda row: None)
    if kind == "boolean":
        return literal(BOOLEAN, text == "true")
    if kind == "integer":
        number = int(text)
        if number < 2**31:
            return literal(INTEGER, number)
        if number < 2**63:
            return literal(BIGINT, number)
        return literal(decimal_type(len(text), 0), Decimal(text)) if len(text) <= 38 else literal(DOUBLE, float(text))
    if kind == "decimal":
        digits = text.replace(".", "").lstrip("0")
        scale = len(text.partition(".")[2])
        precision = max(len(digits), scale)
        if precision > 38:
            return literal(DOUBLE, float(text))
        return literal(decimal_type(precision, scale), Decimal(text))
    if kind == "float":
        return literal(DOUBLE, float(text))
    if kind == "string":
        return Bound(VARCHAR, lambda row: text, literal=True)
    raise Unsupported(f"literal {kind}")


def compile_typed_literal(node: Node, scope: Scope) -> Bound:
    target = type_of_ast(node["type"])
    try:
        return literal(target, cast(node["text"], VARCHAR, target))
    except RowError as error:
        raise BindError(str(error)) from None


def compile_interval(node: Node, scope: Scope) -> Bound:
    return literal(INTERVAL, Interval(node["months"], node["days"], node["nanoseconds"]))


def compile_column(node: Node, scope: Scope) -> Bound:
    parts, fields = scope.split(node["parts"])
    index = scope.resolve(parts)
    value = Bound(scope.columns[index].type, lambda row: row[index])
    for part in fields:
        value = nested.field_of(value, part["name"])
    return value


# ------------------------------------------------------------------------------------------------------ logic


def compile_logical(node: Node, scope: Scope) -> Bound:
    operands = [boolean(compile_expression(operand, scope)) for operand in node["operands"]]
    decisive = node["op"] == "OR"

    def evaluate(row: Values) -> bool | None:
        unknown, failure = False, None
        for operand in operands:
            try:
                value = operand.evaluate(row)
            except RowError as error:
                failure = error
                continue
            if value is decisive:
                return decisive
            unknown |= value is None
        if failure:
            raise failure
        return None if unknown else not decisive

    return Bound(BOOLEAN, evaluate)


def compile_unary(node: Node, scope: Scope) -> Bound:
    op = node["op"]
    operand_node = node["operand"]
    if op == "-" and operand_node["kind"] == "Literal" and operand_node["literal"] == "integer":
        # -2147483648 is an INTEGER although 2147483648 is not.
        number = -int(operand_node["text"])
        if number >= -(2**63):
            return literal(INTEGER if number >= -(2**31) else BIGINT, number)
    operand = compile_expression(operand_node, scope)
    if op == "NOT":
        return strict(BOOLEAN, lambda value: not value, boolean(operand))
    if op == "+":
        return operand
    t = operand.type
    if op == "~":
        return strict(t, lambda value: fit(~value, t), operand)
    if t == INTERVAL:
        return strict(t, lambda value: Interval(*(-part for part in value)), operand)
    if t.is_numeric or t == NULL:
        return strict(t, lambda value: fit(-value, t), operand)
    raise BindError(f"no operator - for {t}")


def compile_is(node: Node, scope: Scope) -> Bound:
    operand = compile_expression(node["operand"], scope)
    wanted = {"null": None, "unknown": None, "true": True, "false": False}[node["test"]]
    negated = node["negated"]
    if wanted is not None:
        operand = boolean(operand)
    return Bound(BOOLEAN, lambda row: (operand.evaluate(row) is wanted) != negated)


# ------------------------------------------------------------------------------------------------------ comparison


def compile_distinct_from(node: Node, scope: Scope) -> Bound:
    left, right = (compile_expression(node[side], scope) for side in ("left", "right"))
    left, right = unify([left, right], node["op"])
    t, negated = left.type, node["op"] == "IS NOT DISTINCT FROM"

    def evaluate(row: Values) -> bool:
        a, b = left.evaluate(row), right.evaluate(row)
        same = a is b if a is None or b is None else sort_key(a, t) == sort_key(b, t)
        return same == negated

    return Bound(BOOLEAN, evaluate)


def compile_between(node: Node, scope: Scope) -> Bound:
    operand, low, high = (compile_expression(node[part], scope) for part in ("operand", "low", "high"))
    operand, low, high = unify([operand, low, high], "BETWEEN")
    t, symmetric, negated = operand.type, node["symmetric"], node["negated"]

    def evaluate(row: Values) -> bool | None:
        value, least, most = operand.evaluate(row), low.evaluate(row), high.evaluate(row)
        if symmetric and least is not None and most is not None and sort_key(least, t) > sort_key(most, t):
            least, most = most, least
        inside: bool | None = True
        for a, b in ((least, value), (value, most)):
            if a is None or b is None:
                inside = None if inside else inside
            elif sort_key(a, t) > sort_key(b, t):
                inside = False
        return None if inside is None else inside != negated

    return Bound(BOOLEAN, evaluate)


def compile_in_list(node: Node, scope: Scope) -> Bound:
    operand, *values = unify([compile_expression(part, scope) for part in [node["operand"], *node["values"]]], "IN")
    t, negated = operand.type, node["negated"]

    def evaluate(row: Values) -> bool | None:
        wanted = operand.evaluate(row)
        found = [value.evaluate(row) for value in values]
        if wanted is None:
            return None
        if any(value is not None and sort_key(value, t) == sort_key(wanted, t) for value in found):
            return not negated
        return None if None in found else negated

    return Bound(BOOLEAN, evaluate)


def compile_like(node: Node, scope: Scope) -> Bound:
    if node["form"] == "SIMILAR TO":
        raise Unsupported("SIMILAR TO")
    operands = [compile_expression(node[part], scope) for part in ("operand", "pattern", "escape") if node[part]]
    for operand in operands:
        if operand.type not in (VARCHAR, NULL):
            raise BindError(f"{node['form']} wants VARCHAR, found {operand.type}")
    flags = re.DOTALL | (re.IGNORECASE if node["form"] == "ILIKE" else 0)
    negated = node["negated"]

    def matches(value: str, pattern: str, escape: str = "\\") -> bool:
        return (re.fullmatch(like_regex(pattern, escape), value, flags) is not None) != negated

    return strict(BOOLEAN, matches, *operands)


def like_regex(pattern: str, escape: str) -> str:
    out, characters = [], iter(pattern)
    for character in characters:
        if escape and character == escape:
            following = next(characters, None)
            if following is None:
                raise RowError("LIKE pattern must not end with escape character")
            out.append(re.escape(following))
        else:
            out.append({"%": ".*", "_": "."}.get(character, re.escape(character)))
    return "".join(out)


# ------------------------------------------------------------------------------------------------------ arithmetic


def compile_binary(node: Node, scope: Scope) -> Bound:
    op = node["op"]
    if op in ("IS DISTINCT FROM", "IS NOT DISTINCT FROM"):
        return compile_distinct_from(node, scope)
    left, right = compile_expression(node["left"], scope), compile_expression(node["right"], scope)
    if op in COMPARISONS:
        return compare(op, left, right)
    if op == "||" and "LIST" in (left.type.kind, right.type.kind):
        return nested.FUNCTIONS["list_concat"]([left, right])
    if op == "||":
        return strict(VARCHAR, lambda a, b: a + b, left.to(VARCHAR), right.to(VARCHAR))
    if op in ("~", "~*", "!~", "!~*"):
        flags = re.IGNORECASE if op.endswith("*") else 0
        negated = op.startswith("!")
        return strict(BOOLEAN, lambda a, b: (re.search(b, a, flags) is not None) != negated, left, right)
    if op == "^":
        return functions.bind("power", [left, right])
    if op in BIT_OPERATIONS:
        return bitwise(op, left, right)
    return arithmetic(op, left, right)


# ------------------------------------------------------------------------------------------------------ the rest


def compile_cast(node: Node, scope: Scope) -> Bound:
    operand, target = compile_expression(node["operand"], scope), type_of_ast(node["type"])
    bound = operand.to(target)
    length = node["type"]["precision"] if target == VARCHAR else None
    if not node["or_null"]:
        return replace(shortened(bound, length), literal=False)

    def evaluate(row: Values) -> Any:
        value = operand.evaluate(row)  # what fails below the cast is still an error
        try:
            return cast(value, operand.type, target)
        except RowError:
            return None

    return shortened(Bound(target, evaluate), length)


def shortened(text: Bound, length: int | None) -> Bound:
    """VARCHAR(n) written in a cast cuts off what is longer."""
    return text if length is None else strict(VARCHAR, lambda value: value[:length], text)


def compile_case(node: Node, scope: Scope) -> Bound:
    branches = [(branch["when"], compile_expression(branch["then"], scope)) for branch in node["branches"]]
    otherwise = compile_expression(node["otherwise"], scope) if node["otherwise"] else literal(NULL, None)
    *results, otherwise = unify([then for _, then in branches] + [otherwise], "CASE")
    if node["operand"]:
        operand = compile_expression(node["operand"], scope)
        tests = [compare("=", operand, compile_expression(when, scope)) for when, _ in branches]
    else:
        tests = [boolean(compile_expression(when, scope)) for when, _ in branches]

    def evaluate(row: Values) -> Any:
        for test, result in zip(tests, results, strict=True):
            if test.evaluate(row) is True:
                return result.evaluate(row)
        return otherwise.evaluate(row)

    return Bound(otherwise.type, evaluate)


def compile_call(node: Node, scope: Scope) -> Bound:
    name = node["function"]["parts"][-1]["name"].lower()
    if node["over"]:
        raise Unsupported("OVER")
    if any(argument["name"] for argument in node["arguments"]):
        raise Unsupported("named arguments")
    return functions.bind(name, [compile_expression(argument["value"], scope) for argument in node["arguments"]])


COMPILERS: dict[str, Callable[[Node, Scope], Bound]] = {
    "Literal": compile_literal,
    "TypedLiteral": compile_typed_literal,
    "IntervalLiteral": compile_interval,
    "Column": compile_column,
    "Unary": compile_unary,
    "Binary": compile_binary,
    "Logical": compile_logical,
    "Is": compile_is,
    "Like": compile_like,
    "Between": compile_between,
    "InList": compile_in_list,
    "Cast": compile_cast,
    "Case": compile_case,
    "Call": compile_call,
    **nested.compilers(compile_expression),
}
