"""The engine as the runner needs it: steps by hand, adversarial settings, syntax trees. All hooks of
`laminardb._testing` that the runner uses are used here."""

from __future__ import annotations

from typing import Any

from laminardb import _testing


class Engine:
    """One database in memory that steps only when told to."""

    def __init__(self, settings: dict[str, Any]):
        settings = dict(settings)
        self._degenerate = settings.pop("degenerate_hash", False)
        _testing.set_degenerate_hashing(self._degenerate)  # of the whole process, so said every time
        self.connection = _testing.open(":memory:", manual_steps=True, **settings)

    def step(self) -> int:
        return _testing.step(self.connection)

    def counted(self, stream: str) -> dict[str, int]:
        """Rows of one stream that came late, and that were set aside, since it was created."""
        metrics = self.connection.stream_metrics(stream)
        return {"late": metrics.late_events, "errors": metrics.error_events}

    def close(self) -> None:
        self.connection.close()
        if self._degenerate:
            _testing.set_degenerate_hashing(False)


def parse(sql: str) -> list[dict[str, Any]]:
    return _testing.parse_json(sql)
