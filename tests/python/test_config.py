"""LaminarConfig."""

from __future__ import annotations

import math
from pathlib import Path

import laminardb
import numpy as np
import pytest
from laminardb import LaminarConfig

FIELDS = {
    "buffer_size": 65_536,
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


def test_defaults():
    config = LaminarConfig()
    assert {name: getattr(config, name) for name in FIELDS} == FIELDS
    for name in FIELDS:
        assert f"{name}=" in repr(config)
    assert repr(config).startswith("LaminarConfig(")


def test_values():
    config = LaminarConfig(
        buffer_size=np.int64(10),
        storage_dir=Path("somewhere"),
        checkpoint_interval_ms=1500,
        table_spill_threshold=5,
        memory_limit=1 << 30,
        durability="none",
        workers=2,
        backpressure_timeout=1,
    )
    assert config.buffer_size == 10
    assert config.storage_dir == "somewhere"
    assert config.checkpoint_interval_secs == 1.5
    assert config.checkpoint_interval_ms == 1500
    assert config.memory_limit == 1 << 30
    assert (config.durability, config.workers, config.backpressure_timeout) == ("none", 2, 1.0)


def test_one_interval_in_two_units():
    assert LaminarConfig(checkpoint_interval_secs=2).checkpoint_interval_ms == 2000
    with pytest.raises(ValueError, match="one of them"):
        LaminarConfig(checkpoint_interval_secs=1, checkpoint_interval_ms=1000)


def test_equality():
    assert LaminarConfig() == LaminarConfig()
    assert hash(LaminarConfig()) == hash(LaminarConfig())
    assert LaminarConfig(workers=2) != LaminarConfig()
    assert LaminarConfig(checkpoint_interval_secs=1) == LaminarConfig(checkpoint_interval_ms=1000)
    assert LaminarConfig() != 5


@pytest.mark.parametrize("field", FIELDS)
def test_read_only(field):
    with pytest.raises(AttributeError):
        setattr(LaminarConfig(), field, 1)


def test_keywords_only():
    with pytest.raises(TypeError):
        LaminarConfig(5)
    with pytest.raises(TypeError):
        LaminarConfig(bufer_size=5)


BAD_VALUES = [
    *[
        (field, value)
        for field in ("buffer_size", "table_spill_threshold", "memory_limit", "workers")
        for value in (0, -1)
    ],
    ("checkpoint_interval_ms", 0),
    ("checkpoint_interval_secs", 0),
    ("checkpoint_interval_secs", -1.5),
    ("checkpoint_interval_secs", math.nan),
    ("checkpoint_interval_secs", math.inf),
    ("backpressure_timeout", 0),
    ("backpressure_timeout", -1),
    ("backpressure_timeout", math.nan),
    ("buffer_size", 2**63),
    ("workers", 2**31),
    ("durability", "sometimes"),
    ("storage_dir", ""),
]


@pytest.mark.parametrize(("field", "value"), BAD_VALUES)
def test_bad_values(field, value):
    with pytest.raises(ValueError, match=field):
        LaminarConfig(**{field: value})


BAD_TYPES = [
    *[
        (field, value)
        for field in ("buffer_size", "table_spill_threshold", "memory_limit", "workers", "checkpoint_interval_ms")
        for value in (1.5, "5", True)
    ],
    ("checkpoint_interval_secs", "1"),
    ("checkpoint_interval_secs", True),
    ("backpressure_timeout", None),
    ("backpressure_timeout", "10"),
    ("durability", 1),
    ("durability", None),
    ("storage_dir", 5),
    ("storage_dir", b"bytes"),
    ("buffer_size", None),
]


@pytest.mark.parametrize(("field", "value"), BAD_TYPES)
def test_bad_types(field, value):
    with pytest.raises(TypeError, match=field):
        LaminarConfig(**{field: value})


def test_a_database_takes_it():
    with laminardb.open_with_config(LaminarConfig(buffer_size=10, workers=1)) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        assert conn.source_metrics("t").capacity == 10
        assert not conn.is_checkpoint_enabled
    with pytest.raises(TypeError):
        laminardb.open_with_config(None)
