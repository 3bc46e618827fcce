"""Macros of CREATE FUNCTION: a call is the body with the arguments in the place of the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .bound import Node


@dataclass(frozen=True)
class Macro:
    parameters: tuple[tuple[str, Node], ...]  # names in lower case, types
    returns: Node
    body: Node


Macros = dict[str, list[Macro]]


def from_statement(statement: Node) -> Macro:
    parameters = tuple((each["name"]["name"].lower(), each["type"]) for each in statement["parameters"])
    return Macro(parameters, statement["returns"], statement["body"])


def expanded(node: Any, macros: Macros) -> Any:
    """The tree without calls of macros; each argument and each body is cast to its declared type.

    Overloads are told apart by the number of their parameters alone.
    """
    if isinstance(node, list):
        return [expanded(item, macros) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: expanded(value, macros) for key, value in node.items()}
    if node.get("kind") != "Call":
        return node
    name = node["function"]["parts"][-1]["name"].lower()
    arguments = node["arguments"]
    for macro in macros.get(name, []):
        if len(macro.parameters) == len(arguments):
            values = {
                parameter: cast(argument["value"], of, node)
                for (parameter, of), argument in zip(macro.parameters, arguments, strict=True)
            }
            return {**cast(replaced(expanded(macro.body, macros), name, values), macro.returns, node), "macro": name}
    return node


def replaced(node: Any, name: str, values: dict[str, Node]) -> Any:
    """Columns of the body are parameters, bare or qualified by the macro's name."""
    if isinstance(node, list):
        return [replaced(item, name, values) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("kind") == "Column":
        return values[node["parts"][-1]["name"].lower()]
    return {key: replaced(value, name, values) for key, value in node.items()}


def cast(operand: Node, to: Node, place: Node) -> Node:
    return {"kind": "Cast", "span": place["span"], "operand": operand, "type": to, "or_null": False}
