"""Text of a script or of a typed line, cut into statements and commands of the shell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from laminardb.cli.lexer import Kind, tokenize

_QUERY_VERBS = frozenset({"SELECT", "VALUES", "TABLE", "FROM"})
_METADATA_VERBS = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN"})
# What may stand behind the common table expressions of a WITH.
_VERBS_AFTER_WITH = _QUERY_VERBS | {"INSERT", "UPDATE", "DELETE", "MERGE"}


@dataclass(frozen=True)
class Statement:
    """One SQL statement, from its first token, without the `;`.

    Attributes:
        begin: where it starts in the script.
        line: the line of the script it starts in, from 1.
        terminated: whether a `;` ended it. One that is not is the last thing in its text, or stands before a command.
    """

    text: str
    begin: int
    line: int
    terminated: bool

    def words(self, count: int) -> list[str]:
        """The first tokens that are words, in upper case: up to `count` of them, or to the first that is none."""
        words: list[str] = []
        for kind, text in self._tokens():
            if kind is not Kind.WORD or len(words) == count:
                break
            words.append(text.upper())
        return words

    @property
    def verb(self) -> str:
        """The word that says what the statement does: its first one, or behind `WITH …` the one after the CTEs."""
        depth = 0
        with_clause = False
        for kind, text in self._tokens():
            if kind is Kind.SYMBOL:
                depth += {"(": 1, ")": -1}.get(text, 0)
            elif kind is Kind.WORD:
                word = text.upper()
                if not with_clause and word != "WITH":
                    return word
                if with_clause and depth <= 0 and word in _VERBS_AFTER_WITH:
                    return word
                if not with_clause:
                    with_clause, depth = True, 0
        return ""

    @property
    def is_query(self) -> bool:
        """Whether it returns rows and changes nothing, so that it can be read batch by batch."""
        return self.verb in _QUERY_VERBS or self.verb in _METADATA_VERBS

    def _tokens(self) -> Iterator[tuple[Kind, str]]:
        for token in tokenize(self.text):
            if token.kind is not Kind.COMMENT:
                yield token.kind, self.text[token.begin : token.end]


@dataclass(frozen=True)
class Command:
    """A command of the shell, `\\d name` or `.tables`, to the end of its line."""

    text: str
    begin: int
    line: int


class _Lines:
    """Line numbers of growing positions, without counting from the start each time."""

    def __init__(self, text: str) -> None:
        self._text, self._position, self._line = text, 0, 1

    def at(self, position: int) -> int:
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line


def split(script: str) -> list[Statement | Command]:
    """Cuts a script at the `;` outside of strings, quoted names and comments, and at the commands of the shell.

    A command starts with a backslash anywhere outside of those, or with a dot and a letter at the start of a line
    between statements.

    Example:
        >>> [item.text for item in split("SELECT ';' AS a; -- one\\n\\\\d t\\nSELECT 2")]
        ["SELECT ';' AS a", '\\\\d t', 'SELECT 2']
    """
    items: list[Statement | Command] = []
    lines = _Lines(script)
    begin: int | None = None  # of the statement that is being read
    end = 0  # of its last token

    def finish(terminated: bool) -> None:
        nonlocal begin
        if begin is not None:
            items.append(Statement(script[begin:end], begin, lines.at(begin), terminated))
        begin = None

    position = 0
    while position < len(script):
        for token in tokenize(script, position):
            position = token.end
            if token.kind is Kind.COMMENT:
                continue
            text = script[token.begin : token.end]
            if text == "\\" or (begin is None and _is_dot_command(script, token.begin)):
                finish(terminated=False)
                position = _line_end(script, token.begin)
                items.append(Command(script[token.begin : position].strip(), token.begin, lines.at(token.begin)))
                break  # the line was not SQL: a quote in it must not swallow what follows
            if token.kind is Kind.SYMBOL and text == ";":
                finish(terminated=True)
                continue
            if begin is None:
                begin = token.begin
            end = token.end
        else:
            break
    finish(terminated=False)
    return items


def needs_more(text: str) -> bool:
    """Whether what was typed so far is a statement, or a comment, that goes on in the next line."""
    items = split(text)
    if items:
        return isinstance(items[-1], Statement) and not items[-1].terminated
    return any(not token.closed for token in tokenize(text))


def _is_dot_command(script: str, begin: int) -> bool:
    if script[begin] != "." or not script[begin + 1 : begin + 2].isalpha():
        return False
    return script[script.rfind("\n", 0, begin) + 1 : begin].strip() == ""


def _line_end(script: str, begin: int) -> int:
    end = script.find("\n", begin)
    return len(script) if end < 0 else end
