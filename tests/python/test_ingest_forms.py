"""Everything that `insert` accepts, as one and the same rows."""

from __future__ import annotations

import collections
import csv
import dataclasses
import io
import types

import laminardb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import pytest

ROWS = [("A", 1.5, 1), ("B", 2.5, 2), ("C", 3.5, 3)]
DICTS = [{"symbol": s, "price": p, "volume": v} for s, p, v in ROWS]
COLUMNS = {"symbol": ["A", "B", "C"], "price": [1.5, 2.5, 3.5], "volume": [1, 2, 3]}
TABLE = pa.table(COLUMNS)


@dataclasses.dataclass
class TradeRecord:
    symbol: str
    price: float
    volume: int


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenTrade:
    symbol: str
    price: float
    volume: int


class TradeModel(pydantic.BaseModel):
    symbol: str
    price: float
    volume: int


class StreamOnly:
    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


class ArrayOnly:
    def __init__(self, batch):
        self._batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self._batch.__arrow_c_array__(requested_schema)


class InterchangeOnly:
    def __init__(self, frame):
        self._frame = frame

    def __dataframe__(self, **options):
        return self._frame.__dataframe__(**options)


STRUCTURED = np.array(ROWS, dtype=[("symbol", "U8"), ("price", "f8"), ("volume", "i8")])

FORMS = {
    "list of dicts": lambda: DICTS,
    "tuple of dicts": lambda: tuple(DICTS),
    "list of ordered dicts": lambda: [collections.OrderedDict(reversed(d.items())) for d in DICTS],
    "list of mappings": lambda: [types.MappingProxyType(d) for d in DICTS],
    "dict of lists": lambda: COLUMNS,
    "dict of tuples": lambda: {k: tuple(v) for k, v in COLUMNS.items()},
    "dict of arrays": lambda: {k: np.array(v) for k, v in COLUMNS.items()},
    "dict of lists and arrays": lambda: {**COLUMNS, "volume": np.array([1, 2, 3], "i2")},
    "dict of object arrays": lambda: {k: np.array(v, dtype=object) for k, v in COLUMNS.items()},
    "dict of strided arrays": lambda: {**COLUMNS, "volume": np.array([1, 9, 2, 9, 3])[::2]},
    "dict of big-endian arrays": lambda: (
        {k: np.array(v) for k, v in COLUMNS.items()} | {"volume": np.array([1, 2, 3], ">i8")}
    ),
    "dict of series": lambda: {k: pd.Series(v) for k, v in COLUMNS.items()},
    "dict of polars series": lambda: {k: pl.Series(v) for k, v in COLUMNS.items()},
    "dict of Arrow arrays": lambda: {k: pa.array(v) for k, v in COLUMNS.items()},
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas with an index": lambda: pd.DataFrame(COLUMNS, index=[7, 8, 9]),
    "pandas in pieces": lambda: pd.DataFrame(COLUMNS).iloc[::-1],
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars lazy": lambda: pl.LazyFrame(COLUMNS),
    "record batch": lambda: TABLE.to_batches()[0],
    "table": lambda: TABLE,
    "table of chunks": lambda: pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]),
    "sliced table": lambda: pa.concat_tables([TABLE, TABLE]).slice(2, 3),
    "reader": lambda: TABLE.to_reader(max_chunksize=2),
    "struct array": lambda: pa.array(DICTS),
    "structured array": lambda: STRUCTURED,
    "record array": lambda: STRUCTURED.view(np.recarray),
    "__arrow_c_stream__": lambda: StreamOnly(TABLE),
    "__arrow_c_array__": lambda: ArrayOnly(TABLE.to_batches()[0]),
    "__dataframe__": lambda: InterchangeOnly(pd.DataFrame(COLUMNS)),
    "dataclasses": lambda: [TradeRecord(*row) for row in ROWS],
    "frozen dataclasses": lambda: [FrozenTrade(*row) for row in ROWS],
    "pydantic models": lambda: [TradeModel(**d) for d in DICTS],
    "a mixed list": lambda: [DICTS[0], TradeRecord(*ROWS[1]), TradeModel(**DICTS[2])],
    "generator of dicts": lambda: (d for d in DICTS),
    "generator of tables": lambda: (TABLE.slice(i, 1) for i in range(3)),
    "generator of forms": lambda: iter([DICTS[0], [DICTS[1]], pd.DataFrame(COLUMNS).iloc[2:]]),
    "generator of generators": lambda: (iter([d]) for d in DICTS),
    "csv.DictReader's rows": lambda: (
        {**row, "price": float(row["price"]), "volume": int(row["volume"])}
        for row in csv.DictReader(io.StringIO("symbol,price,volume\nA,1.5,1\nB,2.5,2\nC,3.5,3\n"))
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_form(trades, rows, form):
    assert trades.insert("trades", form()) == 3
    expected = sorted((ROWS + ROWS)[2:5]) if form is FORMS["sliced table"] else ROWS
    assert rows(trades) == expected


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_form_into_a_writer(trades, rows, form):
    with trades.writer("trades") as writer:
        assert writer.insert(form()) == 3
    assert len(rows(trades)) == 3


ONE = {
    "dict": {"symbol": "A", "price": 1.5, "volume": 1},
    "dataclass": TradeRecord("A", 1.5, 1),
    "pydantic model": TradeModel(symbol="A", price=1.5, volume=1),
    "mapping": types.MappingProxyType(DICTS[0]),
    "one record": STRUCTURED[0],
    "one-row table": TABLE.slice(0, 1),
}


@pytest.mark.parametrize("row", ONE.values(), ids=ONE.keys())
def test_one_row(trades, rows, row):
    assert trades.insert("trades", row) == 1
    assert rows(trades) == ROWS[:1]


def test_a_result_goes_in_again(trades, rows):
    trades.insert("trades", DICTS)
    assert trades.insert("trades", trades.query("SELECT * FROM trades WHERE volume > 1")) == 2
    assert len(rows(trades)) == 5


def test_columns_in_any_order_and_case(trades, rows):
    trades.insert("Trades", {"VOLUME": 1, "Symbol": "A", "price": 1.5})
    trades.insert("trades", [{"price": 1.5, "SYMBOL": "A", "Volume": 1}, {"volume": 1, "symbol": "A", "PRICE": 1.5}])
    trades.insert("TRADES", pa.table({"Price": [1.5], "volume": [1], "SYMBOL": ["A"]}))
    assert rows(trades) == [ROWS[0]] * 4


def test_dicts_of_changing_shape(trades, rows):
    """The order and the number of keys may change from row to row; what is missing is NULL."""
    trades.insert(
        "trades",
        [{"symbol": "A"}, {"volume": 2, "symbol": "B"}, {}, {"price": 1.0}, {"price": 2.0, "volume": 3, "symbol": "C"}],
    )
    assert rows(trades) == sorted(
        [("A", None, None), ("B", None, 2), (None, None, None), (None, 1.0, None), ("C", 2.0, 3)], key=repr
    )


def test_missing_columns_are_null(trades, rows):
    trades.insert("trades", {"symbol": "A"})
    trades.insert("trades", {"symbol": ["B"]})
    trades.insert("trades", pa.table({"symbol": ["C"]}))
    assert rows(trades) == [("A", None, None), ("B", None, None), ("C", None, None)]


@pytest.mark.parametrize(
    "nothing",
    [
        TABLE.slice(0, 0),
        pd.DataFrame(COLUMNS).iloc[:0],
        pl.DataFrame(COLUMNS).head(0),
        STRUCTURED[:0],
        iter([]),
        TABLE.schema.empty_table().to_reader(),
    ],
    ids=["table", "pandas", "polars", "structured array", "iterator", "reader"],
)
def test_no_rows(trades, rows, nothing):
    assert trades.insert("trades", nothing) == 0
    assert rows(trades) == []


def test_a_batch_of_no_rows_between_others(trades, rows):
    batches = [TABLE.slice(0, 0).to_batches() or TABLE.schema.empty_table().to_batches(), TABLE.to_batches()]
    table = pa.Table.from_batches([b for part in batches for b in part], TABLE.schema)
    assert trades.insert("trades", table) == 3
    assert rows(trades) == ROWS


DICTIONARY = pa.array(["A", "B", "A"]).dictionary_encode()
FORMS_OF_TEXT = {
    "dictionary": DICTIONARY,
    "dictionary of int8": DICTIONARY.cast(pa.dictionary(pa.int8(), pa.string())),
    "dictionary of large text": DICTIONARY.cast(pa.dictionary(pa.int32(), pa.large_string())),
    "large": pa.array(["A", "B", "A"], pa.large_string()),
    "view": pa.array(["A", "B", "A"], pa.string_view()),
    "long view": pa.array(["A", "B", "A"], pa.string_view()),
    "run ends": pa.RunEndEncodedArray.from_arrays([1, 2, 3], ["A", "B", "A"]),
}


@pytest.mark.parametrize("symbols", FORMS_OF_TEXT.values(), ids=FORMS_OF_TEXT.keys())
def test_encodings_of_text(trades, symbols):
    trades.insert("trades", pa.table({"symbol": symbols, "volume": [1, 2, 3]}))
    assert trades.query("SELECT symbol, sum(volume) FROM trades GROUP BY symbol ORDER BY symbol").fetchall() == [
        ("A", 4),
        ("B", 2),
    ]


def test_views_longer_than_their_prefix(trades, rows):
    long = ["a text that does not fit the view itself", None, "another one, just as long as the first one"]
    trades.insert("trades", pa.table({"symbol": pa.array(long, pa.string_view())}))
    assert {row[0] for row in rows(trades)} == set(long)


def test_a_polars_categorical(trades):
    trades.insert("trades", pl.DataFrame({"symbol": pl.Series(["A", "B", "A"], dtype=pl.Categorical)}))
    assert trades.query("SELECT count(DISTINCT symbol) FROM trades").fetchone() == (2,)


def test_a_pandas_categorical(trades):
    trades.insert("trades", pd.DataFrame({"symbol": pd.Categorical(["A", "B", None])}))
    assert trades.query("SELECT count(symbol), count(*) FROM trades").fetchone() == (2, 3)


def test_mutable_memory_is_copied(trades, rows):
    volumes = np.array([1, 2, 3])
    frame = pd.DataFrame({"symbol": ["A", "B", "C"], "price": [1.5, 2.5, 3.5], "volume": volumes}, copy=False)
    trades.insert("trades", frame)
    arrays = {"price": np.array([4.5]), "volume": np.array([4])}
    trades.insert("trades", {**arrays, "symbol": np.array(["D"])})
    volumes[:] = 99
    frame.loc[:, "price"] = -1.0
    for array in arrays.values():
        array[:] = 99
    assert rows(trades) == [*ROWS, ("D", 4.5, 4)]


def test_arrow_memory_may_be_let_go(trades, rows):
    trades.insert("trades", pa.table({k: pa.array(v) for k, v in COLUMNS.items()}))
    assert rows(trades) == ROWS


def test_each_item_of_an_iterator_is_a_commit(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    trades.insert("trades", (d for d in DICTS))
    assert trades.metrics().total_batches == 3
    trades.insert("trades", DICTS)
    assert trades.metrics().total_batches == 4
    trades.shutdown()
    assert [row for item in subscription for row in item] == [(1,), (2,), (3,), (1,), (2,), (3,)]


def test_an_iterator_that_fails_says_how_far_it_came(trades, rows):
    def items():
        yield DICTS[0]
        yield DICTS[1:]
        yield {"symbol": "D", "colour": "red"}

    with pytest.raises(laminardb.IngestionError) as info:
        trades.insert("trades", items())
    assert info.value.rows_inserted == 3
    assert rows(trades) == ROWS


def test_an_iterator_that_raises_keeps_its_own_exception(trades, rows):
    def items():
        yield DICTS[0]
        raise KeyError("from the program")

    with pytest.raises(KeyError, match="from the program") as info:
        trades.insert("trades", items())
    assert info.value.rows_inserted == 1
    assert rows(trades) == ROWS[:1]


def test_an_item_of_a_wrong_type(trades):
    with pytest.raises(TypeError) as info:
        trades.insert("trades", iter([DICTS[0], 42]))
    assert info.value.rows_inserted == 1


def test_a_million_rows_without_a_reader(trades):
    """A subscriber that never reads holds nobody back, and nothing is lost."""
    subscription = trades.subscribe("SELECT volume FROM trades")
    table = pa.table({"volume": np.arange(10_000)})
    for _ in range(100):
        trades.insert("trades", table)
    trades.shutdown()
    assert sum(change.num_rows for change in subscription) == 1_000_000


def test_insert_of_more_than_the_buffer():
    with laminardb.open(":memory:", config=laminardb.LaminarConfig(buffer_size=100)) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        assert conn.insert("t", {"v": np.arange(1000)}) == 1000
        assert conn.query("SELECT count(*), sum(v) FROM t").fetchone() == (1000, 499_500)
