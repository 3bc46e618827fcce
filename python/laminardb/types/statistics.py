"""Small records: sizes, watermarks, checkpoints, and the pipeline's numbers under shorter names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from laminardb import PipelineMetrics


@dataclass(frozen=True)
class TableStats:
    """How large a relation is.

    Example:
        >>> TableStats(row_count=3, size_bytes=120)
        TableStats(row_count=3, size_bytes=120)
    """

    row_count: int
    size_bytes: int


@dataclass(frozen=True)
class Watermark:
    """Up to when event time is known to be complete, and how far that is behind.

    Attributes:
        current: in the unit of the relation's event-time column.
        lag_ms: milliseconds behind whatever the maker of the record compares it to.

    Example:
        >>> Watermark(1_000)
        Watermark(current=1000, lag_ms=0)
    """

    current: int
    lag_ms: int = 0


@dataclass(frozen=True)
class CheckpointStatus:
    """Whether checkpoints are on, and the id of the last one; `None` before any.

    Example:
        >>> CheckpointStatus(None, enabled=False)
        CheckpointStatus(checkpoint_id=None, enabled=False)
    """

    checkpoint_id: int | None
    enabled: bool


class Metrics:
    """The whole pipeline in four numbers; a view on what `Connection.metrics` gave.

    Example:
        >>> metrics = Metrics(conn.metrics())
        >>> metrics.total_events, metrics.state
        (0, 'Created')
    """

    def __init__(self, pipeline_metrics: PipelineMetrics) -> None:
        self._metrics = pipeline_metrics

    @property
    def events_per_second(self) -> float:
        """Rows accepted per second of uptime."""
        uptime = self.uptime_secs
        return self.total_events / uptime if uptime > 0 else 0.0

    @property
    def total_events(self) -> int:
        """Rows accepted."""
        return int(self._metrics.total_events_ingested)

    @property
    def uptime_secs(self) -> float:
        """Seconds since the database was opened."""
        return float(self._metrics.uptime_secs)

    @property
    def state(self) -> str:
        """`"Created"`, `"Running"`, `"ShuttingDown"` or `"Stopped"`."""
        return str(self._metrics.state)

    def __repr__(self) -> str:
        return f"Metrics(state={self.state!r}, eps={self.events_per_second:.1f}, uptime={self.uptime_secs:.1f}s)"
