"""Carries one scenario out: the engine, the reference's log beside it, and the law after each step."""

from __future__ import annotations

import random
import re
from typing import Any

import laminardb
from reference import Catalog, Changes, Evaluator, Log
from reference.catalog import last_name, reads
from reference.log import Source
from reference.tables import Refused
from reference.values import RowError, Type, type_of_ast

from . import rows
from .configuration import Configuration
from .engine import Engine, parse
from .feed import WEIGHT, Feed
from .late_readers import LateReaders
from .law import Law
from .oracle import Oracle
from .rows import ComparableRow, from_arrow, from_reference, multiset, to_arrow
from .script import Directive, Scenario, ScriptError, tokens

# Whose queries see what was carried out, of sources and streams.
READERS = ("Insert", "CreateTable", "Update", "Delete")
# How statements begin that bring input.
CHANGES = r"\s*(insert|update|delete|truncate|commit|create\s+table)\b"


def fires_by_itself(statement: dict[str, Any]) -> bool:
    clause = statement["query"]["emit"] if statement["kind"] == "CreateStream" else None
    return clause is not None and clause["mode"] == "every"


class Session:
    def __init__(self, scenario: Scenario, configuration: Configuration):
        self.scenario = scenario
        self.configuration = configuration
        restarts = any(directive.name in ("checkpoint", "kill", "restart") for directive in scenario.directives)
        self.engine = Engine(
            configuration.engine,
            config=configuration.config,
            durable=configuration.restart != "no" or restarts,
            checkpoints=configuration.restart == "sometimes",
        )
        self._steps = 0
        self.connection = self.engine.connection
        self.log = Log()
        self.catalog = Catalog(self.log)
        self.evaluator = Evaluator(self.catalog, self.log)
        self.changes = Changes(self.catalog, self.evaluator)
        self.oracle = None if scenario.oracle_off else Oracle(self.catalog, self.log, self.evaluator)
        self.feeds: dict[str, Feed] = {}
        self._writers: dict[str, Any] = {}
        self.late_readers = LateReaders(self.connection) if configuration.late_readers else None
        self._law = Law(self)
        self._random = random.Random(f"{configuration.seed} {scenario.name}")
        self._more_input = True  # the script has some after this line
        self._clock: int | None = None  # nanoseconds since 1970; None: that of the machine
        self._pending = False  # calls accepted and not yet carried out
        self._aligned = True  # no `step` line was passed over since the last one that was carried out
        self._comparable = True  # so that `changes` of the feeds are those the script means

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: Any) -> None:
        for feed in self.feeds.values():
            feed.close()
        if self.late_readers is not None:
            self.late_readers.close()
        if self.oracle is not None:
            self.oracle.close()
        self.engine.close()

    # ---------------------------------------------------------------------------------------------- running

    def run(self) -> None:
        directives = self.scenario.directives
        inputs = [index for index, directive in enumerate(directives) if self._is_input(directive)]
        last = max(inputs, default=-1)
        for index, directive in enumerate(directives):
            self._more_input = index < last
            try:
                if index == last + 1 and self._pending and directive.name != "step" and self._steps_freely:
                    self.step()  # so that what the script expects of the end is looked at under every configuration
                self._carry_out(directive)
            except Exception as error:
                error.add_note(f"{self.scenario.path}:{directive.line}: {' '.join(directive.words)}")
                error.add_note(f"under configuration {self.configuration.name}")
                raise
        self.step()
        if self.configuration.retract:
            self._retract()

    def _retract(self) -> None:
        """Empties every table: what is kept over tables alone must then be what it was over nothing."""
        if self.changes.in_transaction:
            self.execute("ROLLBACK")
        for table in list(self.catalog.tables.values()):
            self.execute(f"DELETE FROM {rows.quoted(table.name)}")
        self.step()

    @property
    def _steps_freely(self) -> bool:
        return self.configuration.stepping != "as_written"

    def _is_input(self, directive: Directive) -> bool:
        if directive.name in ("insert", "watermark"):
            return True
        succeeds = directive.words[:2] in (("statement", "ok"), ("statement", "either"))
        return succeeds and re.match(CHANGES, directive.text, re.I) is not None

    def _carry_out(self, directive: Directive) -> None:
        name, words = directive.name, directive.words
        if name == "statement" and words[1] == "ok":
            self.execute(directive.text)
        elif name == "statement" and words[1] == "either":
            self._execute_or_refuse(directive.text)
        elif name == "statement":
            self._fails(directive.text, " ".join(words[2:]), self.connection.execute)
        elif name == "insert":
            self.insert(words[1], directive.body)
        elif name in ("kill", "restart"):
            self.step()
            self._restart(killed=name == "kill")
        elif name == "checkpoint":
            self.step()
            self.engine.checkpoint()
        elif name == "watermark":
            self.announce(words[1], words[2])
        elif name == "clock":
            self._set_clock(rows.parse_value(words[1], Type("TIMESTAMP", unit="ns")))
        elif name == "step":
            self._step_line()
        elif self._pending and self._steps_freely:
            return  # stepping differs from the script: what it expects here has not happened yet
        elif name == "query" and len(words) > 1 and words[1] == "error":
            self._fails(directive.text, " ".join(words[2:]), self.connection.query)
        elif name == "query":
            self._query(directive)
        elif name == "changes":
            self._changes(words[1], directive.body)
        elif name in ("late", "errors"):
            found = self.engine.counted(words[1])[name]
            assert found == int(words[2]), f"{words[1]} counted {found} {name}, expected {words[2]}"
        else:
            raise ScriptError(f"line {directive.line}: {name}")

    # ---------------------------------------------------------------------------------------------- input

    def insert(self, name: str, lines: tuple[str, ...]) -> None:
        """One call of `insert`: all rows of the block."""
        source = self.catalog.tables.get(name.lower()) or self._source(name)
        is_table = name.lower() in self.catalog.tables
        columns = [source.columns[i] for i in source.given()] if is_table else source.columns
        types = [t for _, t in columns]
        table = [tokens(line) for line in lines]
        for row in table:
            if len(row) != len(types):
                raise ScriptError(f"{len(row)} values for the {len(types)} columns of {name}: {row}")
        values = [tuple(rows.parse_value(token, t) for token, t in zip(row, types, strict=True)) for row in table]
        batch = to_arrow(values, [column for column, _ in columns], types)
        count = self.connection.insert(name, batch)
        assert count == len(values), f"insert returned {count} for {len(values)} rows"
        if is_table:
            self.changes.insert(source, values)
        else:
            self.changes.insert_into_source(name, values)
        self._accepted()

    def announce(self, name: str, token: str) -> None:
        source = self._source(name)
        t = None if source.time_column is None else source.columns[source.time_column][1]
        raw = int(token) if t is None or re.fullmatch(r"-?\d+", token) else rows.parse_value(token, t)
        if name not in self._writers:
            self._writers[name] = self.connection.writer(name)
        self._writers[name].watermark(raw)
        self.log.announce(name, raw)
        self._accepted()

    def execute(self, sql: str) -> None:
        statements = self._settle(sql)
        result = self.connection.execute(sql)
        affected = None
        for statement in statements:
            affected = self._follow(statement, sql)
        assert affected is None or affected == result.rows_affected, f"{result}, the reference changed {affected} rows"

    def _settle(self, sql: str) -> list[dict[str, Any]]:
        """The statements of the text, with what they read carried out."""
        statements = parse(sql)
        if self._pending and any(self._reads_now(statement) for statement in statements):
            self.step()  # a query sees what was carried out, and the reference all that was accepted
        if any(fires_by_itself(statement) for statement in statements):
            if self._clock is None:
                raise ScriptError("EMIT EVERY needs a clock that stands")
            self.step()  # it shows at once what is there, and that is as much as the reference has
        return statements

    def _reads_now(self, statement: dict[str, Any]) -> bool:
        """A stream, too, when what it will see depends on what has been forgotten by then."""
        if statement["kind"] == "CreateStream":
            return self.catalog.forgets(statement["query"])
        return statement["kind"] in READERS and bool(reads(statement))

    def _execute_or_refuse(self, sql: str) -> None:
        """One statement that changes rows: the reference says whether it is refused, and then nothing is done."""
        (statement,) = self._settle(sql)
        refusal, affected = None, None
        try:
            affected = self.changes.apply(statement)
        except (Refused, RowError) as error:
            refusal = error
        try:
            result = self.connection.execute(sql)
        except laminardb.LaminarError as error:
            assert refusal is not None, f"the reference does what the engine refuses: {error}"
            assert error.code in (302, 400), f"refused with {error.code}: {error}"
        else:
            assert refusal is None, f"{result}, and the reference refuses: {refusal}"
            assert affected == result.rows_affected, f"{result}, the reference changed {affected} rows"
            if not self.changes.in_transaction:
                self._accepted()

    def _follow(self, statement: dict[str, Any], sql: str) -> int | None:
        kind = statement["kind"]
        if kind in ("Insert", "Update", "Delete", "Truncate", "CreateTable", "Transaction"):
            affected = self.changes.apply(statement)
            if not self.changes.in_transaction:
                self._accepted()
            return affected
        if kind == "Alter" and (last_name(statement["name"]).lower() in {*self.catalog.tables, *self.catalog.sources}):
            self.changes.alter(statement)
            return None
        known = set(self.feeds)
        begins = {query.name.lower(): self.evaluator.first_retained(query.name) for query in self.catalog.names()}
        there = dict(self.catalog.queries)
        self.catalog.apply(statement, sql)
        for query in self.catalog.names():
            if query is not there.get(query.name.lower()):
                query.begins.update(begins)
        current = {query.name.lower() for query in self.catalog.names()}
        for gone in known - current:
            self.feeds.pop(gone).close()
        if self.late_readers is not None and kind in ("Drop", "CreateStream", "CreateSource", "CreateTable"):
            self.late_readers.close()  # what they read may be gone, or another by that name
        if kind == "CreateStream":
            name = last_name(statement["head"]["name"]).lower()
            replaced = statement["head"]["or_replace"] and name in self.feeds
            if replaced:
                self.feeds.pop(name).close()
            if name not in self.feeds:
                spelled = last_name(statement["head"]["name"])
                self.feeds[name] = Feed(spelled, self.connection.subscribe_stream(spelled))
                if fires_by_itself(statement):
                    self.evaluator.fire([self.catalog.queries[name]])
        return None

    def _source(self, name: str) -> Source:
        if name.lower() not in self.catalog.sources:
            raise ScriptError(f"no source {name}")
        return self.catalog.sources[name.lower()]

    # ---------------------------------------------------------------------------------------------- steps

    def _accepted(self) -> None:
        self._pending = True
        stepping = self.configuration.stepping
        if stepping == "each_call" or (stepping == "random" and self._random.random() < 0.4):
            self.step()

    def _step_line(self) -> None:
        stepping = self.configuration.stepping
        passed_over = stepping == "at_end" or (stepping == "random" and self._random.random() < 0.4)
        if passed_over and self._pending and self._more_input:
            self._aligned = False
            return
        self.step()
        for feed in self.feeds.values():
            feed.close_step()
        self._comparable, self._aligned = self._aligned, True

    def step(self) -> None:
        self.engine.step()
        self._pending = False
        for feed in self.feeds.values():
            feed.drain()
        # A connection sees its own transaction, but what is kept shows none of it: nothing to compare.
        if not self.scenario.law_off and not self.changes.in_transaction:
            self._law.check()
        if self.configuration.restart == "no" or self.changes.in_transaction:
            return
        self._steps += 1
        if self.configuration.restart == "always" or self._steps % 3 == 0:
            self._restart()
        else:
            self.engine.checkpoint()

    def _set_clock(self, nanos: int) -> None:
        """A step, and then what is due by this time: all that waits, when a multiple of an interval has been passed."""
        if self._clock is None and self._pending:
            raise ScriptError("the clock must stand before anything comes")
        self.step()
        before = nanos if self._clock is None else self._clock
        self._clock = nanos
        self.engine.set_time(nanos / 1e9)
        every = [query for query in self.catalog.names() if query.emit == "every"]
        self.evaluator.fire([query for query in every if nanos // query.interval > before // query.interval])
        for feed in self.feeds.values():
            feed.drain()
            feed.close_step()
        if not self.scenario.law_off:
            self._law.check()
        self._comparable, self._aligned = self._aligned, True

    def _restart(self, killed: bool = False) -> None:
        """What is there after the database was opened again is what was there before."""
        if self.late_readers is not None:
            self.late_readers.close()
        if killed:
            self.engine.kill()
        else:
            self.engine.restart()
            # Closed in order, it shows what waited.
            self.evaluator.fire([query for query in self.catalog.names() if query.emit == "every"])
        self.connection = self.engine.connection
        if self.late_readers is not None:
            self.late_readers = LateReaders(self.connection)
        self._writers.clear()
        for feed in self.feeds.values():
            feed.reopen(self.connection)
        if not self.scenario.law_off:
            self._law.check()

    # ---------------------------------------------------------------------------------------------- expectations

    def _changes(self, name: str, lines: tuple[str, ...]) -> None:
        if not self._comparable:
            return
        feed = self.feeds[name.lower()]
        types = [rows.type_of(field.type) for field in feed.schema if field.name != WEIGHT]
        expected = multiset([])
        for line in lines:
            *values, weight = tokens(line)
            if weight is None or not re.fullmatch(r"[+-]\d+", weight):
                raise ScriptError(f"a line of changes ends in its weight, as in +1: {line}")
            expected[rows.parse_row(values, types)] += int(weight)
        if found := rows.difference(expected, feed.changes):
            raise AssertionError(f"changes of {name}\n{found}")

    def _query(self, directive: Directive) -> None:
        sql, lines = directive.halves()
        head, _, wanted_types = " ".join(directive.words).partition(":")
        table = self.connection.query(sql).arrow()
        types = [rows.type_of(field.type) for field in table.schema]
        if wanted_types.strip():
            self._check_types(wanted_types.split(), types)
        expected = [rows.parse_row(tokens(line), types) for line in lines]
        found = from_arrow(table)
        statement = parse(sql)[0]
        if "ordered" in head.split():
            problem = rows.difference_ordered(expected, found)
        else:
            problem = rows.difference(multiset(expected), multiset(found))
        assert problem is None, f"{sql}\n{problem}"
        if statement["kind"] == "Query" and not self.scenario.law_off and not reads_metadata(sql):
            self._query_again(statement, sql, found, "ordered" in head.split())

    def _query_again(self, statement: dict[str, Any], sql: str, found: list[ComparableRow], ordered: bool) -> None:
        """What the script expects of a query, the reference and DuckDB must say too."""
        with self.changes.own_view():
            self._compare(statement, sql, found, ordered)

    def _compare(self, statement: dict[str, Any], sql: str, found: list[ComparableRow], ordered: bool) -> None:
        answer = self.evaluator.ask(statement["query"])
        assert not answer.errors, f"{sql}\nthe reference sets rows aside: {answer.errors[0]}"
        expected = from_reference(answer.rows, answer.types)
        if ordered:
            problem = rows.difference_ordered(expected, found)
        else:
            problem = rows.difference(multiset(expected), multiset(found), answer.magnitude)
        assert problem is None, f"{sql}\nby the reference:\n{problem}"
        if not answer.tied:
            self._law.check_with_duckdb(sql, statement["query"], found, answer)

    def _check_types(self, wanted: list[str], found: list[rows.Type]) -> None:
        (statement,) = parse("SELECT " + ", ".join(f"CAST(NULL AS {name})" for name in wanted))
        types = [type_of_ast(item["value"]["type"]) for item in statement["query"]["body"]["items"]]
        assert types == found, f"types {', '.join(map(str, found))}, expected {', '.join(map(str, types))}"

    def _fails(self, sql: str, expectation: str, call: Any) -> None:
        """`[CODE] [@fragment] [regex]`: a LaminarError of this code, pointing at the fragment, with such a message."""
        parts = re.fullmatch(r"(?P<code>\d+)?\s*(@(?P<fragment>\S+))?\s*(?P<message>.*)", expectation)
        assert parts is not None
        try:
            call(sql)
        except laminardb.LaminarError as error:
            failure = error
        else:
            raise AssertionError(f"no error from {sql}")
        shown = f"{type(failure).__name__} {failure.code}: {failure}"
        if parts["code"]:
            assert failure.code == int(parts["code"]), shown
        if parts["fragment"]:
            position, wanted = getattr(failure, "position", None), sql.index(parts["fragment"])
            assert position == wanted, f"position {position}, expected {wanted}: {shown}"
        if parts["message"]:
            assert re.search(parts["message"], str(failure)), f"expected a message like {parts['message']}: {shown}"


def reads_metadata(sql: str) -> bool:
    return re.search(r"\b(laminar_catalog|information_schema)\b", sql, re.I) is not None
