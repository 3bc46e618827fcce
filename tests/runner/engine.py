"""The engine as the runner needs it: steps by hand, adversarial settings, syntax trees. All hooks of
`laminardb._testing` that the runner uses are used here."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
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
        self._killed = 0
        self._time: float | None = None
        self.connection = self._open()

    def _open(self) -> Any:
        if self._directory is None:
            config = LaminarConfig(**self._config)
            return _testing.open(":memory:", config=config, manual_steps=True, **self._settings)
        # Only a power cut would show the difference to the slower modes.
        config = LaminarConfig(
            storage_dir=f"{self._directory.name}/db{self._killed}", durability="none", **self._config
        )
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
        self._reopen()

    def kill(self) -> None:
        """Opens what kill -9 would have left: the files as they are."""
        assert self._directory is not None
        folder = Path(self._directory.name)
        shutil.copytree(folder / f"db{self._killed}", folder / f"db{self._killed + 1}")
        self.connection.close()
        self._killed += 1
        self._reopen()
        self.step()  # the log does not end with the end of an epoch

    def _reopen(self) -> None:
        self.connection = self._open()
        if self._time is not None:
            self.set_time(self._time)

    def set_time(self, seconds: float) -> None:
        """Of the clock, which stands until it is set again. What is due by then has fired."""
        self._time = seconds
        _testing.set_time(self.connection, seconds)

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
