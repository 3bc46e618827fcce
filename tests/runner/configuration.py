"""The settings a scenario runs under: tests/configs/*.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "configs"
RESTART = ("no", "always", "sometimes")
STEPPING = ("as_written", "each_call", "at_end", "random")


@dataclass(frozen=True)
class Configuration:
    """`stepping` says when calls are carried out: at the `step` lines; after every call; once, when the scenario has no
    more input; or at random, a call or several at a time, by `seed`."""

    name: str
    reason: str
    stepping: str = "as_written"
    seed: int = 0
    late_readers: bool = False  # every stream is subscribed to again, by its SQL, after every step (LateReaders)
    # The database is in a directory, and closed and opened again: after every step, in turn with a last checkpoint and
    # without; or after every third, without, and there is a checkpoint after each of the others.
    restart: str = "no"
    retract: bool = False  # at the end every row of every table is deleted, and the law checked once more
    engine: dict[str, Any] = field(default_factory=dict)  # keyword arguments of laminardb._testing.open
    config: dict[str, Any] = field(default_factory=dict)  # of LaminarConfig

    def __post_init__(self) -> None:
        if self.stepping not in STEPPING:
            raise ValueError(f"{self.name}: stepping is one of {', '.join(STEPPING)}")
        if self.restart not in RESTART:
            raise ValueError(f"{self.name}: restart is one of {', '.join(RESTART)}")


def load() -> list[Configuration]:
    """All of them, `default` first."""
    found = [Configuration(name=path.stem, **tomllib.loads(path.read_text())) for path in FOLDER.glob("*.toml")]
    return sorted(found, key=lambda configuration: (configuration.name != "default", configuration.name))
