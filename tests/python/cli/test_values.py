"""Values are shown as the engine casts them to VARCHAR."""

from __future__ import annotations

import json
import math

import laminardb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laminardb.cli.values import json_texts, texts, type_name

_TIMES = st.integers(-(2**55), 2**55)
_COLUMNS = [
    (pa.bool_(), st.booleans()),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float64(), st.floats()),
    (pa.float64(), st.integers(-(2**70), 2**70).map(float)),
    (pa.float32(), st.floats(width=32)),
    (pa.decimal128(20, 4), st.decimals(-(10**15), 10**15, places=4)),
    (pa.string(), st.text(st.characters(codec="utf-8"), max_size=8)),
    (pa.binary(), st.binary(max_size=6)),
    (pa.date32(), st.integers(-700_000, 700_000)),
    (pa.timestamp("s"), st.integers(-(10**11), 10**11)),
    (pa.timestamp("ms"), st.integers(-(10**14), 10**14)),
    (pa.timestamp("us"), _TIMES),
    (pa.timestamp("ns"), _TIMES),
    (pa.timestamp("us", "UTC"), _TIMES),
    (pa.time64("us"), st.integers(0, 86_399_999_999)),
    (pa.time32("ms"), st.integers(0, 86_399_999)),
    (
        pa.month_day_nano_interval(),
        st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(-(10**14), 10**14).map(lambda n: n * 1000)),
    ),
]


@pytest.fixture(scope="module")
def engine():
    with laminardb.open(":memory:") as conn:
        yield conn


@pytest.mark.parametrize(("type_", "values"), _COLUMNS, ids=[f"{i}-{t}" for i, (t, _) in enumerate(_COLUMNS)])
def test_as_the_engine_casts(engine, type_, values):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.none() | values, min_size=1, max_size=20))
    def check(cells):
        engine.execute("CREATE OR REPLACE SOURCE t (i BIGINT)")
        engine.execute("DROP SOURCE t")
        engine.create_table("t", pa.schema([("i", pa.int64()), ("v", type_)]))
        engine.insert("t", pa.table({"i": pa.array(range(len(cells))), "v": pa.array(cells, type_)}))
        answer = engine.query("SELECT v, CAST(v AS VARCHAR) AS text FROM t ORDER BY i")
        assert texts(answer.arrow().column(0)) == answer.arrow().column(1).to_pylist()
        assert type_name(answer.schema.field(0).type) == engine.query("DESCRIBE t").to_dicts()["column_type"][1].lower()

    check()


@pytest.mark.parametrize("sql", ["'9b2d2a3e-0000-4000-8000-000000000001'::UUID", "'{\"a\": 1}'::JSON"])
def test_extension_types(engine, sql):
    answer = engine.query(f"SELECT {sql} AS v, CAST({sql} AS VARCHAR) AS text")
    assert texts(answer.arrow().column(0)) == answer.arrow().column(1).to_pylist()
    assert type_name(answer.schema.field(0).type) == sql.rpartition(":")[2].lower()


def test_nested():
    rows = [{"l": [1, None], "s": {"a": 1.5, "b": "x"}, "m": [("k", 1)]}, {"l": None, "s": None, "m": []}]
    table = pa.Table.from_pylist(
        rows,
        pa.schema(
            [
                ("l", pa.list_(pa.int64())),
                ("s", pa.struct([("a", pa.float64()), ("b", pa.string())])),
                ("m", pa.map_(pa.string(), pa.int64())),
            ]
        ),
    )
    assert [texts(c) for c in table.columns] == [["[1, NULL]", None], ["{'a': 1.5, 'b': x}", None], ["{k=1}", "{}"]]
    assert [type_name(c.type) for c in table.columns] == [
        "bigint[]",
        "struct(a double, b varchar)",
        "map(varchar, bigint)",
    ]
    shown = [json.loads(text) for column in table.columns for text in json_texts(column)]
    assert shown == [[1, None], None, {"a": 1.5, "b": "x"}, None, {"k": 1}, {}]


def test_json():
    assert json_texts(pa.array([1.5, math.nan, -math.inf, None])) == ["1.5", '"NaN"', '"-Infinity"', "null"]
    assert json_texts(pa.array(['a"b\n', "é"])) == ['"a\\"b\\n"', '"é"']
    assert json_texts(pa.array([True, None])) == ["true", "null"]
    assert json_texts(pa.array([0], pa.timestamp("us"))) == ['"1970-01-01 00:00:00"']


def test_dictionaries_and_chunks():
    column = pa.chunked_array([pa.array(["a", None]).dictionary_encode(), pa.array(["b"]).dictionary_encode()])
    assert texts(column) == ["a", None, "b"]
    assert type_name(column.type) == "varchar"
