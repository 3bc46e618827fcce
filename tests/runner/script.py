"""Reads a .test file: scenarios, each a list of directives. The format is described in tests/sql/README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

Token = str | None  # None is NULL
TOKEN = re.compile(r"'((?:[^']|'')*)'|(\S+)")

# Every directive, as the whole of its first line. Anything else continues the block of the directive above it.
DIRECTIVE = re.compile(
    r"""scenario\s+(?P<title>\S.*)
    |statement\s+(ok|either|error\b.*)
    |query(\s+(sorted|ordered|error\b.*))?(\s*:.*)?
    |insert\s+\S+
    |step
    |changes\s+\S+
    |watermark\s+\S+\s+\S+
    |clock\s+\S+
    |(late|errors)\s+\S+\s+\d+
    |(oracle|law)\s+off\s+\S.*
    |config\s+(only|skip)\s+\S+\s+\S.*
    |checkpoint|restart""",
    re.VERBOSE,
)


class ScriptError(Exception):
    """The file is not a test script."""


@dataclass(frozen=True)
class Directive:
    line: int
    words: tuple[str, ...]  # of the first line
    body: tuple[str, ...]  # the lines under it, to a blank line or the next directive

    @property
    def name(self) -> str:
        return self.words[0]

    @property
    def text(self) -> str:
        return "\n".join(self.body)

    def halves(self) -> tuple[str, list[str]]:
        """The SQL of a query, and the expected rows under its `----`."""
        if "----" not in self.body:
            raise ScriptError(f"line {self.line}: a query needs ---- and the rows expected")
        cut = self.body.index("----")
        return "\n".join(self.body[:cut]), list(self.body[cut + 1 :])


@dataclass
class Scenario:
    """A database of its own and what happens to it."""

    path: Path
    title: str
    line: int
    directives: list[Directive] = field(default_factory=list)
    oracle_off: str = ""  # the reason, when DuckDB is not asked
    law_off: str = ""  # the reason, when the law is not checked
    only: set[str] = field(default_factory=set)  # configurations
    skip: dict[str, str] = field(default_factory=dict)  # configuration → reason

    @property
    def name(self) -> str:
        topic = self.path.parent.name
        return f"{topic}/{self.path.stem}:{re.sub(r'[^a-z0-9]+', '_', self.title.lower()).strip('_')}"

    def skip_reason(self, config: str) -> str | None:
        if self.only and config not in self.only:
            return f"only under {', '.join(sorted(self.only))}"
        return self.skip.get(config)


def read(path: Path) -> list[Scenario]:
    """A file without `scenario` lines is one scenario named after the file."""
    return read_text(path.read_text(), path)


def read_text(text: str, path: Path) -> list[Scenario]:
    """`path` is only for messages and names."""
    scenarios: list[Scenario] = []
    for directive in directives(text, path):
        if directive.name == "scenario":
            scenarios.append(Scenario(path, " ".join(directive.words[1:]), directive.line))
            continue
        if not scenarios:
            scenarios.append(Scenario(path, path.stem, directive.line))
        add(scenarios[-1], directive)
    titles = [scenario.title for scenario in scenarios]
    if len(set(titles)) < len(titles):
        raise ScriptError(f"{path}: two scenarios of one title")
    return scenarios


def add(scenario: Scenario, directive: Directive) -> None:
    words = directive.words
    if words[0] == "oracle":
        scenario.oracle_off = " ".join(words[2:])
    elif words[0] == "law":
        scenario.law_off = " ".join(words[2:])
    elif words[0] == "config":
        names = words[2].split(",")
        if words[1] == "only":
            scenario.only |= set(names)
        else:
            scenario.skip |= dict.fromkeys(names, " ".join(words[3:]))
    else:
        scenario.directives.append(directive)


def directives(text: str, path: Path) -> list[Directive]:
    found: list[Directive] = []
    head: tuple[int, str] | None = None
    body: list[str] = []

    def finish() -> None:
        if head is not None:
            found.append(Directive(head[0], tuple(head[1].split()), tuple(body)))
            body.clear()

    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("#"):
            continue
        if DIRECTIVE.fullmatch(stripped):
            finish()
            head = (number, stripped)
        elif not stripped:
            finish()
            head = None
        elif head is None:
            raise ScriptError(f"{path}:{number}: not a directive: {stripped}")
        else:
            body.append(line.rstrip())
    finish()
    return found


def tokens(line: str) -> list[Token]:
    """The values of a row: words, or 'text in quotes'. NULL without quotes is NULL."""
    found: list[Token] = []
    for quoted in TOKEN.finditer(line.strip()):
        if quoted[2] is None:
            found.append(quoted[1].replace("''", "'"))
        else:
            found.append(None if quoted[2] == "NULL" else quoted[2])
    return found
