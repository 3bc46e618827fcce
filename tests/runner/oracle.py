"""DuckDB as an oracle: the same SELECT over the same accepted rows, where DuckDB can express it.

Streams and views become DuckDB views. TUMBLE and HOP over a source become arithmetic, fed with the rows that are not
late; on window close, with those of closed windows. Everything else that DuckDB does not have, or means otherwise, is
left out: `Inexpressible` says why.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from reference import Catalog, Evaluator, Log
from reference.catalog import NamedQuery, last_name
from reference.grouping import window_column, window_kind
from reference.log import NO_WATERMARK, Source, unit_of
from reference.query import lateness_of
from reference.values import Type

from .oracle_windows import BOUNDS, Emission, Inexpressible, end_in_nanos, windowed_rows
from .rows import ComparableRow, from_arrow, quoted, to_arrow

# Of one meaning here and in DuckDB. The others differ in some corner, or DuckDB lacks them.
FUNCTIONS = {
    *("count", "sum", "avg", "min", "max", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor"),
    *("var_pop", "var_samp", "variance", "stddev_pop", "stddev_samp", "stddev", "covar_pop", "covar_samp", "median"),
    *("regr_count", "regr_sxy", "regr_avgx", "regr_avgy", "quantile_cont", "percentile_cont"),
    *("quantile_disc", "percentile_disc", "string_agg", "skewness", "kurtosis", "entropy", "mad"),
    *("abs", "ceil", "ceiling", "floor", "sign", "exp", "mod", "greatest", "least", "coalesce", "nullif"),
    *("length", "char_length", "lower", "upper", "trim", "ltrim", "rtrim", "strpos", "replace", "left", "right"),
    *("lpad", "rpad", "reverse", "repeat", "concat", "concat_ws", "starts_with", "ends_with", "contains"),
    *("date_part", "extract", "year", "month", "day", "hour", "minute", "second", "epoch_ms"),
}
KINDS = {
    *("Literal", "TypedLiteral", "IntervalLiteral", "Column", "Star", "Unary", "Binary", "Logical", "Is", "Like"),
    *("Between", "InList", "Cast", "Case", "Call", "NamedTable", "SubqueryTable", "SelectBody", "ValuesBody"),
    *("SetOperationBody", "NestedBody", "JoinTable", "InSubquery", "Exists", "ScalarSubquery", "Quantified", "Row"),
}


NUMBERS = itertools.count()


@functools.cache
def instance() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"threads": 1})


@dataclass(frozen=True)
class Edit:
    begin: int
    end: int
    text: str


class Oracle:
    """A database of its own in the one instance of DuckDB that this process has: to start one takes longer than most
    scenarios."""

    def __init__(self, catalog: Catalog, log: Log, evaluator: Evaluator):
        self._catalog = catalog
        self._log = log
        self._evaluator = evaluator
        self._duck = instance().cursor()
        self._database = f"scenario{next(NUMBERS)}"
        self._duck.execute(f"ATTACH ':memory:' AS {self._database}; USE {self._database}")
        self._duck.execute("SET integer_division = true; SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
        self._loaded: dict[str, tuple[Source, int, int]] = {}  # by name, with its last call loaded and its width
        self._loaded_tables: dict[str, tuple[Any, list[Any], int]] = {}  # by name, with its rows and their width

    def close(self) -> None:
        self._duck.execute(f"USE memory; DETACH {self._database}")
        self._duck.close()

    def contents(self, name: str, types: list[Type]) -> list[ComparableRow]:
        """`types` are those of the answer by the reference."""
        query = self._catalog.queries[name.lower()]
        return self._answer(query.query, query.text, self._emission(query), types)

    def ask(self, query: dict[str, Any], sql: str, types: list[Type]) -> list[ComparableRow]:
        begin, end = query["span"]
        return self._answer(query, sql.encode()[begin:end].decode(), Emission(False, lateness_of(query)), types)

    def _emission(self, query: NamedQuery) -> Emission:
        return Emission(self._evaluator.shows_closed(query), lateness_of(query.query))

    def _answer(self, query: dict[str, Any], text: str, emission: Emission, types: list[Type]) -> list[ComparableRow]:
        for source in self._catalog.sources.values():
            self._load(source)
        for table in self._catalog.tables.values():
            self._load_table(table)
        sql = ""
        try:
            sql = self._translate(query, text, emission)
            answer = self._duck.sql(sql).to_arrow_table()
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.NotImplementedException) as error:
            raise Inexpressible(str(error).splitlines()[0]) from None
        except (duckdb.InvalidInputException, duckdb.OutOfRangeException, duckdb.ConversionException) as error:
            # It evaluates operands that TRUE OR … and FILTER make unnecessary, in an order of its own.
            raise Inexpressible(f"fails where it need not: {str(error).splitlines()[0]}") from None
        except duckdb.ParserException as error:
            raise Inexpressible(f"{sql}: {error}") from None
        for t, column in zip(types, answer.columns, strict=True):
            if t.is_float and pa.types.is_decimal(column.type):
                raise Inexpressible(f"{column.type} where the dialect has {t}")  # quantiles of decimals: it rounds them
        return from_arrow(answer)

    # ---------------------------------------------------------------------------------------------- rows

    def _load(self, source: Source) -> None:
        """Brings the table of a source up to date. `$before` is the watermark its rows met, in nanoseconds."""
        key, table = source.name.lower(), quoted(source.name + "$log")
        known, last, width = self._loaded.get(key, (None, 0, 0))
        if known is not source or width != len(source.columns):
            last = 0
            columns = ", ".join(f"{quoted(name)} {duck_type(t)}" for name, t in source.columns)
            self._duck.execute(f'CREATE OR REPLACE TABLE {table} ({columns}, "$before" BIGINT)')
            self._duck.execute(
                f"CREATE OR REPLACE VIEW {quoted(source.name)} AS SELECT {columns_of(source)} FROM {table}"
            )
        line = self._log.line([source.name])
        for call in self._log.calls:
            if call.source != key or call.sequence <= last:
                continue
            last = call.sequence
            if not call.rows:
                continue
            before = line.before(call.sequence)
            rows = [(*row, None if before == NO_WATERMARK else before) for row in call.rows]
            names = [name for name, _ in source.columns] + ["$before"]
            batch = to_arrow(rows, names, [t for _, t in source.columns] + [Type("BIGINT")])
            self._duck.register("batch", batch)
            self._duck.execute(f"INSERT INTO {table} SELECT * FROM batch")
            self._duck.unregister("batch")
        self._loaded[key] = (source, last, len(source.columns))

    def _load_table(self, table: Any) -> None:
        """Its rows are never changed in place: other rows are another list."""
        known, rows, width = self._loaded_tables.get(table.name, (None, None, 0))
        if known is table and rows is table.rows and width == len(table.columns):
            return
        self._loaded_tables[table.name] = (table, table.rows, len(table.columns))
        names, types = zip(*table.columns, strict=True)
        columns = ", ".join(f"{quoted(name)} {duck_type(t)}" for name, t in table.columns)
        self._duck.execute(f"CREATE OR REPLACE TABLE {quoted(table.name)} ({columns})")
        self._duck.register("batch", to_arrow(table.rows, list(names), list(types)))
        self._duck.execute(f"INSERT INTO {quoted(table.name)} SELECT * FROM batch")
        self._duck.unregister("batch")

    # ---------------------------------------------------------------------------------------------- text

    def _translate(self, query: dict[str, Any], text: str, emission: Emission) -> str:
        """`text` is exactly what the spans of `query` count from its begin."""
        origin = query["span"][0]
        if query["emit"]:
            text = text.encode()[: query["emit"]["span"][0] - origin].decode()
        edits: list[Edit] = []
        self._body(query["body"], emission, edits)
        for table in query["with"]:
            self._body(table["query"]["body"], emission, edits)
        local = {table["name"]["name"].lower() for table in query["with"]}
        for node in nodes(query):
            self._check(node, emission, edits, local)
        for node in nodes(query):
            edits += population_variance(node, text.encode(), origin)
        out = text.encode()
        for edit in sorted(edits, key=lambda edit: -edit.begin):
            out = out[: edit.begin - origin] + edit.text.encode() + out[edit.end - origin :]
        return out.decode()

    def _check(self, node: dict[str, Any], emission: Emission, edits: list[Edit], local: set[str]) -> None:
        kind = node.get("kind")
        if kind is None or any(edit.begin <= node["span"][0] and node["span"][1] <= edit.end for edit in edits):
            return
        if kind not in KINDS:
            raise Inexpressible(kind)
        if kind == "Call":
            name = node["function"]["parts"][-1]["name"].lower()
            if name not in FUNCTIONS and not (name == "row_number" and node["over"]):
                raise Inexpressible(name)
            if name == "string_agg" and not node["order_by"]:
                raise Inexpressible("rows in the order of event time")
        if kind == "NamedTable":
            name = last_name(node["name"]).lower()
            if name in local or name in self._catalog.sources or name in self._catalog.tables:
                return
            inner = self._catalog.queries.get(name)
            if inner is None:
                raise Inexpressible(name)
            if self._evaluator.contents(name).errors:
                raise Inexpressible(f"{name} has set rows aside")
            # A view is its text: it shows what of windows the query over it does.
            translated = self._translate(
                inner.query, inner.text, emission if inner.kind == "view" else self._emission(inner)
            )
            columns = "(" + ", ".join(map(quoted, inner.columns)) + ")" if inner.columns else ""
            self._duck.execute(f"CREATE OR REPLACE VIEW {quoted(inner.name)}{columns} AS {translated}")

    def _table(self, table: dict[str, Any], emission: Emission, edits: list[Edit]) -> None:
        if table["kind"] == "SubqueryTable":
            self._body(table["query"]["body"], emission, edits)
        if table["kind"] == "JoinTable":
            self._table(table["left"], emission, edits)
            self._table(table["right"], emission, edits)

    def _body(self, body: dict[str, Any], emission: Emission, edits: list[Edit]) -> None:
        """Turns a SELECT with a window among its keys into arithmetic over the rows that are not late."""
        if body["kind"] == "SetOperationBody":
            for operand in body["operands"]:
                self._body(operand, emission, edits)
        if body["kind"] != "SelectBody":
            return
        for table in body["from"]:
            self._table(table, emission, edits)
        if not body["group_by"]:
            return
        keys = [node for element in body["group_by"]["elements"] for node in element["expressions"]]
        calls = [node for node in keys if window_kind(node)]
        if not calls:
            return
        (call,), (table, *more) = calls, body["from"]
        if more or table["kind"] != "NamedTable":
            raise Inexpressible("this window")
        source = self._catalog.sources.get(last_name(table["name"]).lower())
        relation = source or self._catalog.tables.get(last_name(table["name"]).lower())
        time = call["arguments"][0]["value"]
        if relation is None or time["kind"] != "Column":
            raise Inexpressible("a window over something else than a source or table")
        column, t = next(c for c in relation.columns if c[0].lower() == time["parts"][-1]["name"].lower())
        unit = unit_of(t, source.time_unit if source else "ms")
        condition, stored = "true", relation.name
        if source:  # rows of a table are never late, and its windows never close
            until = f"{end_in_nanos(t, unit)} + {emission.lateness}"
            condition, stored = f'("$before" IS NULL OR {until} > "$before")', source.name + "$log"
            if emission.on_close:
                condition += f" AND {until} <= {max(self._log.line([source.name]).current, -(2**63))}"
        alias = table["alias"]["name"] if table["alias"] else relation.name
        rows = windowed_rows(call, stored, [name for name, _ in relation.columns], column, t, unit, condition)
        edits.append(Edit(*table["span"], f"{rows} AS {quoted(alias)}"))
        edits.append(Edit(*call["span"], ", ".join(BOUNDS.values())))
        for node in nodes([body["items"], body["having"]]):
            name = window_column(node)
            if node.get("kind") == "Column" and node["parts"][-1]["name"].lower() in BOUNDS:
                name = node["parts"][-1]["name"].lower()
            if name:
                edits.append(Edit(*node["span"], BOUNDS[name]))


def population_variance(node: dict[str, Any], text: bytes, origin: int) -> list[Edit]:
    """Of one value that is not finite, var_pop and stddev_pop are NaN here and 0 in DuckDB. Its covar_pop of the value
    with itself is NaN too."""
    if node.get("kind") != "Call":
        return []
    function = node["function"]["parts"][-1]
    name = function["name"].lower()
    if name not in ("var_pop", "stddev_pop"):
        return []
    begin, end = node["arguments"][0]["value"]["span"]
    again = ", " + text[begin - origin : end - origin].decode()
    edits = [Edit(*function["span"], "covar_pop"), Edit(end, end, again)]
    if name == "stddev_pop":
        edits += [Edit(node["span"][0], node["span"][0], "sqrt("), Edit(node["span"][1], node["span"][1], ")")]
    return edits


def columns_of(relation: Any) -> str:
    return ", ".join(quoted(name) for name, _ in relation.columns)


def duck_type(t: Type) -> str:
    if t.kind == "TIMESTAMP":
        return "TIMESTAMPTZ" if t.zone else "TIMESTAMP" + {"s": "_S", "ms": "_MS", "us": "", "ns": "_NS"}[t.unit]
    return "TIME" if t.kind == "TIME" else str(t)


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, list):
        for item in tree:
            yield from nodes(item)
    elif isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from nodes(value)
