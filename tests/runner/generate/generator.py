"""A scenario from a seed."""

from __future__ import annotations

import random
import re

from . import values
from .queries import Queries
from .relation import INTEGERS, Column, Relation
from .script import STEP, Call, Script
from .tables import FRACTIONS, Tables


class Generator:
    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._queries = Queries(self._random)
        self._statements = Tables(self._random)

    def script(self) -> Script:
        script = Script()
        self._sources, self._tables = [], []
        for name in self._random.choice(("s0", "s0", "s0 s1", "s0 t0", "s0 t0", "t0", "t0 t1")).split():
            if name.startswith("s"):
                self._sources.append(self._source(name, script))
            else:
                sql, table = self._statements.table(name)
                script.setup.append(sql)
                self._tables.append(table)
        self._relations = [*self._sources, *self._tables]
        self._clock = {relation.name: 0 for relation in self._relations}
        # Some streams are created late, over history; each after those it reads. Statements read those that are there.
        late = sorted(self._random.random() < 0.4 for _ in range(self._random.randint(1, 4)))
        streams = [self._stream(f"q{index}") for index in range(len(late))]
        self._there = [relation for (_, relation), comes in zip(streams, late, strict=True) if not comes]
        for _ in range(self._random.randint(2, 13 if self._tables else 9)):
            if self._tables and self._random.random() < 0.15:
                script.calls += self._transaction()
            else:
                script.calls.append(self._call())
            if self._random.random() < 0.5:
                script.calls.append(Call(STEP))
        places = sorted(self._random.randint(0, len(script.calls)) if comes else 0 for comes in late)
        script.streams = [(place, sql) for place, (sql, _) in zip(places, streams, strict=True)]
        if self._random.random() < 0.35:
            self._add_twin(script)
        return script

    def _add_twin(self, script: Script) -> None:
        """A stream once more under another name, which shares what it can with the first; one of the two may go."""
        place, sql = self._random.choice(script.streams)
        head, name, query = re.fullmatch(r"CREATE (.*?) (q\d) AS (.*)", sql, re.S).groups()
        if head == "VIEW":
            return
        place = self._random.randint(place, len(script.calls))
        script.streams.append((place, f"CREATE {head} {name}b AS {query}"))
        if self._random.random() < 0.6:
            texts = [sql.partition(" AS ")[2] for _, sql in script.streams] + [call.text() for call in script.calls]
            is_read = any(re.search(rf"\b{name}\b", text) for text in texts)
            gone = f"{name}b" if is_read or self._random.random() < 0.5 else name
            script.streams.append((self._random.randint(place, len(script.calls)), f"DROP {head} {gone}"))

    def _stream(self, name: str) -> tuple[str, Relation]:
        sql, relation = self._queries.stream(name, self._relations)
        self._relations = [*self._relations, relation]
        return sql, relation

    def _source(self, name: str, script: Script) -> Relation:
        pick = self._random.choice
        declared = {"integer": "INT", "text": "VARCHAR", "boolean": "BOOLEAN", **FRACTIONS}
        kinds = pick(("integer", "text", "boolean")), "integer", pick(("integer", "float", "decimal")), "text"
        columns = [Column(c, kind, declared[kind]) for c, kind in zip("kvwt", kinds, strict=True)]
        columns[1] = Column("v", "integer", pick(list(INTEGERS)))
        time, clause = None, ""
        if self._random.random() < 0.6:
            time = Column("ts", "time", pick(("TIMESTAMP", "TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(9)", "BIGINT")))
            slack = pick(("", " AS ts - INTERVAL '2' SECOND", " AS ts - INTERVAL '7' SECOND"))
            columns.append(time)
            clause = f", WATERMARK FOR ts{slack}"
        listed = ", ".join(f"{column.name} {column.declared}" for column in columns)
        script.setup.append(f"CREATE SOURCE {name} ({listed}{clause})")
        return Relation(name, columns, time, arrival=True, watermark=time is not None)

    # ---------------------------------------------------------------------------------------------- input

    def _call(self) -> Call:
        """One call or statement, outside a transaction."""
        relation = self._random.choice([*self._sources, *self._tables])
        if relation in self._tables:
            return self._change(relation, self._there)
        if relation.time and self._random.random() < 0.05:
            second = self._clock[relation.name] + self._random.choice((-3, 0, 2, 5))
            raw = second * 1000 if relation.time.declared == "BIGINT" else values.clock(max(second, 0))
            return Call(f"watermark {relation.name} {raw}")
        return self._insert(relation)

    def _insert(self, source: Relation) -> Call:
        rows = []
        for _ in range(self._random.choice((0, 1, 1, 2, 3, 5))):
            now = self._advance(source)
            rows.append("  ".join(values.word(self._random, column, now) for column in source.columns))
        return Call(f"insert {source.name}", rows=tuple(rows))

    def _advance(self, relation: Relation) -> int:
        self._clock[relation.name] += self._random.choice((0, 0, 1, 1, 2, 5))
        return self._clock[relation.name]

    def _change(self, table: Relation, streams: list[Relation]) -> Call:
        return self._statements.change(table, [*self._sources, *self._tables, *streams], self._advance(table))

    def _transaction(self) -> list[Call]:
        """Statements in it see what it did to tables; streams show what is committed, and are not read."""
        calls = [Call("statement ok", "BEGIN")]
        for _ in range(self._random.randint(1, 4)):
            relation = self._random.choice([*self._tables, *self._tables, *self._sources])
            if relation in self._tables:
                calls.append(self._change(relation, []))
            elif self._random.random() < 0.5:
                calls.append(self._insert(relation))
            else:
                calls.append(self._statements.insert_into(relation, self._advance(relation)))
        return [*calls, Call("statement ok", self._random.choice(("COMMIT", "COMMIT", "COMMIT", "ROLLBACK")))]
