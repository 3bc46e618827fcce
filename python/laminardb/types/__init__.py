"""Types above the engine's: schemas by name, changes row by row, a handle on a view, and small records.

All of them are re-exported by `laminardb`.
"""

from laminardb.types.change import ChangeEvent, ChangeRow, Operation
from laminardb.types.materialized_view import ChangeThread, MaterializedView
from laminardb.types.schema import Column, Schema
from laminardb.types.statistics import CheckpointStatus, Metrics, TableStats, Watermark

__all__ = [
    "ChangeEvent",
    "ChangeRow",
    "ChangeThread",
    "CheckpointStatus",
    "Column",
    "MaterializedView",
    "Metrics",
    "Operation",
    "Schema",
    "TableStats",
    "Watermark",
]
