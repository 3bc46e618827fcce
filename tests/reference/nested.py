"""Lists, structs and maps: a list is the tuple of its elements, a struct that of its fields, a map one of pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bound import Bound, Node, Scope, Values, strict, unify
from .values import (
    BIGINT,
    BOOLEAN,
    NULL,
    VARCHAR,
    BindError,
    RowError,
    Type,
    list_type,
    map_type,
    sort_key,
    struct_type,
)

Compile = Callable[[Node, Scope], Bound]


def make_list(values: list[Bound]) -> Bound:
    values = unify(values, "an array")
    return Bound(
        list_type(values[0].type if values else NULL), lambda row: tuple(value.evaluate(row) for value in values)
    )


def make_struct(names: list[str], values: list[Bound]) -> Bound:
    fields = [(name, value.type) for name, value in zip(names, values, strict=True)]
    return Bound(struct_type(fields), lambda row: tuple(value.evaluate(row) for value in values))


def make_map(arguments: list[Bound]) -> Bound:
    keys, values = arguments

    def pairs(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(first) != len(second) or None in first or len(set(first)) < len(first):
            raise RowError("keys of a map")
        return tuple(zip(first, second, strict=True))

    return strict(map_type(element(keys), element(values)), pairs, keys, values)


def element(value: Bound) -> Type:
    if value.type.kind != "LIST":
        raise BindError(f"{value.type} is no list")
    return value.type.children[0][1]


def field_of(value: Bound, name: str) -> Bound:
    if value.type.kind != "STRUCT":
        raise BindError(f"{value.type} has no fields")
    names = [field.lower() for field, _ in value.type.children]
    if name.lower() not in names:
        raise BindError(f"no field {name}")
    place = names.index(name.lower())
    return strict(value.type.children[place][1], lambda fields: fields[place], value)


def subscript(value: Bound, index: Bound) -> Bound:
    if value.type.kind == "LIST":
        return strict(element(value), element_at, value, index.to(BIGINT))
    if value.type.kind == "MAP":
        key, result = (t for _, t in value.type.children)
        return strict(
            result,
            lambda pairs, wanted: next((v for k, v in pairs if sort_key(k, key) == sort_key(wanted, key)), None),
            value,
            index.to(key),
        )
    if value.type.kind == "STRUCT":
        return field_of(value, index.evaluate(()))
    raise BindError(f"{value.type} has no elements")


def element_at(values: tuple[Any, ...], index: int) -> Any:
    place = index - 1 if index > 0 else len(values) + index
    return values[place] if 0 <= place < len(values) and index != 0 else None


def slice_of(value: Bound, low: Bound | None, high: Bound | None) -> Bound:
    def evaluate(row: Values) -> Any:
        values = value.evaluate(row)
        if values is None:
            return None
        first, last = (bound.evaluate(row) if bound else None for bound in (low, high))
        first, last = 1 if first is None else first, len(values) if last is None else last
        first, last = (bound + len(values) + 1 if bound < 0 else bound for bound in (first, last))
        return values[max(first, 1) - 1 : max(last, 0)]

    return Bound(value.type, evaluate)


# ------------------------------------------------------------------------------------------------------ syntax


def compilers(compile_expression: Compile) -> dict[str, Compile]:
    def every(nodes: list[Node], scope: Scope) -> list[Bound]:
        return [compile_expression(node, scope) for node in nodes]

    def optional(node: Node | None, scope: Scope) -> Bound | None:
        return compile_expression(node, scope).to(BIGINT) if node else None

    def row(node: Node, scope: Scope) -> Bound:
        values = every(node["values"], scope)
        return make_struct([f"f{place}" for place in range(1, len(values) + 1)], values)

    def structure(node: Node, scope: Scope) -> Bound:
        fields = node["fields"]
        return make_struct([field["name"]["name"] for field in fields], every([f["value"] for f in fields], scope))

    def mapping(node: Node, scope: Scope) -> Bound:
        entries = node["entries"]
        return make_map([make_list(every([entry[side] for entry in entries], scope)) for side in ("key", "value")])

    return {
        "Array": lambda node, scope: make_list(every(node["values"], scope)),
        "Row": row,
        "Struct": structure,
        "Map": mapping,
        "Subscript": lambda node, scope: subscript(*every([node["operand"], node["index"]], scope)),
        "Slice": lambda node, scope: slice_of(
            compile_expression(node["operand"], scope), optional(node["low"], scope), optional(node["high"], scope)
        ),
        "Field": lambda node, scope: field_of(compile_expression(node["operand"], scope), node["field"]["name"]),
    }


# ------------------------------------------------------------------------------------------------------ functions


def with_element(arguments: list[Bound]) -> list[Bound]:
    """A list and a value in their common type."""
    values, wanted = arguments
    one, wanted = unify([Bound(element(values), lambda row: None), wanted], "a list")
    return [values.to(list_type(one.type)), wanted]


def position(arguments: list[Bound]) -> Bound:
    values, wanted = with_element(arguments)
    t = wanted.type

    def find(elements: tuple[Any, ...], value: Any) -> int | None:
        keys = [None if e is None else sort_key(e, t) for e in elements]
        key = sort_key(value, t)
        return keys.index(key) + 1 if key in keys else None

    return strict(BIGINT, find, values, wanted)


def contains(arguments: list[Bound]) -> Bound:
    values, wanted = with_element(arguments)
    found = position(arguments)

    def evaluate(row: Values) -> Any:
        if values.evaluate(row) is None or wanted.evaluate(row) is None:
            return None
        return found.evaluate(row) is not None

    return Bound(BOOLEAN, evaluate)


def concatenated(arguments: list[Bound]) -> Bound:
    lists = unify(arguments, "list_concat")

    def evaluate(row: Values) -> Any:
        known = [part for part in (value.evaluate(row) for value in lists) if part is not None]
        return sum(known, ()) if known else None

    return Bound(lists[0].type, evaluate)


def appended(arguments: list[Bound]) -> Bound:
    values, wanted = with_element(arguments)
    return Bound(values.type, lambda row: (values.evaluate(row) or ()) + (wanted.evaluate(row),))


def of_values(result: Callable[[Type], Type], function: Callable[[list[Any], Type], Any]) -> Callable[..., Bound]:
    """A function of the elements that are not NULL."""

    def bind(arguments: list[Bound]) -> Bound:
        t = element(arguments[0])
        return strict(result(t), lambda values: function([v for v in values if v is not None], t), arguments[0])

    return bind


def sorted_values(arguments: list[Bound]) -> Bound:
    t = element(arguments[0])

    def sort(values: tuple[Any, ...]) -> tuple[Any, ...]:
        known = sorted((value for value in values if value is not None), key=lambda value: sort_key(value, t))
        return tuple(known) + (None,) * (len(values) - len(known))

    return strict(arguments[0].type, sort, arguments[0])


def side(place: int) -> Callable[[list[Bound]], Bound]:
    def bind(arguments: list[Bound]) -> Bound:
        (value,) = arguments
        return strict(list_type(value.type.children[place][1]), lambda pairs: tuple(p[place] for p in pairs), value)

    return bind


def size(arguments: list[Bound]) -> Bound:
    return strict(BIGINT, len, arguments[0] if arguments[0].type.is_nested else arguments[0].to(VARCHAR))


def extreme(choose: Callable[..., Any]) -> Callable[..., Bound]:
    return of_values(lambda t: t, lambda values, t: choose(values, key=lambda v: sort_key(v, t)) if values else None)


FUNCTIONS: dict[str, Callable[[list[Bound]], Bound]] = {
    "list_value": make_list,
    "map": make_map,
    "cardinality": size,
    "array_length": size,
    "len": size,
    "list_contains": contains,
    "list_position": position,
    "list_concat": concatenated,
    "list_append": appended,
    "list_extract": lambda arguments: subscript(*arguments),
    "list_sum": of_values(
        lambda t: BIGINT if t.is_integer else Type("DOUBLE"), lambda values, t: sum(values) if values else None
    ),
    "list_min": extreme(min),
    "list_max": extreme(max),
    "list_sort": sorted_values,
    "list_distinct": of_values(list_type, lambda values, t: tuple(dict.fromkeys(values))),
    "map_keys": side(0),
    "map_values": side(1),
}
