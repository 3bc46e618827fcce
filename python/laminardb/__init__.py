"""A streaming SQL database inside your process.

Example:
    >>> import laminardb
    >>> with laminardb.open(":memory:") as conn:
    ...     conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    ...     conn.execute("CREATE STREAM totals AS SELECT k, sum(v) AS total FROM t GROUP BY k")
    ...     conn.insert("t", [{"k": "a", "v": 1}, {"k": "a", "v": 2}])
    ...     conn.query("SELECT * FROM totals").to_pylist()
    ExecuteResult(ddl, 'CREATE SOURCE', 't')
    ExecuteResult(ddl, 'CREATE STREAM', 'totals')
    2
    [{'k': 'a', 'total': 3}]
"""

# The engine links against the Arrow libraries that pyarrow carries, so pyarrow has to be loaded first.
import pyarrow as _pyarrow  # noqa: F401

from laminardb import codes, error_codes, types, viz
from laminardb._async import AsyncStreamSubscription, AsyncSubscription
from laminardb._database import connect, execute, mv, open, open_with_config, sql
from laminardb._laminardb import (
    CallbackSubscription,
    Connection,
    ExecuteResult,
    PipelineEdge,
    PipelineMetrics,
    PipelineNode,
    PipelineTopology,
    QueryInfo,
    QueryResult,
    QueryStreamIter,
    SinkInfo,
    SourceInfo,
    SourceMetrics,
    StreamInfo,
    StreamMetrics,
    StreamSubscription,
    Subscription,
    Transaction,
    Writer,
    __version__,
)
from laminardb._pickling import refuse_handles as _refuse_handles
from laminardb.checkpoint import CheckpointResult
from laminardb.config import LaminarConfig
from laminardb.errors import (
    CheckpointError,
    ConnectionError,
    ConnectorError,
    IngestionError,
    LaminarError,
    QueryError,
    SchemaError,
    StreamError,
    SubscriptionError,
)
from laminardb.types import (
    ChangeEvent,
    ChangeRow,
    CheckpointStatus,
    Column,
    MaterializedView,
    Metrics,
    Schema,
    TableStats,
    Watermark,
)

_refuse_handles()

Config = LaminarConfig
BatchWriter = Writer
SubscriptionHandle = CallbackSubscription

__all__ = [
    "AsyncStreamSubscription",
    "AsyncSubscription",
    "BatchWriter",
    "CallbackSubscription",
    "ChangeEvent",
    "ChangeRow",
    "CheckpointError",
    "CheckpointResult",
    "CheckpointStatus",
    "Column",
    "Config",
    "Connection",
    "ConnectionError",
    "ConnectorError",
    "ExecuteResult",
    "IngestionError",
    "LaminarConfig",
    "LaminarError",
    "MaterializedView",
    "Metrics",
    "PipelineEdge",
    "PipelineMetrics",
    "PipelineNode",
    "PipelineTopology",
    "QueryError",
    "QueryInfo",
    "QueryResult",
    "QueryStreamIter",
    "Schema",
    "SchemaError",
    "SinkInfo",
    "SourceInfo",
    "SourceMetrics",
    "StreamError",
    "StreamInfo",
    "StreamMetrics",
    "StreamSubscription",
    "Subscription",
    "SubscriptionError",
    "SubscriptionHandle",
    "TableStats",
    "Transaction",
    "Watermark",
    "Writer",
    "__version__",
    "codes",
    "connect",
    "error_codes",
    "execute",
    "mv",
    "open",
    "open_with_config",
    "sql",
    "types",
    "viz",
]
