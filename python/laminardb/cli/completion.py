"""What Tab offers: words, functions, relations and columns that fit where the cursor is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import laminardb
from laminardb.cli import keywords, meta, relations
from laminardb.cli.formats import FORMATS
from laminardb.cli.lexer import Kind, Token, tokenize
from laminardb.cli.relations import Relation

_RELATION_COMMANDS = frozenset({"\\d", "\\tail", ".tail", "\\sf", ".schema", ".tables", "\\untail"})
_FUNCTION_COMMANDS = frozenset({"\\df", ".functions"})


@dataclass(frozen=True)
class Candidate:
    """Something that may stand at the cursor.

    Attributes:
        text: what is inserted.
        start: where the text it replaces begins, as an offset from the cursor (0 or negative).
        kind: what it is, for the reader.
    """

    text: str
    start: int
    kind: str


class Names:
    """What a connection has names for. Functions are read once, relations each time: they come and go."""

    def __init__(self, conn: laminardb.Connection) -> None:
        self._conn = conn
        self._functions: list[str] | None = None

    def relations(self) -> list[Relation]:
        """Every source, table, stream and view."""
        return relations.relations(self._conn)

    def functions(self) -> list[str]:
        """The names of the functions."""
        if self._functions is None:
            self._functions = sorted({row["name"] for row in relations.functions(self._conn)})
        return [name for name in self._functions if name.replace("_", "").isalnum()]


def complete(text: str, after: str, names: Names) -> list[Candidate]:
    """What fits between `text`, all that stands before the cursor, and `after`, the rest of the statement."""
    line = text.rsplit("\n", 1)[-1]
    if line.startswith(("\\", ".")) and not _statement_before(text).strip():
        return _command(line, names)
    tokens = _statement_tokens(text)
    if tokens and not tokens[-1].closed:
        return []  # inside of a string or a comment
    prefix = ""
    if tokens and tokens[-1].kind is Kind.WORD and tokens[-1].end == len(text):
        prefix = text[tokens[-1].begin :]
        tokens = tokens[:-1]
    words = [text[t.begin : t.end] for t in tokens]
    known = names.relations()
    if words and words[-1] == "." and len(words) > 1:
        return _matching(prefix, _columns_of(words[-2], text, after, known))
    upper = [word.upper() for word in words]
    for count in (2, 1):
        if tuple(upper[-count:]) in keywords.AFTER:
            return _matching(prefix, ((word, "keyword") for word in keywords.AFTER[tuple(upper[-count:])]))
    if not words:
        return _matching(prefix, ((word, "keyword") for word in keywords.STATEMENT_WORDS))
    if _wants_relation(upper):
        return _matching(prefix, ((_spelled(r.name), r.kind) for r in known))
    if not prefix and upper[-1] not in ("SELECT", "WHERE", "BY", "ON", "AND", "OR", "HAVING", "(", ",", "DISTINCT"):
        return []
    mentioned = _mentioned(text + after, known)
    offers: list[tuple[str, str]] = [(_spelled(c), type_) for r in mentioned for c, type_ in r.columns]
    offers += [(name + "(", "function") for name in names.functions()] if prefix else []
    offers += [(word, "type") for word in keywords.TYPES] if upper[0] == "CREATE" and prefix else []
    offers += [(word, "keyword") for word in sorted(keywords.KEYWORDS - keywords.RARE)] if prefix else []
    offers += [(_spelled(r.name), r.kind) for r in known] if prefix else []
    return _matching(prefix, offers)


def _matching(prefix: str, offers: Iterable[tuple[str, str]]) -> list[Candidate]:
    """Those that go on from the prefix. Keywords follow the case in which it was typed."""
    found: dict[str, Candidate] = {}
    for text, kind in offers:
        if not text.strip('"').lower().startswith(prefix.lower()):
            continue
        shown = text.lower() if kind in ("keyword", "type") and prefix and prefix == prefix.lower() else text
        found.setdefault(shown.lower(), Candidate(shown, -len(prefix), kind))
    return list(found.values())


def _command(line: str, names: Names) -> list[Candidate]:
    name, blank, rest = line.partition(" ")
    if not blank:
        return _matching(name, ((n, "command") for n in sorted(meta.COMMANDS) if n[0] == name[0]))
    prefix = rest.rsplit(" ", 1)[-1]
    if name in _RELATION_COMMANDS:
        return _matching(prefix, ((r.name, r.kind) for r in names.relations()))
    if name in _FUNCTION_COMMANDS:
        return _matching(prefix, ((f, "function") for f in names.functions()))
    if name in ("\\format", ".mode"):
        return _matching(prefix, ((f, "format") for f in FORMATS))
    if name in ("\\x", "\\timing", ".timer"):
        return _matching(prefix, ((f, "setting") for f in ("on", "off")))
    return []


def _statement_tokens(text: str) -> list[Token]:
    """The tokens of the statement that the cursor is in."""
    tokens: list[Token] = []
    for token in tokenize(text):
        if token.kind is Kind.SYMBOL and text[token.begin : token.end] == ";":
            tokens.clear()
        elif token.kind is not Kind.COMMENT or not token.closed:
            tokens.append(token)
    return tokens


def _statement_before(text: str) -> str:
    """What the cursor's statement has in earlier lines."""
    tokens = _statement_tokens(text[: text.rfind("\n") + 1])
    return text[tokens[0].begin : tokens[-1].end] if tokens else ""


def _wants_relation(upper: list[str]) -> bool:
    if upper[-1] == "TABLE" and upper[0] == "CREATE":
        return False
    if upper[-1] in keywords.BEFORE_RELATION:
        return True
    if upper[0] in ("DROP", "SHOW", "ALTER") and upper[-1] in keywords.KINDS:
        return True
    # FROM a, | lists go on until another clause begins.
    if upper[-1] == ",":
        for word in reversed(upper[:-1]):
            if word == "FROM":
                return True
            if word in keywords.KEYWORDS - {"AS"} or word in ("(", ")"):
                return False
    return False


def _mentioned(statement: str, known: list[Relation]) -> list[Relation]:
    """The relations whose names occur in a statement; all of them while there are none."""
    words = {statement[t.begin : t.end].strip('"`').lower() for t in tokenize(statement)}
    return [r for r in known if r.name.lower() in words] or known


def _columns_of(qualifier: str, text: str, after: str, known: list[Relation]) -> list[tuple[str, str]]:
    """The columns of what stands before a dot: a relation, or the alias of one."""
    qualifier = qualifier.strip('"`').lower()
    by_name = {r.name.lower(): r for r in known}
    statement = text + after
    words = [statement[t.begin : t.end].strip('"`').lower() for t in tokenize(statement) if t.kind is not Kind.COMMENT]
    relation = by_name.get(qualifier)
    for i, word in enumerate(words):
        alias = words[i + 2 : i + 3] if words[i + 1 : i + 2] == ["as"] else words[i + 1 : i + 2]
        if word in by_name and alias == [qualifier] and words[i - 1 : i] in (["from"], ["join"], [","]):
            relation = by_name[word]
    return [] if relation is None else [(_spelled(c), type_) for c, type_ in relation.columns]


def _spelled(name: str) -> str:
    """A name as it has to be written."""
    plain = name.replace("_", "").isalnum() and not name[0].isdigit() and name.upper() not in keywords.KEYWORDS
    return name if plain else relations.quoted(name)
