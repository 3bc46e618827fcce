"""Python functions as functions of SQL: their types, and arrays on their way in and out. Called by the module."""

from __future__ import annotations

import datetime
import decimal
import inspect
import types
import typing
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

_PYTHON_TYPES: dict[Any, str] = {
    bool: "BOOLEAN",
    int: "BIGINT",
    float: "DOUBLE",
    str: "VARCHAR",
    bytes: "BLOB",
    datetime.datetime: "TIMESTAMP(6)",
    datetime.date: "DATE",
    datetime.time: "TIME",
    datetime.timedelta: "INTERVAL",
    uuid.UUID: "UUID",
}

_UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def type_name(given: Any) -> str:
    """The name of a type given as a name, a pyarrow or a Python type. `Optional` says nothing: all are nullable."""
    if isinstance(given, str):
        return given
    if isinstance(given, pa.DataType):
        return _name_of_arrow(given)
    if typing.get_origin(given) in (typing.Union, types.UnionType):
        alternatives = [part for part in typing.get_args(given) if part is not type(None)]
        if len(alternatives) == 1:
            return type_name(alternatives[0])
    try:
        if given in _PYTHON_TYPES:
            return _PYTHON_TYPES[given]
    except TypeError:
        pass  # not hashable, and no type
    if given is decimal.Decimal:
        raise TypeError("Decimal says nothing of its digits: give the type as 'DECIMAL(18, 2)'")
    raise TypeError(f"{given!r} is no type: give a name of SQL or Arrow, a pyarrow type or a Python type")


def _name_of_arrow(given: pa.DataType) -> str:
    if pa.types.is_timestamp(given):
        return f"TIMESTAMP({_UNITS[given.unit]})" + (" WITH TIME ZONE" if given.tz else "")
    if pa.types.is_decimal(given):
        return f"DECIMAL({given.precision}, {given.scale})"
    if pa.types.is_date(given):
        return "DATE"
    if pa.types.is_time(given):
        return f"TIME({_UNITS[given.unit]})"
    if pa.types.is_duration(given) or pa.types.is_interval(given):
        return "INTERVAL"
    if pa.types.is_string(given) or pa.types.is_large_string(given) or pa.types.is_string_view(given):
        return "VARCHAR"
    if pa.types.is_binary(given) or pa.types.is_large_binary(given) or pa.types.is_binary_view(given):
        return "BLOB"
    return str(given)


def signature(code: Any, args: Sequence[Any] | None, returns: Any, annotated: str) -> tuple[list[str], str, str]:
    """Names of the types of arguments and result, and one line of help.

    `annotated` says whose annotations tell what is not given: of the "function", of an "aggregate" with its `step` and
    `finalize`, or nobody's (empty), as arrays are annotated as arrays.
    """
    if isinstance(args, str):
        raise TypeError("args is a list of types: [str], not a name")
    if args is None:
        args = _annotations(code.step if annotated == "aggregate" else code, annotated, "args")
        if annotated == "aggregate" and inspect.isclass(code):
            args = args[1:] if args and args[0] is _UNKNOWN else args
        missing = [index for index, each in enumerate(args) if each is _UNKNOWN]
        if missing:
            raise TypeError(f"argument {missing[0] + 1} has no annotation: give args, a type for each argument")
    if returns is None:
        of = code.finalize if annotated == "aggregate" else code
        returns = _annotation_of_result(of, annotated)
    doc = inspect.getdoc(code) or "" if inspect.isroutine(code) or inspect.isclass(code) else ""
    help_line = doc.splitlines()[0].strip() if doc else ""
    return [type_name(each) for each in args], type_name(returns), help_line


_UNKNOWN = object()


def _hints(of: Callable[..., Any]) -> dict[str, Any]:
    # Annotations may be texts, and may name what is not there.
    try:
        return typing.get_type_hints(of if inspect.isroutine(of) else type(of).__call__)
    except NameError as error:
        raise TypeError(f"the annotations cannot be read ({error}): give args and returns") from None


def _annotations(of: Callable[..., Any], annotated: str, missing: str) -> list[Any]:
    if not annotated:
        raise TypeError(f"give {missing}: a function of arrays does not say what is in them")
    try:
        parameters = inspect.signature(of).parameters.values()
    except ValueError:
        raise TypeError(f"give {missing}: this function does not say what it takes") from None
    if any(each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in parameters):
        raise TypeError(f"give {missing}: the function takes any number of arguments")
    hints = _hints(of)
    return [hints.get(each.name, _UNKNOWN) for each in parameters if each.default is each.empty]


def _annotation_of_result(of: Callable[..., Any], annotated: str) -> Any:
    if not annotated:
        raise TypeError("give returns: a function of arrays does not say what is in its result")
    hints = _hints(of)
    if "return" not in hints:
        raise TypeError("the result has no annotation: give returns")
    return hints["return"]


def batch(array: int, schema: int) -> pa.RecordBatch:
    """The arguments of a call, from the addresses of two C structs."""
    return pa.RecordBatch._import_from_c(array, schema)


def values(arguments: pa.RecordBatch, index: int) -> list[Any]:
    """One argument as Python values."""
    return arguments.column(index).to_pylist()


def call(code: Callable[..., Any], arguments: pa.RecordBatch, numpy: bool) -> Any:
    """What the function answers to the arrays of the arguments."""
    columns = arguments.columns
    return code(*[column.to_numpy(zero_copy_only=False) for column in columns] if numpy else columns)


def array(result: Any) -> pa.Array | None:
    """The Arrow array that the result is or becomes; nothing when it is a single value."""
    if isinstance(result, pa.Array):
        return result
    if isinstance(result, pa.ChunkedArray):
        return result.combine_chunks()
    if isinstance(result, pa.Scalar | str | bytes) or result is None:
        return None
    if hasattr(result, "__arrow_c_array__") and not hasattr(result, "__arrow_c_stream__"):
        return pa.array(result)
    if getattr(result, "ndim", None) == 0:
        return None  # of NumPy
    if hasattr(result, "__arrow_c_stream__"):  # polars, pandas
        return pa.chunked_array(result).combine_chunks()
    if hasattr(result, "__array__"):  # NumPy
        made = pa.array(result)
        return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
    return None


def single(result: Any) -> Any:
    """The one value that a function of a whole group gave."""
    made = array(result)
    if made is None:
        return result
    if len(made) != 1:
        raise ValueError(f"{len(made)} values were given for a group: an aggregate gives one")
    return made[0]
