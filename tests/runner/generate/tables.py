"""Random tables, and the statements that change them: any of them may be refused."""

from __future__ import annotations

import re

from . import values
from .joins import Joins
from .relation import INTEGERS, Column, Relation
from .script import EITHER, Call

FRACTIONS = {"float": "DOUBLE", "decimal": "DECIMAL(8,2)"}


class Tables(Joins):
    def table(self, name: str) -> tuple[str, Relation]:
        """A CREATE TABLE and what it makes: rows under a key, or a bag."""
        pick, chance = self._random.choice, self._random.random
        keyed = chance() < 0.65
        columns = [
            Column("k", *pick((("integer", "INT"), ("text", "VARCHAR"), ("integer", "INT"))), not_null=keyed),
            Column("v", "integer", pick(list(INTEGERS))),
            Column("w", *pick((("integer", "INT"), *FRACTIONS.items()))),
            Column("t", "text", "VARCHAR"),
        ]
        defaults: dict[str, str] = {}
        if chance() < 0.2:
            columns[1] = Column("v", "integer", columns[1].declared, not_null=True)
        if chance() < 0.3:
            columns.append(Column("b", "boolean", "BOOLEAN"))
        if chance() < 0.5:
            columns.append(Column("ts", "time", pick(("TIMESTAMP", "TIMESTAMP(0)"))))
        if chance() < 0.25:
            columns.append(Column("g", "integer", "INT", given=False))
            defaults["g"] = f" GENERATED ALWAYS AS ({pick(('v + 1', 'length(t)', '10 / v', 'coalesce(v, 0) * 2'))})"
        if chance() < 0.25:
            defaults["t"] = " DEFAULT 'b'"
        key = pick((("k",), ("k",), ("k", "t"))) if keyed else ()
        columns = [Column(c.name, c.kind, c.declared, c.given, c.not_null or c.name in key) for c in columns]
        listed = [
            f"{c.name} {c.declared}{' NOT NULL' if c.not_null and c.name not in key else ''}{defaults.get(c.name, '')}"
            for c in columns
        ]
        listed += [f"PRIMARY KEY ({', '.join(key)})"] if key else []
        time = next((column for column in columns if column.kind == "time"), None)
        return f"CREATE TABLE {name} ({', '.join(listed)})", Relation(name, columns, time, key=key)

    def change(self, table: Relation, relations: list[Relation], now: int) -> Call:
        """A statement that changes the table. `relations` can be read in it."""
        self._relations = relations
        forms = [self._insert] * 12 + [self._update] * 5 + [self._delete] * 4 + [self._copy] * 2 + [self._truncate]
        if not table.key and all(column.given and not column.not_null for column in table.columns):
            forms += [self._insert_call] * 4
        return self._random.choice(forms)(table, now)

    def insert_into(self, source: Relation, now: int) -> Call:
        rows = [self._row(source.columns, now) for _ in range(self._random.choice((1, 1, 2)))]
        return Call("statement ok", f"INSERT INTO {source.name} VALUES", tuple(rows))

    def _insert_call(self, table: Relation, now: int) -> Call:
        rows = [
            "  ".join(values.word(self._random, column, now) for column in table.columns)
            for _ in range(self._random.choice((1, 2, 3)))
        ]
        return Call(f"insert {table.name}", rows=tuple(rows))

    def _row(self, columns: list[Column], now: int) -> str:
        return f"({', '.join(values.sql(self._random, column, now) for column in columns)})"

    def _insert(self, table: Relation, now: int) -> Call:
        columns = [column for column in table.columns if column.given]
        if self._random.random() < 0.2:
            columns = [column for column in columns if column.name in (*table.key, "v") or self._random.random() < 0.5]
        rows = [self._row(columns, now) for _ in range(self._random.choice((1, 2, 2, 3, 4)))]
        names = ", ".join(column.name for column in columns)
        head = f"INSERT INTO {table.name} ({names}) VALUES"
        return Call(EITHER, head, tuple(rows), self._conflict(table))

    def _conflict(self, table: Relation) -> str:
        if not table.key or self._random.random() < 0.25:
            return ""
        target = f" ({', '.join(table.key)})"
        if self._random.random() < 0.3:
            return f"ON CONFLICT{self._random.choice((target, ''))} DO NOTHING"
        given = Relation("excluded", [Column(f"excluded.{c.name}", c.kind, c.declared) for c in table.columns])
        there = Relation(table.name, [Column(f"{table.name}.{c.name}", c.kind, c.declared) for c in table.columns])
        both = Relation("", given.columns + there.columns)
        changed = [column for column in table.columns if column.given and column.name not in table.key]
        chosen = self._random.sample(changed, self._random.randint(1, len(changed)))
        assigned = [f"{column.name} = {self._value(column, both, given)}" for column in chosen]
        where = f" WHERE {self._condition(both)}" if self._random.random() < 0.2 else ""
        return f"ON CONFLICT{target} DO UPDATE SET {', '.join(assigned)}{where}"

    def _value(self, column: Column, base: Relation, given: Relation | None = None) -> str:
        """What an assignment gives a column; often the column of the same place among those `given`."""
        form = self._random.random()
        if given and form < 0.6:
            return next(other.name for other in given.columns if other.name.rpartition(".")[2] == column.name)
        # A NULL that is known beforehand is refused even where no row meets it, so none for NOT NULL columns.
        if form < 0.2 and not column.not_null:
            return "DEFAULT"
        if column.kind in ("integer", "text", "boolean"):
            sql = self._expression(column.kind, base, 1)
            reads = {other.name for other in base.columns} & set(re.findall(r"[\w.]+", sql))
            return sql if reads or not column.not_null else f"coalesce({sql}, {DEFAULTS[column.kind]})"
        if (known := base.of(column.kind)) and form < 0.8:
            other = self._random.choice(known)
            return other.name if column.kind == "time" else f"-{other.name}"
        return values.sql(self._random, column, 5)

    def _update(self, table: Relation, now: int) -> Call:
        changed = [column for column in table.columns if column.given]
        chosen = self._random.sample(changed, self._random.choice((1, 1, 2)))
        assigned = [f"{column.name} = {self._value(column, table)}" for column in chosen]
        where = self._where(table)
        if set(table.key) & {column.name for column in chosen} and self._random.random() < 0.5:
            assigned = ["k = " + ("k + 1" if table.columns[0].kind == "integer" else "k || 'b'")]
        return Call(EITHER, f"UPDATE {table.name} SET {', '.join(assigned)}{where}")

    def _delete(self, table: Relation, now: int) -> Call:
        return Call(EITHER, f"DELETE FROM {table.name}{self._where(table)}")

    def _where(self, table: Relation) -> str:
        form = self._random.random()
        if form < 0.15:
            return ""
        return f" WHERE {self._about(table, self._relations) if form < 0.35 else self._condition(table)}"

    def _truncate(self, table: Relation, now: int) -> Call:
        return Call(EITHER, f"TRUNCATE {table.name}")

    def _copy(self, table: Relation, now: int) -> Call:
        """INSERT … SELECT, one row for each key so that it does not matter which comes first."""
        base = self._any().aliased("i")
        columns = [column for column in table.columns if column.given]
        items = []
        for column in columns:
            known = base.of(column.kind)
            if column.kind in ("integer", "text", "boolean"):
                sql = self._expression(column.kind, base, 1)
            else:
                sql = self._random.choice(known).name if known and column.kind != "time" else f"NULL::{column.declared}"
            items.append(sql)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        names = ", ".join(column.name for column in columns)
        if not table.key:
            query = f"SELECT {', '.join(items)} FROM {base.name}{where}"
            return Call(EITHER, f"INSERT INTO {table.name} ({names}) {query}")
        pairs = zip(columns, items, strict=True)
        keys = [f"coalesce({sql}, {DEFAULTS[column.kind]})" for column, sql in pairs if column.name in table.key]
        selected = iter(keys)
        items = [
            next(selected) if column.name in table.key else f"{'bool_or' if column.kind == 'boolean' else 'max'}({sql})"
            for column, sql in zip(columns, items, strict=True)
        ]
        query = f"SELECT {', '.join(items)} FROM {base.name}{where} GROUP BY {', '.join(keys)}"
        return Call(EITHER, f"INSERT INTO {table.name} ({names}) {query}", tail=self._conflict(table))


DEFAULTS = {"integer": "0", "text": "'a'", "boolean": "TRUE"}
