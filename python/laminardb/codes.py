"""The codes that every `LaminarError` carries in `.code`.

The hundreds name the family: 1xx connection, 2xx schema, 3xx ingestion, 4xx query, 5xx subscription, 9xx engine.
"""

from __future__ import annotations

from typing import Final

CONNECTION_FAILED: Final = 100
CONNECTION_CLOSED: Final = 101
CONNECTION_IN_USE: Final = 102
TABLE_NOT_FOUND: Final = 200
TABLE_EXISTS: Final = 201
SCHEMA_MISMATCH: Final = 202
INVALID_SCHEMA: Final = 203
INGESTION_FAILED: Final = 300
WRITER_CLOSED: Final = 301
BATCH_SCHEMA_MISMATCH: Final = 302
QUERY_FAILED: Final = 400
SQL_PARSE_ERROR: Final = 401
QUERY_CANCELLED: Final = 402
SUBSCRIPTION_FAILED: Final = 500
SUBSCRIPTION_CLOSED: Final = 501
SUBSCRIPTION_TIMEOUT: Final = 502
INTERNAL_ERROR: Final = 900
SHUTDOWN: Final = 901

__all__ = [
    "BATCH_SCHEMA_MISMATCH",
    "CONNECTION_CLOSED",
    "CONNECTION_FAILED",
    "CONNECTION_IN_USE",
    "INGESTION_FAILED",
    "INTERNAL_ERROR",
    "INVALID_SCHEMA",
    "QUERY_CANCELLED",
    "QUERY_FAILED",
    "SCHEMA_MISMATCH",
    "SHUTDOWN",
    "SQL_PARSE_ERROR",
    "SUBSCRIPTION_CLOSED",
    "SUBSCRIPTION_FAILED",
    "SUBSCRIPTION_TIMEOUT",
    "TABLE_EXISTS",
    "TABLE_NOT_FOUND",
    "WRITER_CLOSED",
]
