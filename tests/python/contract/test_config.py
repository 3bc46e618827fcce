"""The contract's section *LaminarConfig*: every sentence an assertion. Bad values: `tests/python/test_config.py`."""

from __future__ import annotations

import inspect
import math
import threading

import laminardb
import pytest
from laminardb import LaminarConfig, codes

DEFAULTS = {
    "buffer_size": 65536,
    "storage_dir": None,
    "checkpoint_interval_secs": None,
    "checkpoint_interval_ms": None,
    "table_spill_threshold": 1_000_000,
    "memory_limit": None,
    "durability": "commit",
    "workers": None,
    "backpressure_timeout": 10.0,
    "read_only": False,
}
OTHER = {
    "buffer_size": 10,
    "storage_dir": "somewhere",
    "checkpoint_interval_secs": 1.5,
    "checkpoint_interval_ms": 1500,
    "table_spill_threshold": 5,
    "memory_limit": 1 << 30,
    "durability": "none",
    "workers": 3,
    "backpressure_timeout": 0.5,
    "read_only": True,
}


def test_keywords_and_defaults():
    signature = inspect.signature(LaminarConfig)
    assert {name: parameter.default for name, parameter in signature.parameters.items()} == DEFAULTS
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in signature.parameters.values())
    assert laminardb.Config is LaminarConfig


@pytest.mark.parametrize("field", DEFAULTS)
def test_read_only_properties(field):
    config = LaminarConfig(**{field: OTHER[field]})
    assert getattr(config, field) == OTHER[field]
    assert getattr(LaminarConfig(), field) == DEFAULTS[field]
    with pytest.raises(AttributeError):
        setattr(config, field, DEFAULTS[field])


@pytest.mark.parametrize("field", DEFAULTS)
def test_repr_with_every_field(field):
    config = LaminarConfig(**{field: OTHER[field]})
    assert f"{field}={OTHER[field]!r}" in repr(config)
    assert repr(config).startswith("LaminarConfig(")
    assert eval(repr(LaminarConfig()).replace("checkpoint_interval_ms=None, ", "")) == LaminarConfig()


@pytest.mark.parametrize("field", DEFAULTS)
def test_eq(field):
    config = LaminarConfig(**{field: OTHER[field]})
    assert config == LaminarConfig(**{field: OTHER[field]})
    assert config != LaminarConfig()
    assert config != OTHER


def test_one_setting_in_two_units():
    """Giving both is a `ValueError`; each is readable."""
    assert LaminarConfig(checkpoint_interval_secs=1.5) == LaminarConfig(checkpoint_interval_ms=1500)
    for config in (LaminarConfig(checkpoint_interval_secs=1.5), LaminarConfig(checkpoint_interval_ms=1500)):
        assert (config.checkpoint_interval_secs, config.checkpoint_interval_ms) == (1.5, 1500)
    with pytest.raises(ValueError, match="checkpoint_interval_secs"):
        LaminarConfig(checkpoint_interval_secs=1.5, checkpoint_interval_ms=1500)


def test_an_interval_without_storage_is_a_value_error_at_open(tmp_path):
    for config in (LaminarConfig(checkpoint_interval_secs=1), LaminarConfig(checkpoint_interval_ms=1)):
        with pytest.raises(ValueError, match="storage"):
            laminardb.open(":memory:", config=config)
        with pytest.raises(ValueError, match="storage"):
            laminardb.open_with_config(config)


BAD = [
    (field, value)
    for field in DEFAULTS
    for value in (0, -1, math.nan, object(), [], True)
    if (field, value) != ("read_only", True)
]


@pytest.mark.parametrize(
    ("field", "value"), BAD, ids=[f"{field}-{type(value).__name__}-{value}"[:40] for field, value in BAD]
)
def test_bad_values_name_the_field(field, value):
    """Bad values (0, negative, NaN, wrong type): `ValueError`/`TypeError` that names the field."""
    with pytest.raises((ValueError, TypeError), match=field):
        LaminarConfig(**{field: value})


def test_past_the_buffer_writers_block():
    """Backpressure, never loss; after `backpressure_timeout` it is 300, and nothing of the call is in."""
    config = LaminarConfig(buffer_size=4, backpressure_timeout=0.05)
    from laminardb import _testing

    with _testing.open(config=config, manual_steps=True) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.insert("t", [{"v": i} for i in range(3)])
        with pytest.raises(laminardb.IngestionError) as info:
            conn.insert("t", [{"v": 3}, {"v": 4}])
        assert info.value.code == codes.INGESTION_FAILED
        assert conn.source_metrics("t").pending == 3


def test_a_blocked_writer_goes_on_when_there_is_room():
    from laminardb import _testing

    with _testing.open(config=LaminarConfig(buffer_size=4), manual_steps=True) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.insert("t", [{"v": i} for i in range(4)])
        writer = threading.Thread(target=conn.insert, args=("t", {"v": 4}))
        writer.start()
        _testing.step(conn)
        writer.join(30)
        _testing.step(conn)
        assert conn.query("SELECT count(*), sum(v) FROM t").fetchone() == (5, 10)
