"""The engine as the runner needs it: steps by hand, adversarial settings, syntax trees. All hooks of
`laminardb._testing` that the runner uses are used here."""

from __future__ import annotations

import tempfile
from typing import Any

from laminardb import LaminarConfig, _testing


class Engine:
    """One database that steps only when told to: in memory, or in a directory of its own when it is `durable`."""

    def __init__(self, settings: dict[str, Any], *, durable: bool = False):
        settings = dict(settings)
        self._degenerate = settings.pop("degenerate_hash", False)
        self._settings = settings
        self._directory = tempfile.TemporaryDirectory(prefix="laminardb-") if durable else None
        _testing.set_degenerate_hashing(self._degenerate)  # of the whole process, so said every time
        self.connection = self._open()

    def _open(self) -> Any:
        if self._directory is None:
            return _testing.open(":memory:", manual_steps=True, **self._settings)
        # Only a power cut would show the difference to the slower modes.
        config = LaminarConfig(durability="none")
        return _testing.open(f"{self._directory.name}/db", config=config, manual_steps=True, **self._settings)

    def restart(self) -> None:
        """Closes the database and opens it again."""
        self.connection.close()
        self.connection = self._open()

    def step(self) -> int:
        return _testing.step(self.connection)

    def set_time(self, seconds: float) -> None:
        """Stops the clock there; timers that are due by then fire."""
        _testing.set_time(self.connection, seconds)

    def counted(self, stream: str) -> dict[str, int]:
        """Rows of one stream that came late, and that were set aside, since it was created."""
        metrics = self.connection.stream_metrics(stream)
        return {"late": metrics.late_events, "errors": metrics.error_events}

    def close(self) -> None:
        self.connection.close()
        if self._directory is not None:
            self._directory.cleanup()
        if self._degenerate:
            _testing.set_degenerate_hashing(False)


def parse(sql: str) -> list[dict[str, Any]]:
    return _testing.parse_json(sql)
