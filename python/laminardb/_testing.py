"""For the tests of this project only: adversarial configurations, and steps under the test's control."""

from __future__ import annotations

import json
from typing import Any

from laminardb import _laminardb
from laminardb._laminardb import Connection
from laminardb.config import LaminarConfig


def parse_json(sql: str) -> list[Any]:
    """The syntax trees of the statements of `sql`.

    Raises:
        QueryError: 401 when it cannot be parsed.
    """
    trees: list[Any] = json.loads(_laminardb._parse_to_json(sql))
    return trees


def open(
    path: str = ":memory:",
    *,
    config: LaminarConfig | None = None,
    partitions: int = 1,
    disable_rules: bool = False,
    manual_steps: bool = False,
    log_segment_bytes: int = 64 << 20,
    checkpoint_log_bytes: int = 128 << 20,
    checkpoint_on_close: bool = True,
) -> Connection:
    """Opens a database under settings that must not change any result.

    Args:
        partitions: logical partitions that keyed operators are split into.
        disable_rules: plan without optimizer rules.
        manual_steps: input is accepted, but steps run only by `step`.
        log_segment_bytes: of a database in a directory, how long a file of its log gets.
        checkpoint_log_bytes: likewise, how much log there is before a checkpoint is made by itself.
        checkpoint_on_close: likewise, whether one is made at the end.
    """
    settings = LaminarConfig() if config is None else config
    return _laminardb._open_for_test(
        path,
        settings,
        partitions,
        disable_rules,
        manual_steps,
        log_segment_bytes,
        checkpoint_log_bytes,
        checkpoint_on_close,
    )


def set_degenerate_hashing(on: bool) -> None:
    """Makes all key hashes of the process equal, or different again."""
    _laminardb._set_degenerate_hashing(on)


def set_time(connection: Connection, seconds: float) -> int:
    """Stops the engine's clock at this time since the epoch, until it is set again.

    Timers that are due by then (EMIT EVERY) have fired when this returns the last epoch; where steps are run by hand
    they fire by nothing else.
    """
    return _laminardb._set_time(connection, round(seconds * 1_000_000))


def step(connection: Connection) -> int:
    """Runs one step over everything accepted and returns its epoch; the last one again when there was nothing."""
    return _laminardb._step(connection)
