"""Tables of the program: DataFrames and Arrow objects that SQL names by the variable they are in.

The module asks here for a name that the catalog does not have: first among the locals, then among the globals of the
frame that made the call.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any

import pyarrow as pa

from laminardb import _ingest, codes
from laminardb.errors import LaminarError, QueryError

_PACKAGE = os.path.dirname(__file__) + os.sep

# A comprehension has a frame of its own before Python 3.12, without the variables around it.
_COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})

# Readers of which rows were taken.
_read: weakref.WeakSet[Any] = weakref.WeakSet()


@dataclass(frozen=True)
class Found:
    """What is in a variable: `open` gives an object with `__arrow_c_stream__`; None: it is no table."""

    description: str
    open: Callable[[], Any] | None = None
    may_change: bool = False
    streamed: bool = False


def find(name: str) -> Found | None:
    """What the variable `name` of the calling program is; None when there is none."""
    for variables in _variables():
        if name in variables:
            return describe(name, variables[name])
    return None


def names() -> list[str]:
    """The variables of the calling program that are tables, for "did you mean"."""
    found = {}
    for variables in _variables():
        for name, value in list(variables.items()):
            if not name.startswith("_"):
                found.setdefault(name, value)
    return [name for name, value in found.items() if not isinstance(value, dict) and _opener(name, value) is not None]


def describe(name: str, value: Any) -> Found | None:
    """`value`, which is in the variable `name`: a table, some other data, or None for code."""
    kind = _kind(value)
    found = _opener(name, value)
    if found is None:
        return None if callable(value) or isinstance(value, ModuleType) else Found(kind)
    open_table, may_change, streamed = found

    def opened() -> Any:
        try:
            return open_table()
        except LaminarError as error:
            raise QueryError(f'"{name}" ({kind}): {error}', code=codes.QUERY_FAILED) from error
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise QueryError(
                f'"{name}" ({kind}) cannot be read as a table: {error}', code=codes.QUERY_FAILED
            ) from error

    return Found(kind, opened, may_change, streamed)


def _variables() -> Iterator[dict[str, Any]]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
    while frame is not None:
        yield frame.f_locals
        if frame.f_code.co_name not in _COMPREHENSIONS:
            break
        frame = frame.f_back
    if frame is not None:
        yield frame.f_globals


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_PACKAGE) or frame.f_globals.get("__name__") == "runpy"


def _kind(value: Any) -> str:
    cls = type(value)
    module = cls.__module__.partition(".")[0]
    full = cls.__name__ if module == "builtins" else f"{module}.{cls.__name__}"
    return f"{'an' if full[:1].lower() in 'aeiou' else 'a'} {full}"


def _opener(name: str, value: Any) -> tuple[Callable[[], Any], bool, bool] | None:
    """How `value` is opened, whether its memory may change, and whether it is made while it is read."""
    numpy, pandas, polars = (sys.modules.get(module) for module in ("numpy", "pandas", "polars"))
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return lambda: pa.Table.from_pandas(value, preserve_index=False), True, False
    if polars is not None and isinstance(value, (polars.DataFrame, polars.LazyFrame)):
        return lambda: value.collect() if isinstance(value, polars.LazyFrame) else value, False, False
    if isinstance(value, pa.RecordBatchReader):
        return lambda: _once(name, value), False, True
    if isinstance(value, (pa.Table, pa.RecordBatch)):
        return lambda: value, False, False
    if isinstance(value, dict):
        if value and all(isinstance(key, str) for key in value) and all(map(_is_column, value.values())):
            return lambda: _columns(value), True, False
        return None
    if numpy is not None and isinstance(value, numpy.ndarray):
        if value.dtype.names is None or value.ndim != 1:
            return None
        return lambda: _columns({field: value[field] for field in value.dtype.names}), True, False
    if isinstance(value, type) or _is_one_column(value, pandas, polars):
        return None
    if hasattr(value, "__arrow_c_stream__"):
        return lambda: value, False, True
    dataset = sys.modules.get("pyarrow.dataset")
    if dataset is not None and isinstance(value, (dataset.Dataset, dataset.Scanner)):
        return lambda: (value.scanner() if isinstance(value, dataset.Dataset) else value).to_reader(), False, True
    if hasattr(value, "__arrow_c_array__"):
        return lambda: pa.record_batch(value), False, False
    return None


def _is_one_column(value: Any, pandas: Any, polars: Any) -> bool:
    if isinstance(value, (pa.ChunkedArray, pa.Array)):
        return True
    series = tuple(module.Series for module in (pandas, polars) if module is not None)
    return isinstance(value, series)


def _is_column(values: Any) -> bool:
    return not isinstance(values, (str, bytes, dict)) and hasattr(values, "__len__")


def _columns(data: dict[str, Any]) -> pa.Table:
    form, value = _ingest.columns(data)
    return value if form == "copied" else pa.table(value)


def _once(name: str, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    if reader in _read:
        raise QueryError(
            f'"{name}" is a RecordBatchReader whose rows were read already: it gives them once; make a new one, or a '
            "table of it with read_all() first",
            code=codes.QUERY_FAILED,
        )

    def batches() -> Iterator[pa.RecordBatch]:
        _read.add(reader)
        yield from reader

    return pa.RecordBatchReader.from_batches(reader.schema, batches())
