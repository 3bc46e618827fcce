"""How a database is opened."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from laminardb import _laminardb, codes
from laminardb._laminardb import Connection, ExecuteResult, QueryResult
from laminardb.config import LaminarConfig
from laminardb.errors import ConnectionError
from laminardb.types import MaterializedView

# Values for `?` and `$1` in order, or for `$name` by name.
Parameters = Sequence[Any] | Mapping[str | int, Any] | None

_SERVER_SCHEMES = frozenset({"laminardb", "postgresql", "postgres"})


def open(path: str | os.PathLike[str], *, config: LaminarConfig | None = None) -> Connection:
    """Opens a database.

    Args:
        path: `":memory:"` is a volatile database of its own; any other path is a database directory. With
            `config.storage_dir` the path is only a label.
        config: settings; the defaults when `None`.

    Raises:
        ConnectionError: 100 when it cannot be opened, 102 when another process has it open.
        ValueError: a checkpoint interval without storage to write to.

    Example:
        >>> with laminardb.open(":memory:") as conn:
        ...     conn.query("SELECT 1 AS one").fetchone()
        (1,)
    """
    settings = LaminarConfig() if config is None else config
    if not isinstance(settings, LaminarConfig):
        raise TypeError(f"config must be a LaminarConfig, not {type(settings).__name__}")
    name = os.fspath(path)
    if not isinstance(name, str):
        raise TypeError("path must be text, not bytes")
    if settings.checkpoint_interval_secs is not None and settings.storage_dir is None and name == ":memory:":
        raise ValueError("checkpoint_interval_secs needs storage to write to: give storage_dir, or open a directory")
    return _laminardb._open(name, settings)


def open_with_config(config: LaminarConfig) -> Connection:
    """Opens the database in `config.storage_dir`, or a volatile one when that is `None`. See `open`.

    Example:
        >>> with laminardb.open_with_config(laminardb.LaminarConfig(buffer_size=1024)) as other:
        ...     other.query("SELECT 1 AS one").fetchone()
        (1,)
    """
    if not isinstance(config, LaminarConfig):
        raise TypeError(f"config must be a LaminarConfig, not {type(config).__name__}")
    return open(":memory:", config=config)


def connect(uri: str) -> Connection:
    """Opens a database given by a path or `":memory:"`, as `open` does.

    Raises:
        ConnectionError: 100 for `laminardb://` and `postgresql://`: connecting to a server is not supported yet.

    Example:
        >>> laminardb.connect(":memory:")
        Connection(open)
    """
    scheme = urlsplit(uri).scheme
    if scheme in _SERVER_SCHEMES:
        raise ConnectionError(
            f"connecting to a server ({scheme}://) is not supported yet: give a path or ':memory:'",
            code=codes.CONNECTION_FAILED,
        )
    return open(uri)


_default: Connection | None = None
_default_lock = threading.Lock()


def _default_connection() -> Connection:
    global _default
    with _default_lock:
        if _default is None or _default.is_closed:
            _default = open(":memory:")
        return _default


def sql(query: str, parameters: Parameters = None) -> QueryResult:
    """Runs a query on a `:memory:` connection that the module makes when it is first needed.

    Example:
        >>> laminardb.sql("SELECT 1 + 1 AS two").fetchone()
        (2,)
    """
    return _default_connection().query(query, parameters)


def execute(query: str, parameters: Parameters = None) -> ExecuteResult:
    """Runs statements on a `:memory:` connection that the module makes when it is first needed.

    Example:
        >>> laminardb.execute("CREATE SOURCE IF NOT EXISTS readings (v BIGINT)").ddl_object
        'readings'
    """
    return _default_connection().execute(query, parameters)


def mv(conn: Connection, name: str, sql_def: str | None = None) -> MaterializedView:
    """A handle on a stream or view, to read and follow it. It creates nothing.

    Args:
        conn: the connection that reads it.
        name: the stream or view; it may also be created later.
        sql_def: the query that defines it, for `.sql`.

    Example:
        >>> laminardb.mv(conn, "positive", "SELECT k, v FROM t WHERE v > 0")
        MaterializedView(name='positive')
    """
    return MaterializedView(conn, name, sql_def)
