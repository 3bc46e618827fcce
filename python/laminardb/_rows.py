"""Rows of a result as Python values, a bounded number of them at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from laminardb import QueryResult

_ROWS_AT_A_TIME = 4096


def iterate(reader: pa.RecordBatchReader) -> Iterator[tuple[Any, ...]]:
    """The rows of a reader as tuples, in order."""
    for batch in reader:
        for begin in range(0, batch.num_rows, _ROWS_AT_A_TIME):
            part = batch.slice(begin, _ROWS_AT_A_TIME)
            yield from zip(*(column.to_pylist() for column in part.columns), strict=True)


def numpy_columns(result: QueryResult) -> dict[str, Any]:
    """One array per column; a column with NULLs becomes what `pyarrow.Array.to_numpy` makes of it."""
    table = pa.RecordBatchReader.from_stream(result).read_all()
    return {name: column.to_numpy() for name, column in zip(table.column_names, table.columns, strict=True)}
