"""The law of the engine: at every commit the contents of a stream equal its SELECT evaluated from scratch over all
input accepted so far, restricted to what event time allows it to show; and its changes, summed, are its contents.

Five answers are held against each other: the changes summed, the view by name, its SELECT asked once, the reference,
and DuckDB where it can express the query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import laminardb
from reference.catalog import NamedQuery
from reference.query import Result

from .oracle import Inexpressible
from .rows import ComparableRow, Multiset, difference, from_arrow, from_reference, multiset, quoted

if TYPE_CHECKING:
    from .session import Session


class Law:
    def __init__(self, session: Session):
        self._session = session
        self.asked_duckdb = 0
        self.inexpressible: set[str] = set()

    def check(self) -> None:
        for table in self._session.catalog.tables.values():
            found = self._session.connection.query(f"SELECT * FROM {quoted(table.name)}").arrow()
            expected = from_reference(table.rows, [t for _, t in table.columns])
            agree(f"table {table.name} against the reference", multiset(expected), multiset(from_arrow(found)), 0.0)
        with self._session.evaluator.unchanging():
            for query in self._session.catalog.names():
                self._check(query)

    def _check(self, query: NamedQuery) -> None:
        session = self._session
        answer = session.evaluator.contents(query.name)
        expected = rows_of(answer)
        view = multiset(from_arrow(session.connection.query(f"SELECT * FROM {quoted(query.name)}").arrow()))
        agree(f"{query.name}, by name, against the reference", expected, view, answer.magnitude)
        # What a stream forgets is no change; who comes later sees less of what its inputs forget.
        forgets = session.catalog.forgets(query.query)
        if query.emit != "on_update" and query.retained is None:
            summed = session.feeds[query.name.lower()].contents()
            agree(f"{query.name}, changes summed against the view by name", view, summed, answer.magnitude)
            if session.late_readers is not None and not forgets and query.emit != "every":
                for opened, found in session.late_readers.read(query):
                    agree(f"{query.name}, by a reader of {opened}", view, found, answer.magnitude)
        self._check_asked_once(query)
        everything = query.retained is None and not session.catalog.forgets(query.query, below=True)
        if session.oracle is not None and everything and not answer.errors and not answer.tied:
            try:
                found = multiset(session.oracle.contents(query.name, answer.types))
            except Inexpressible as reason:
                self.inexpressible.add(str(reason))
            else:
                self.asked_duckdb += 1
                agree(f"{query.name}, DuckDB against the reference", expected, found, answer.magnitude)

    def _check_asked_once(self, query: NamedQuery) -> None:
        """The SELECT itself, asked once: of windows it shows the open ones too, and a row in error fails it."""
        session = self._session
        tree: dict[str, Any] = {**query.query, "emit": None}
        text = query.text
        if clause := query.query["emit"]:
            text = text.encode()[: clause["span"][0] - query.query["span"][0]].decode()
        answer = session.evaluator.ask(tree)
        if not answer.errors:
            found = multiset(from_arrow(session.connection.query(text).arrow()))
            agree(f"{text}\nasked once against the reference", rows_of(answer), found, answer.magnitude)
            return
        try:
            session.connection.query(text)
        except laminardb.QueryError as error:
            assert error.code == 400, f"{text}\nfailed with {error.code}: {error}"
        else:
            raise AssertionError(f"{text}\nasked once must fail: {answer.errors[0]}")

    def check_with_duckdb(self, sql: str, query: dict[str, Any], found: list[ComparableRow], reference: Result) -> None:
        """A one-shot query against DuckDB, unless it is limited: which of equal rows are left is nobody's duty."""
        oracle = self._session.oracle
        if self._session.catalog.forgets(query, below=True):
            return
        if oracle is None or query["limit"] or query["offset"]:
            return
        try:
            answer = multiset(oracle.ask(query, sql, reference.types))
        except Inexpressible as reason:
            self.inexpressible.add(str(reason))
        else:
            self.asked_duckdb += 1
            agree(f"{sql}\nagainst DuckDB", answer, multiset(found), reference.magnitude)


def rows_of(answer: Result) -> Multiset:
    return multiset(from_reference(answer.rows, answer.types))


def agree(what: str, expected: Multiset, found: Multiset, magnitude: float) -> None:
    if problem := difference(expected, found, magnitude):
        raise AssertionError(f"{what}:\n{problem}")
