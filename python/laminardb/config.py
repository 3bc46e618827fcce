"""Settings of a database."""

from __future__ import annotations

import math
import operator
import os
from typing import Any, Literal

Durability = Literal["commit", "interval", "none"]


class LaminarConfig:
    """Settings of a database; immutable, compared by value.

    Args:
        buffer_size: rows a source may hold unprocessed. Past it writers wait; nothing is lost.
        storage_dir: directory of a durable database; overrides the path given to `open`.
        checkpoint_interval_secs: seconds between checkpoints. Needs storage to write to.
        checkpoint_interval_ms: the same setting in milliseconds; give one of the two.
        table_spill_threshold: rows of one table, source or operator state below which it never leaves memory.
        memory_limit: bytes; `None` is three quarters of the machine's memory.
        durability: when an acknowledged insert is on disk: `"commit"`, `"interval"` or `"none"`.
        workers: threads that run steps; `None` is one per core.
        backpressure_timeout: seconds a writer waits for room before it fails.
        read_only: a directory as of its last checkpoint, also while another process has it open. Nothing can be
            changed, and what comes later is not seen.

    Raises:
        TypeError, ValueError: naming the field.

    Example:
        >>> LaminarConfig(buffer_size=1024).buffer_size
        1024
    """

    __slots__ = (
        "_backpressure_timeout",
        "_buffer_size",
        "_checkpoint_interval_secs",
        "_durability",
        "_memory_limit",
        "_read_only",
        "_storage_dir",
        "_table_spill_threshold",
        "_workers",
    )

    def __init__(
        self,
        *,
        buffer_size: int = 65_536,
        storage_dir: str | os.PathLike[str] | None = None,
        checkpoint_interval_secs: float | None = None,
        checkpoint_interval_ms: int | None = None,
        table_spill_threshold: int = 1_000_000,
        memory_limit: int | None = None,
        durability: Durability = "commit",
        workers: int | None = None,
        backpressure_timeout: float = 10.0,
        read_only: bool = False,
    ) -> None:
        if checkpoint_interval_secs is not None and checkpoint_interval_ms is not None:
            raise ValueError("checkpoint_interval_secs and checkpoint_interval_ms are one setting: give one of them")
        self._buffer_size = _positive_int("buffer_size", buffer_size)
        self._storage_dir = None if storage_dir is None else _path("storage_dir", storage_dir)
        self._checkpoint_interval_secs = None
        if checkpoint_interval_secs is not None:
            self._checkpoint_interval_secs = _positive_float("checkpoint_interval_secs", checkpoint_interval_secs)
        if checkpoint_interval_ms is not None:
            self._checkpoint_interval_secs = _positive_int("checkpoint_interval_ms", checkpoint_interval_ms) / 1000
        self._table_spill_threshold = _positive_int("table_spill_threshold", table_spill_threshold)
        self._memory_limit = None if memory_limit is None else _positive_int("memory_limit", memory_limit)
        if not isinstance(durability, str):
            raise TypeError(f"durability must be a str, not {type(durability).__name__}")
        if durability not in ("commit", "interval", "none"):
            raise ValueError(f"durability must be 'commit', 'interval' or 'none', not {durability!r}")
        self._durability: Durability = durability
        self._workers = None if workers is None else _positive_int("workers", workers, bits=31)
        self._backpressure_timeout = _positive_float("backpressure_timeout", backpressure_timeout)
        if not isinstance(read_only, bool):
            raise TypeError(f"read_only must be a bool, not {type(read_only).__name__}")
        self._read_only = read_only

    @property
    def buffer_size(self) -> int:
        """Rows a source may hold unprocessed."""
        return self._buffer_size

    @property
    def storage_dir(self) -> str | None:
        """Directory of a durable database, or `None`."""
        return self._storage_dir

    @property
    def checkpoint_interval_secs(self) -> float | None:
        """Seconds between checkpoints, or `None`."""
        return self._checkpoint_interval_secs

    @property
    def checkpoint_interval_ms(self) -> int | None:
        """Milliseconds between checkpoints, or `None`."""
        return None if self._checkpoint_interval_secs is None else round(self._checkpoint_interval_secs * 1000)

    @property
    def table_spill_threshold(self) -> int:
        """Rows below which a state never leaves memory."""
        return self._table_spill_threshold

    @property
    def memory_limit(self) -> int | None:
        """Bytes, or `None` for three quarters of the machine's memory."""
        return self._memory_limit

    @property
    def durability(self) -> Durability:
        """When an acknowledged insert is on disk."""
        return self._durability

    @property
    def workers(self) -> int | None:
        """Threads that run steps, or `None` for one per core."""
        return self._workers

    @property
    def backpressure_timeout(self) -> float:
        """Seconds a writer waits for room."""
        return self._backpressure_timeout

    @property
    def read_only(self) -> bool:
        """Whether a directory is only looked at."""
        return self._read_only

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _FIELDS)

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, LaminarConfig) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in zip(_FIELDS, self._values(), strict=True))
        return f"LaminarConfig({fields})"


_FIELDS = (
    "buffer_size",
    "storage_dir",
    "checkpoint_interval_secs",
    "checkpoint_interval_ms",
    "table_spill_threshold",
    "memory_limit",
    "durability",
    "workers",
    "backpressure_timeout",
    "read_only",
)


def _positive_int(field: str, value: object, bits: int = 63) -> int:
    if isinstance(value, bool):
        raise TypeError(f"{field} must be an int, not bool")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{field} must be an int, not {type(value).__name__}") from None
    if not 0 < number < 2**bits:
        raise ValueError(f"{field} must be positive and below 2**{bits}, not {number}")
    return number


def _positive_float(field: str, value: object) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{field} must be a number, not {type(value).__name__}")
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{field} must be positive and finite, not {number}")
    return number


def _path(field: str, value: object) -> str:
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{field} must be a path, not {type(value).__name__}")
    path = os.fspath(value)
    if not isinstance(path, str):
        raise TypeError(f"{field} must be a path of text, not of bytes")
    if not path:
        raise ValueError(f"{field} must not be empty")
    return path
