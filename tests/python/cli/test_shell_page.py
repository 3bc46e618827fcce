"""docs/shell.md: its sessions are typed into a shell and must look as printed; its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path

from laminardb.cli import meta

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "shell.md").read_text(encoding="utf-8")
SESSIONS = re.compile(r"```text\n(laminardb> .*?)```", re.DOTALL)
PROMPT = "laminardb> "


def test_sessions_look_as_printed(terminal):
    shell = terminal(lines=120, columns=120)
    shell.wait(shell.at_prompt)
    expected = shell.screen().removesuffix("laminardb>")
    commands = 0
    for session in SESSIONS.findall(PAGE):
        for step in session.split(PROMPT)[1:]:
            shell.type(step.partition("\n")[0] + "\r")
            expected += PROMPT + step
            shell.wait(lambda: shell.screen() == expected + "laminardb>")  # noqa: B023 (waited for in this round)
            commands += 1
    assert commands >= 8


def test_commands_exist():
    named = {
        name for cell in re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE) for name in re.findall(r"[\\.][a-z]+", cell)
    }
    assert named
    assert named <= set(meta.COMMANDS)
