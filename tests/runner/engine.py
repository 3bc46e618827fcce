"""The engine as the runner needs it: steps by hand, adversarial settings, syntax trees. All hooks of
`laminardb._testing` that the runner uses are used here."""

from __future__ import annotations

import tempfile
from typing import Any

from laminardb import LaminarConfig, _testing


class Engine:
    """One database that steps only when told to: in memory, or in a directory of its own when it is `durable`.

    It is closed with and without a last checkpoint in turn, or never with one when `checkpoints` are made between.
    """

    def __init__(
        self,
        settings: dict[str, Any],
        *,
        config: dict[str, Any] | None = None,
        durable: bool = False,
        checkpoints: bool = False,
    ):
        settings = dict(settings)
        self._degenerate = settings.pop("degenerate_hash", False)
        self._settings = settings
        self._config = dict(config or {})
        self._directory = tempfile.TemporaryDirectory(prefix="laminardb-") if durable else None
        _testing.set_degenerate_hashing(self._degenerate)  # of the whole process, so said every time
        self._checkpoints = checkpoints
        self._opened = 0
        self.connection = self._open()

    def _open(self) -> Any:
        if self._directory is None:
            config = LaminarConfig(**self._config)
            return _testing.open(":memory:", config=config, manual_steps=True, **self._settings)
        # Only a power cut would show the difference to the slower modes.
        config = LaminarConfig(storage_dir=f"{self._directory.name}/db", durability="none", **self._config)
        self._opened += 1
        return _testing.open(
            "scenario",
            config=config,
            manual_steps=True,
            checkpoint_on_close=not self._checkpoints and self._opened % 2 == 1,
            **self._settings,
        )

    def restart(self) -> None:
        """Closes the database and opens it again."""
        self.connection.close()
        self.connection = self._open()

    def checkpoint(self) -> None:
        """Of a durable one."""
        self.connection.checkpoint()

    def step(self) -> int:
        return _testing.step(self.connection)

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
