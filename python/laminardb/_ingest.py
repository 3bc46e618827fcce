"""Sorts out what was given to `insert`: everything but a dict and a list of dicts, which the module reads itself.

`convert` answers with a pair of what it is and the value in the form that the module reads:

    "rows"     a list of dicts
    "columns"  a dict of sequences, all as long as each other
    "arrow"    an object with `__arrow_c_stream__`, whose memory does not change any more
    "copied"   likewise, but its owner may change the memory later
    "nested"   as "arrow", with lists or structs among the columns, which JSON columns take as text: see `json_columns`
    "each"     an iterator, every item of which is an insert of its own
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from laminardb import codes
from laminardb.errors import IngestionError

# Kinds of NumPy type whose arrays become Arrow arrays as they are; all others are read cell by cell.
_ARROW_KINDS = "biufU"

# Units of datetime64 that Arrow does not have, and the one that holds them without loss.
_WIDER_UNIT = {"Y": "D", "M": "D", "W": "D", "h": "s", "m": "s"}


def keys(data: Any, names: list[str]) -> Any:
    """The keys that `delete` was given, as rows: values and tuples become dicts, rows stay what they are."""
    items = data if isinstance(data, (list, set, frozenset)) else [data]
    if any(isinstance(item, Mapping) or not _is_key(item) for item in items) or not items:
        return data
    rows = []
    for item in items:
        values = item if isinstance(item, tuple) else (item,)
        if len(values) != len(names):
            raise IngestionError(
                f"a key of ({', '.join(names)}) has {len(names)} values, not {len(values)}: {item!r}",
                codes.BATCH_SCHEMA_MISMATCH,
            )
        rows.append(dict(zip(names, values, strict=True)))
    return rows


def _is_key(item: Any) -> bool:
    """A value of a cell, or a tuple of them."""
    if isinstance(item, tuple) and not hasattr(item, "_fields"):
        return bool(item) and all(map(_is_key, item))
    return isinstance(item, (str, bytes, bool, int, float, Decimal, date, time, timedelta, UUID))


def convert(data: Any) -> tuple[str, Any]:
    """What `data` is, see the module.

    Raises:
        TypeError: it is nothing that rows can be read from.
        IngestionError: 302, its columns do not fit together.
    """
    if isinstance(data, (str, bytes, type)) or data is None:
        raise _not_rows(data)
    if isinstance(data, (list, tuple)) and not hasattr(data, "_fields"):
        if not data:
            raise TypeError("there is nothing to insert: the list is empty")
        return "rows", [_row_at(i, item) for i, item in enumerate(data)]
    numpy, pandas, polars = (sys.modules.get(name) for name in ("numpy", "pandas", "polars"))
    if numpy is not None:
        if isinstance(data, numpy.ndarray):
            return _columns_of_array(numpy, data)
        if isinstance(data, numpy.void) and data.dtype.names:
            return "rows", [{name: data[name] for name in data.dtype.names}]
    if pandas is not None and isinstance(data, pandas.DataFrame):
        return _columns_of_pandas(pandas, data)
    if polars is not None and isinstance(data, (polars.DataFrame, polars.LazyFrame)):
        return _columns_of_polars(polars, data.lazy().collect() if isinstance(data, polars.LazyFrame) else data)
    row = _as_row(data)
    if row is not None:
        return "rows", [row]
    if isinstance(data, Iterator) or hasattr(data, "__next__"):
        return "each", iter(data)
    if hasattr(data, "__arrow_c_stream__"):
        if isinstance(data, pa.ChunkedArray) or _is_series(data):
            raise _not_rows(data)
        if isinstance(data, (pa.Table, pa.RecordBatch)) and any(map(pa.types.is_nested, data.schema.types)):
            return "nested", data
        return "arrow", data
    if hasattr(data, "__arrow_c_array__"):
        if isinstance(data, pa.Array) and not isinstance(data, pa.StructArray):
            raise _not_rows(data)
        return "arrow", _arrow(lambda: pa.record_batch(data))
    if hasattr(data, "__dataframe__"):
        from pyarrow.interchange import from_dataframe

        return "copied", _arrow(lambda: from_dataframe(data))
    raise _not_rows(data)


def row(data: Any) -> dict[Any, Any]:
    """One item of a list as a dict; `TypeError` when it is no row."""
    found = _as_row(data)
    if found is None:
        raise TypeError(f"a row must be a dict, a dataclass instance or a pydantic model, not {type(data).__name__}")
    return found


def columns(data: dict[Any, Any]) -> tuple[str, Any]:
    """A dict of columns as "columns", or as "copied" when Arrow can take the arrays whole.

    Raises:
        IngestionError: 302, the columns are not equally long.
    """
    lengths = {name: len(values) for name, values in data.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f'"{name}" has {length}' for name, length in lengths.items())
        raise _misfit(f"the columns are not equally long: {found} rows")
    if all(_is_arrow_like(values) for values in data.values()):
        return "copied", _arrow(lambda: pa.table({str(name): _arrow_array(v) for name, v in data.items()}))
    return "columns", {name: _cells(values) for name, values in data.items()}


def nearest(name: str, names: list[str]) -> list[str]:
    """Those of `names` that `name` may have been meant to be, best first."""
    by_lower = {known.lower(): known for known in names}
    return [by_lower[found] for found in difflib.get_close_matches(name.lower(), by_lower, cutoff=0.5)]


def rows_of_columns(data: dict[Any, list[Any]]) -> list[dict[Any, Any]]:
    """The rows of a dict of equally long lists."""
    return [dict(zip(data, cells, strict=True)) for cells in zip(*data.values(), strict=True)]


def nested_rows(rows: list[dict[Any, Any]], schema: pa.Schema) -> pa.Table:
    """Rows for a relation with lists, structs or maps, which Arrow converts by the relation's schema. The other columns
    go as what they are, so that they are coerced as everywhere: texts to timestamps, say.

    Raises:
        IngestionError: 302, naming the column and the row.
    """
    names = {name.lower(): i for i, name in enumerate(schema.names)}
    # A column that no row names may be generated.
    given = {str(key).lower() for item in rows for key in item} or set(names)
    cells: list[list[Any]] = [[None] * len(rows) for _ in schema.names]
    for i, item in enumerate(rows):
        for key, value in item.items():
            column = names.get(str(key).lower())
            if column is None:
                raise _misfit(f'there is no column "{key}": row {i + 1}')
            cells[column][i] = value
    arrays = {
        field.name: _typed_column(field, values) if pa.types.is_nested(field.type) else _flat_column(field, values)
        for field, values in zip(schema, cells, strict=True)
        if field.name.lower() in given
    }
    return pa.table(list(arrays.values()), names=list(arrays))


def _flat_column(field: pa.Field, values: list[Any]) -> pa.Array:
    if any(value is not None for value in values):
        try:
            return pa.array(values)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            pass  # values of several types, or that Arrow knows only when it is told what they are
    return _typed_column(field, values)


def _typed_column(field: pa.Field, values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as whole:
        for i, value in enumerate(values):
            try:
                pa.scalar(value, field.type)
            except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
                raise _misfit(
                    f'column "{field.name}": row {i + 1}: {value!r} does not fit {field.type}: {error}'
                ) from error
        raise _misfit(f'column "{field.name}": {whole}') from whole


def _row_at(index: int, item: Any) -> dict[Any, Any]:
    try:
        return row(item)
    except TypeError as error:
        raise TypeError(f"item {index}: {error}") from None


def _as_row(data: Any) -> dict[Any, Any] | None:
    if isinstance(data, dict):
        return data
    if isinstance(data, Mapping):
        return dict(data)
    if isinstance(data, type):
        return None
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return dict(zip(data._fields, data, strict=True))
    if dataclasses.is_dataclass(data):
        return {field.name: getattr(data, field.name) for field in dataclasses.fields(data)}
    if hasattr(type(data), "__pydantic_fields__"):
        return dict(data)
    return None


def json_columns(data: pa.Table | pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """The same rows, with text where a relation of `schema` has JSON and the data lists, structs or maps.

    Raises:
        IngestionError: 302, a value has no form in JSON.
    """
    table = pa.table(data)
    targets = {field.name.lower(): field.type for field in schema}
    for i, field in enumerate(table.schema):
        if pa.types.is_nested(field.type) and isinstance(targets.get(field.name.lower()), pa.JsonType):
            texts = [_json_cell(field.name, row, value) for row, value in enumerate(table[i].to_pylist(), 1)]
            table = table.set_column(i, field.name, pa.array(texts, pa.string()))
    return table


def json_text(value: Any) -> str | None:
    """A container as JSON, also one of dataclass instances and pydantic models; `None` when it is no container.

    Raises:
        TypeError, ValueError: it holds what JSON does not have.
    """
    if isinstance(value, (dict, list, tuple)) or _as_row(value) is not None:
        return json.dumps(value, allow_nan=False, default=_json_object)
    return None


def _json_object(value: Any) -> dict[Any, Any]:
    row = _as_row(value)
    if row is None:
        raise TypeError(f"{type(value).__name__} is not JSON")
    return row


def _json_cell(column: str, row: int, value: Any) -> str | None:
    try:
        return None if value is None else json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise _misfit(f'column "{column}": row {row}: {value!r} does not fit JSON: {error}') from error


def _columns_of_pandas(pandas: Any, frame: Any) -> tuple[str, Any]:
    """As Arrow has them; cell by cell when a column holds Python objects of which Arrow makes nothing, or something
    else than the column of the relation might: mixed types, dicts, UUIDs."""
    names = [str(name) for name in frame.columns]
    _check_names(names)
    # pa.Table.from_pandas also describes the frame, for the way back, which takes longer than all the rest.
    try:
        columns = [_column_of_pandas(pandas, series) for _, series in frame.items()]
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        columns = []
    if len(columns) == len(names) and not any(_is_container(array.type) for array, _ in columns):
        table = pa.table([array for array, _ in columns], names=names)
        return "arrow" if all(is_fixed for _, is_fixed in columns) else "copied", table
    cells = {}
    for name, (_, series) in zip(names, frame.items(), strict=True):
        objects = series.to_numpy(dtype=object)
        missing = pandas.isna(objects)
        cells[name] = [None if gone else cell for cell, gone in zip(objects, missing, strict=True)]
    return "columns", cells


def _column_of_pandas(pandas: Any, series: Any) -> tuple[Any, bool]:
    """A column as an Arrow array, and whether nobody can change its memory any more."""
    values = series.array
    if isinstance(values, pandas.arrays.ArrowExtensionArray):
        return pa.array(values), True
    if isinstance(values, pandas.arrays.NumpyExtensionArray) and values.dtype.kind in "biuf":
        return pa.array(values.to_numpy().copy(), from_pandas=True), True
    return pa.array(series, from_pandas=True), False


def _is_container(type_: pa.DataType) -> bool:
    return pa.types.is_nested(type_) or isinstance(type_, pa.BaseExtensionType)


def _columns_of_polars(polars: Any, frame: Any) -> tuple[str, Any]:
    # These have no Arrow type; Object columns export the addresses of their objects.
    own = (polars.Object, polars.Int128, polars.UInt128)
    if any(dtype in own for dtype in frame.dtypes):
        return "columns", {series.name: series.to_list() for series in frame}
    return ("nested", frame.to_arrow()) if any(dtype.is_nested() for dtype in frame.dtypes) else ("arrow", frame)


def _check_names(names: list[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise _misfit(f'column "{name}" is given twice')


def _columns_of_array(numpy: Any, array: Any) -> tuple[str, Any]:
    if array.dtype.names is None:
        raise TypeError("a NumPy array needs named fields (a structured dtype) to be inserted")
    if array.ndim != 1:
        raise TypeError(f"a structured NumPy array must have one dimension, not {array.ndim}")
    return columns({name: array[name] for name in array.dtype.names})


def _is_arrow_like(values: Any) -> bool:
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(values, numpy.ndarray):
        if values.ndim != 1:
            raise _misfit(f"a column must have one dimension, not {values.ndim}")
        if values.dtype.kind == "M":
            # Past a nanosecond a point in time may have digits that no column has, which every cell is asked for.
            return numpy.datetime_data(values.dtype)[0] not in ("ps", "fs", "as", "generic")
        return bool((values.dtype.kind in _ARROW_KINDS and values.dtype.itemsize <= 8) or values.dtype.kind == "U")
    return hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__") or _is_pandas_column(values)


def _is_series(values: Any) -> bool:
    polars = sys.modules.get("polars")
    return _is_pandas_column(values) or (polars is not None and isinstance(values, polars.Series))


def _is_pandas_column(values: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(values, (pandas.Series, pandas.Index))


def _arrow_array(values: Any) -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(values, numpy.ndarray):
        mask = numpy.ma.getmaskarray(values) if isinstance(values, numpy.ma.MaskedArray) else None
        plain = numpy.asarray(values)
        if plain.dtype.byteorder not in "=|":
            plain = plain.astype(plain.dtype.newbyteorder("="))
        if plain.dtype.kind == "M":
            unit, count = numpy.datetime_data(plain.dtype)
            if unit in _WIDER_UNIT or count > 1:
                plain = plain.astype(f"datetime64[{_WIDER_UNIT.get(unit, unit)}]")
        return pa.array(plain, mask=mask)
    if _is_pandas_column(values):
        return pa.Array.from_pandas(values)
    if hasattr(values, "__arrow_c_stream__"):
        return pa.chunked_array(values)
    return pa.array(values)


def _cells(values: Any) -> Any:
    """A column as a list of values that the module reads one by one."""
    if isinstance(values, (list, tuple)):
        return list(values)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(values, numpy.ndarray):
        # tolist() makes bare integers of points in time, and loses what float cannot hold.
        if (values.dtype.kind in "biufUSO" and values.dtype.itemsize <= 8) or values.dtype.kind in "USO":
            return values.tolist()
        return list(values)
    if _is_pandas_column(values):
        return list(values)
    arrow = _arrow_array(values)
    return arrow.to_pylist()


def _arrow(make: Any) -> Any:
    """What `make` makes; what Arrow has against the data is the data's fault."""
    try:
        return make()
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise _misfit(f"the data cannot be read as Arrow columns: {error}") from error


def _misfit(message: str) -> IngestionError:
    return IngestionError(message, code=codes.BATCH_SCHEMA_MISMATCH)


def _not_rows(data: Any) -> TypeError:
    name = data.__name__ if isinstance(data, type) else type(data).__name__
    return TypeError(
        f"cannot insert {name}: give a dict, a list of dicts, a dict of columns, a DataFrame, Arrow data, a structured "
        "NumPy array, dataclass instances, pydantic models, or an iterator of these"
    )
