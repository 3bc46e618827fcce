"""A terminal of our own, to see what a person sees, and the command line as a program."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte
import pytest

# Instrumented builds are slow; a test that works never waits for it.
PATIENCE_SECONDS = 60.0
PROMPT = "laminardb>"


class _Screen(pyte.Screen):
    """Answers what a terminal is asked, such as where the cursor is."""

    def __init__(self, columns: int, lines: int, answer: Callable[[bytes], None]) -> None:
        self._answer = answer
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        self._answer(data.encode())


class Terminal:
    """A program behind a pseudo terminal, and its screen as text."""

    def __init__(self, arguments: list[str], environment: dict[str, str], columns: int, lines: int) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._screen = _Screen(columns, lines, lambda data: os.write(self._master, data))
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self.process = subprocess.Popen(
            arguments, stdin=slave, env=environment, preexec_fn=lambda: os.login_tty(slave), close_fds=True
        )
        os.close(slave)

    def type(self, text: str) -> None:
        """Presses keys; \\r is Enter."""
        os.write(self._master, text.encode())

    def screen(self) -> str:
        """What is on the screen, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def below(self, text: str) -> str:
        """What is on the screen behind the last occurrence of a text."""
        return self.screen().rpartition(text)[2]

    def at_prompt(self) -> bool:
        """Whether the cursor stands behind an empty prompt."""
        return self._screen.display[self._screen.cursor.y].rstrip() == PROMPT

    def wait(self, ready: Callable[[], bool]) -> None:
        """Reads what the program writes until `ready`; fails with the screen when it never is."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready():
            if not self._read(deadline) and not ready():
                pytest.fail(f"the screen never showed it; it shows\n{self.screen()}")

    def wait_for(self, text: str) -> None:
        """Waits until a text is on the screen."""
        self.wait(lambda: text in self.screen())

    def run(self, line: str) -> str:
        """Types a line at the prompt and waits for the next prompt. Returns what stands between them."""
        self.type(line)
        self.wait(lambda: not self.at_prompt())
        self.type("\r")
        self.wait(self.at_prompt)
        lines = self.screen().splitlines()
        echoes = [number for number, shown in enumerate(lines) if shown == f"{PROMPT} {line}".rstrip()]
        assert echoes, f"the line is not on the screen:\n{self.screen()}"
        return "\n".join(lines[echoes[-1] + 1 : -1])

    def wait_exit(self) -> int:
        """Waits until the program has ended. Returns its exit status."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read(deadline):
            pass
        return self.process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """Ends the program, if it has not ended, and the terminal."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    def _read(self, deadline: float) -> bool:
        """One piece of output; false at the end or when time is up."""
        readable, _, _ = select.select([self._master], [], [], max(deadline - time.monotonic(), 0))
        if not readable:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux: the program has closed its side
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """For a program whose files all lie in the test's folder."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
    return {**kept, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm-256color"}


@pytest.fixture
def terminal(environment, tmp_path):
    """Starts `laminardb ARGUMENTS` in a terminal."""
    started: list[Terminal] = []

    def start(*arguments: str, columns: int = 100, lines: int = 40, **variables: str) -> Terminal:
        program = [sys.executable, "-m", "laminardb", *arguments]
        started.append(Terminal(program, {**environment, **variables}, columns, lines))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def shell(terminal):
    """A shell at its first prompt."""
    started = terminal()
    started.wait(started.at_prompt)
    return started


@pytest.fixture
def laminardb_program(environment, tmp_path):
    """Runs `laminardb ARGUMENTS` with pipes. Returns what it wrote and its exit status."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "laminardb", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    return run


@pytest.fixture
def script(tmp_path) -> Callable[[str], Path]:
    """Writes a script and returns its path."""

    def write(text: str, name: str = "script.sql") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
