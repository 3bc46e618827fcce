"""Random scenarios: sources, streams over them and over each other, and calls, as the text of a .test script.

Values are chosen so that every comparison is decided exactly: floats are multiples of a quarter, and what came from a
division of floats is only passed on. Small domains make groups meet, extremes and zeros make rows fail.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

INTEGERS = {"INT": "2147483647", "BIGINT": "9223372036854775807", "SMALLINT": "32767"}
EXACT = ("integer", "float", "decimal", "text", "boolean")


@dataclass(frozen=True)
class Column:
    name: str
    kind: str  # one of EXACT, "inexact" (a float to pass on only), "time"
    declared: str = ""


@dataclass
class Relation:
    name: str
    columns: list[Column]
    retracts: bool = False
    time: Column | None = None
    arrival: bool = False  # its rows are those of a source, so that first and last are decided

    def of(self, *kinds: str) -> list[Column]:
        return [column for column in self.columns if column.kind in kinds]


@dataclass
class Script:
    """Parts of a scenario that can be left out one by one."""

    setup: list[str] = field(default_factory=list)  # CREATE SOURCE …
    streams: list[tuple[int, str]] = field(default_factory=list)  # (calls before it, CREATE STREAM …)
    calls: list[tuple[str, list[str]]] = field(default_factory=list)  # (source, rows), or ("step", [])

    def text(self) -> str:
        blocks = [f"statement ok\n{sql}" for sql in self.setup]
        for place in range(len(self.calls) + 1):
            # A script made smaller may have fewer calls than a stream was to wait for.
            due = [sql for after, sql in self.streams if min(after, len(self.calls)) == place]
            blocks += [f"statement ok\n{sql}" for sql in due]
            if place < len(self.calls):
                name, rows = self.calls[place]
                blocks.append("step" if name == "step" else "\n".join([f"insert {name}", *rows]))
        return "\n\n".join([*blocks, "step"]) + "\n"


class Generator:
    def __init__(self, seed: int):
        self._random = random.Random(seed)

    def script(self) -> Script:
        script = Script()
        self._relations: list[Relation] = []
        sources = [self._source(f"s{index}", script) for index in range(self._random.choice((1, 1, 2)))]
        relations = self._relations = list(sources)
        for index in range(self._random.randint(1, 4)):
            relations.append(self._stream(f"q{index}", relations, script))
        clock = dict.fromkeys([source.name for source in sources], 0)
        for _ in range(self._random.randint(2, 9)):
            source = self._random.choice(sources)
            script.calls.append((source.name, self._rows(source, clock)))
            if self._random.random() < 0.5:
                script.calls.append(("step", []))
        # Some streams are created late, over history; each after those it reads.
        places = [self._random.randint(0, len(script.calls)) for _ in script.streams]
        created = sorted(place if self._random.random() < 0.4 else 0 for place in places)
        script.streams = [(after, sql) for after, (_, sql) in zip(created, script.streams, strict=True)]
        return script

    # ---------------------------------------------------------------------------------------------- input

    def _source(self, name: str, script: Script) -> Relation:
        pick = self._random.choice
        columns = [
            Column("k", pick(("integer", "text", "boolean"))),
            Column("v", "integer", pick(list(INTEGERS))),
            Column("w", pick(("integer", "float", "decimal"))),
            Column("t", "text"),
        ]
        declared = {"integer": "INT", "float": "DOUBLE", "decimal": "DECIMAL(8,2)", "text": "VARCHAR"}
        columns = [Column(c.name, c.kind, c.declared or declared.get(c.kind, "BOOLEAN")) for c in columns]
        time, clause = None, ""
        if self._random.random() < 0.6:
            time = Column("ts", "time", pick(("TIMESTAMP", "TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(9)", "BIGINT")))
            slack = pick(("", " AS ts - INTERVAL '2' SECOND", " AS ts - INTERVAL '7' SECOND"))
            columns.append(time)
            clause = f", WATERMARK FOR ts{slack}"
        listed = ", ".join(f"{column.name} {column.declared}" for column in columns)
        script.setup.append(f"CREATE SOURCE {name} ({listed}{clause})")
        return Relation(name, columns, time=time, arrival=True)

    def _rows(self, source: Relation, clock: dict[str, int]) -> list[str]:
        rows = []
        for _ in range(self._random.choice((0, 1, 1, 2, 3, 5))):
            clock[source.name] += self._random.choice((0, 0, 1, 1, 2, 5))
            rows.append("  ".join(self._value(column, clock[source.name]) for column in source.columns))
        return rows

    def _value(self, column: Column, now: int) -> str:
        if self._random.random() < (0.03 if column.kind == "time" else 0.12):
            return "NULL"
        pick = self._random.choice
        if column.kind == "time":
            second = max(now + pick((0, 0, 0, -1, -3, -6, -12)), 0)
            return str(second * 1000) if column.declared == "BIGINT" else f"00:{second // 60:02}:{second % 60:02}"
        if column.kind == "integer":
            return INTEGERS[column.declared] if self._random.random() < 0.03 else str(pick(range(-3, 4)))
        if column.kind == "float":
            return pick(("-1.5", "0", "0.25", "2", "3.75", "-0.0"))
        if column.kind == "decimal":
            return pick(("-1.50", "0", "0.01", "2", "3.75"))
        return pick(("true", "false")) if column.kind == "boolean" else pick(("a", "b", "B", "''", "'a b'", "abc"))

    # ---------------------------------------------------------------------------------------------- streams

    def _stream(self, name: str, relations: list[Relation], script: Script) -> Relation:
        base = self._random.choice(relations)
        kinds = ["project", "aggregate", "aggregate", "nested", "union", "join", "join", "subquery"]
        kinds += ["top", "ranked", "set"]
        kinds += ["window"] * (3 if base.time else 0)
        made = getattr(self, f"_{self._random.choice(kinds)}")
        sql, relation = made(name, base)
        kind = self._random.choice(("STREAM", "STREAM", "MATERIALIZED VIEW"))
        script.streams.append((0, f"CREATE {kind} {name} AS {sql}"))
        return relation

    def _project(self, name: str, base: Relation) -> tuple[str, Relation]:
        items, columns = self._items(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.7 else ""
        time = None
        if base.time and self._random.random() < 0.7:
            items, columns, time = [*items, base.time.name], [*columns, base.time], base.time
        sql = f"SELECT {', '.join(items)} FROM {base.name}{where}"
        return sql, Relation(name, columns, base.retracts, time)

    def _items(self, base: Relation) -> tuple[list[str], list[Column]]:
        items, columns = [], []
        for index in range(self._random.randint(1, 4)):
            if passed := self._random.random() < 0.4 and [c for c in base.columns if c.kind != "time"]:
                column = self._random.choice(passed)
                sql, kind = column.name, column.kind
            else:
                kind = self._random.choice(("integer", "text", "boolean", "integer"))
                sql = self._expression(kind, base, 2)
            items.append(f"{sql} AS c{index}")
            columns.append(Column(f"c{index}", kind))
        return items, columns

    def _aggregate(self, name: str, base: Relation) -> tuple[str, Relation]:
        keys, key_columns = self._keys(base)
        items, columns = self._aggregates(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        having = f" HAVING {self._having(base)}" if self._random.random() < 0.3 else ""
        selected = [f"{key} AS {column.name}" for key, column in zip(keys, key_columns, strict=True)] + items
        sql = f"SELECT {', '.join(selected)} FROM {base.name}{where}{group}{having}"
        return sql, Relation(name, key_columns + columns, retracts=True)

    def _keys(self, base: Relation) -> tuple[list[str], list[Column]]:
        keys, columns = [], []
        for index in range(self._random.choice((0, 1, 1, 1, 2))):
            candidates = base.of(*EXACT)
            if candidates and self._random.random() < 0.7:
                column = self._random.choice(candidates)
                sql, kind = column.name, column.kind
            else:
                kind = self._random.choice(("integer", "text", "boolean"))
                sql = self._expression(kind, base, 1)
                if "(" not in sql and sql not in {column.name for column in base.columns}:
                    sql = f"coalesce({sql})"  # a bare constant would be the place of a column
            keys.append(sql)
            columns.append(Column(f"g{index}", kind))
        return keys, columns

    def _aggregates(self, base: Relation) -> tuple[list[str], list[Column]]:
        items, columns = [], []
        for index in range(self._random.randint(1, 3)):
            sql, kind = self._aggregate_call(base)
            items.append(f"{sql} AS a{index}")
            columns.append(Column(f"a{index}", kind))
        return items, columns

    def _aggregate_call(self, base: Relation) -> tuple[str, str]:
        pick = self._random.choice
        condition = f" FILTER (WHERE {self._condition(base)})" if self._random.random() < 0.2 else ""
        numbers = base.of("integer", "float", "decimal")
        ends = ("first_value", "last_value") if base.arrival else ()
        function = pick(("count", "count", "sum", "avg", "min", "max", "distinct", "more", "more", "more", *ends))
        if function == "count" or not base.of(*EXACT):
            return f"count(*){condition}", "integer"
        if function in ("sum", "avg"):
            if not numbers:
                return f"sum({self._expression('integer', base, 1)}){condition}", "integer"
            column = pick(numbers)
            return f"{function}({column.name}){condition}", "inexact" if function == "avg" else column.kind
        if function == "more":
            return self._further_call(base, condition)
        column = pick(base.of(*EXACT))
        if function == "distinct":
            return f"count(DISTINCT {column.name}){condition}", "integer"
        if column.kind == "boolean" and function not in ends:
            return f"count({column.name}){condition}", "integer"
        return f"{function}({column.name}){condition}", column.kind

    def _further_call(self, base: Relation, condition: str) -> tuple[str, str]:
        """Aggregates that keep all values, or sums of powers; those of rows that may go must not depend on arrival."""
        pick = self._random.choice
        column, other = pick(base.of(*EXACT)), pick(base.of(*EXACT))
        numbers = base.of("integer", "float", "decimal")
        distinct = pick(("", "", "DISTINCT "))
        forms = [
            (f"mode({column.name}){condition}", column.kind),
            (f"approx_count_distinct({column.name}){condition}", "integer"),
            (f"quantile_disc({column.name}, {pick(('0', '0.25', '0.5', '1'))}){condition}", column.kind),
            (f"percentile_disc(0.3) WITHIN GROUP (ORDER BY {column.name} DESC){condition}", column.kind),
            (f"entropy({distinct}{column.name}){condition}", "inexact"),
            (f"first_value({column.name} ORDER BY {column.name} DESC){condition}", column.kind),
            (f"last_value({other.name} ORDER BY {column.name} NULLS FIRST, {other.name}){condition}", other.kind),
        ]
        if base.arrival:
            forms.append((f"{pick(('arg_min', 'arg_max'))}({other.name}, {column.name}){condition}", other.kind))
        if column.kind == "text":
            forms += [(f"string_agg({distinct}{column.name}, '-' ORDER BY {column.name} DESC){condition}", "text")] * 3
            if base.arrival:
                forms.append((f"string_agg({column.name}, ','){condition}", "text"))
        if column.kind == "boolean":
            forms += [(f"{pick(('bool_and', 'bool_or', 'count_if'))}({column.name}){condition}", "boolean")] * 2
            forms = [form for form in forms if not form[0].startswith("count_if")]
        if column.kind == "integer":
            forms += [(f"{pick(('bit_and', 'bit_or', 'bit_xor'))}({distinct}{column.name}){condition}", "integer")] * 3
        if numbers:
            x, y = pick(numbers).name, pick(numbers).name
            one = ("var_pop", "var_samp", "stddev_pop", "stddev_samp", "sem", "skewness", "kurtosis", "median", "mad")
            two = (
                "covar_pop",
                "covar_samp",
                "corr",
                "regr_slope",
                "regr_intercept",
                "regr_r2",
                "regr_sxx",
                "regr_avgx",
            )
            forms += [(f"{pick(one)}({distinct}{x}){condition}", "inexact")] * 3
            forms += [(f"{pick(two)}({y}, {x}){condition}", "inexact")] * 2
            forms.append((f"quantile_cont({x}, 0.3){condition}", "inexact"))
            forms.append((f"percentile_cont(0.75) WITHIN GROUP (ORDER BY {x} DESC){condition}", "inexact"))
            forms.append((f"regr_count({y}, {x}){condition}", "integer"))
        return pick(forms)

    def _having(self, base: Relation) -> str:
        limit = self._random.randint(1, 3)
        numbers = base.of("integer", "float", "decimal")
        if numbers and self._random.random() < 0.5:
            return f"sum({self._random.choice(numbers).name}) > {limit - 2}"
        return f"count(*) {self._random.choice(('>', '<=', '='))} {limit}"

    def _window(self, name: str, base: Relation) -> tuple[str, Relation]:
        assert base.time is not None
        size = self._random.choice((1, 5, 10))
        width = f"INTERVAL '{size}' SECOND"
        if self._random.random() < 0.4:
            slide = self._random.choice([slide for slide in (1, 2, 3, 5) if slide <= size])
            call = f"HOP({base.time.name}, INTERVAL '{slide}' SECOND, {width})"
        else:
            call = f"TUMBLE({base.time.name}, {width})"
        keys, key_columns = self._keys(base)
        items, columns = self._aggregates(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        selected = [f"{key} AS {column.name}" for key, column in zip(keys, key_columns, strict=True)] + items
        bounds = ["window_start AS ws", "window_end AS we"]
        sql = f"SELECT {', '.join(bounds + selected)} FROM {base.name}{where} GROUP BY {', '.join([*keys, call])}"
        starts = [Column("ws", "time"), Column("we", "time")]
        return sql, Relation(name, starts + key_columns + columns, retracts=True)

    def _nested(self, name: str, base: Relation) -> tuple[str, Relation]:
        inner, relation = self._random.choice((self._project, self._aggregate))("x", base)
        items, columns = self._items(relation)
        where = f" WHERE {self._condition(relation)}" if self._random.random() < 0.6 else ""
        return f"SELECT {', '.join(items)} FROM ({inner}) AS x{where}", Relation(name, columns, relation.retracts)

    def _union(self, name: str, base: Relation) -> tuple[str, Relation]:
        kinds = [self._random.choice(("integer", "text")) for _ in range(self._random.randint(1, 3))]
        parts = []
        for _ in range(self._random.randint(2, 3)):
            items = [f"{self._expression(kind, base, 1)} AS u{index}" for index, kind in enumerate(kinds)]
            parts.append(f"SELECT {', '.join(items)} FROM {base.name} WHERE {self._condition(base)}")
        columns = [Column(f"u{index}", kind) for index, kind in enumerate(kinds)]
        return " UNION ALL ".join(parts), Relation(name, columns, base.retracts)

    # ---------------------------------------------------------------------------------------------- joins

    def _join(self, name: str, base: Relation) -> tuple[str, Relation]:
        pick = self._random.choice
        left, right = self._side("l", base), self._side("r", pick(self._relations))
        both = Relation("", left.columns + right.columns)
        kind = pick(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", ","))
        conditions = self._equalities(left, right)
        if not conditions or self._random.random() < 0.4:
            conditions.append(self._comparison(both, 1))
        visible = left if kind in ("SEMI JOIN", "ANTI JOIN") else both
        where = [self._condition(visible)] if self._random.random() < 0.3 else []
        if kind == ",":
            tables, where = f"{left.name}, {right.name}", [*conditions, *where]
        else:
            tables = f"{left.name} {kind} {right.name} ON {' AND '.join(conditions)}"
        condition = f" WHERE {' AND '.join(f'({part})' for part in where)}" if where else ""
        if self._random.random() < 0.3:
            keys, key_columns = self._keys(visible)
            aggregates, columns = self._aggregates(visible)
            items = [f"{key} AS {column.name}" for key, column in zip(keys, key_columns, strict=True)] + aggregates
            group = f" GROUP BY {', '.join(keys)}" if keys else ""
            sql = f"SELECT {', '.join(items)} FROM {tables}{condition}{group}"
            return sql, Relation(name, key_columns + columns, retracts=True)
        items, columns = self._items(visible)
        return f"SELECT {', '.join(items)} FROM {tables}{condition}", Relation(name, columns, retracts=True)

    def _side(self, alias: str, base: Relation) -> Relation:
        """The relation under names of its own."""
        columns = [Column(f"{alias}{index}", column.kind) for index, column in enumerate(base.columns)]
        return Relation(f"{base.name} AS {alias} ({', '.join(column.name for column in columns)})", columns)

    def _equalities(self, left: Relation, right: Relation) -> list[str]:
        pairs = [(a, b) for a in left.of(*EXACT) for b in right.of(a.kind)]
        found = []
        for _ in range(min(self._random.choice((0, 1, 1, 1, 2)), len(pairs))):
            a, b = self._random.choice(pairs)
            op = "IS NOT DISTINCT FROM" if self._random.random() < 0.2 else "="
            wrapped = a.name
            if a.kind == "integer" and self._random.random() < 0.2:
                wrapped = self._random.choice((f"({a.name} + 1)", f"(2 / {a.name})", f"abs({a.name})"))
            found.append(f"{wrapped} {op} {b.name}" if self._random.random() < 0.7 else f"{b.name} {op} {wrapped}")
        return found

    # ---------------------------------------------------------------------------------------------- subqueries

    def _subquery(self, name: str, base: Relation) -> tuple[str, Relation]:
        conditions = [self._about(base)]
        if self._random.random() < 0.4:
            conditions.append(self._random.choice((self._about, self._condition))(base))
        items, columns = self._items(base)
        if self._random.random() < 0.3:
            conditions, more = [self._condition(base)], conditions[0]
            items, columns = [*items, f"{more} AS q"], [*columns, Column("q", "boolean")]
        self._random.shuffle(conditions)
        where = self._random.choice((" AND ", " AND ", " OR ")).join(f"({part})" for part in conditions)
        return f"SELECT {', '.join(items)} FROM {base.name} WHERE {where}", Relation(name, columns, retracts=True)

    def _about(self, base: Relation) -> str:
        """A condition with a subquery over any relation."""
        pick = self._random.choice
        other = self._side("i", pick(self._relations))
        where = f" WHERE {self._condition(other)}" if self._random.random() < 0.5 else ""
        pairs = [(a, b) for a in base.of(*EXACT) for b in other.of(a.kind)]
        kind = pick(("in", "in", "in", "exists", "value", "every"))
        if kind == "exists" or not pairs:
            return f"{pick(('', 'NOT '))}EXISTS (SELECT 1 FROM {other.name}{where})"
        a, b = pick(pairs)
        op = pick(("=", "<>", "<", "<=", ">", ">="))
        if kind == "every" and a.kind != "boolean":
            return f"{a.name} {op} {pick(('ANY', 'ALL'))} (SELECT {b.name} FROM {other.name}{where})"
        if kind == "value" and a.kind != "boolean":
            return f"{a.name} {op} (SELECT {pick(('min', 'max'))}({b.name}) FROM {other.name}{where})"
        return f"{a.name} {pick(('', 'NOT '))}IN (SELECT {b.name} FROM {other.name}{where})"

    def _exact_items(self, base: Relation) -> tuple[list[str], list[Column]]:
        """Items whose order is the same however they are computed."""
        items, columns = [], []
        for index in range(self._random.randint(1, 3)):
            if (known := base.of(*EXACT)) and self._random.random() < 0.7:
                column = self._random.choice(known)
                sql, kind = column.name, column.kind
            else:
                kind = self._random.choice(("integer", "text"))
                sql = self._expression(kind, base, 1)
            items.append(f"{sql} AS c{index}")
            columns.append(Column(f"c{index}", kind))
        return items, columns

    def _order(self, base: Relation) -> str:
        keys = []
        for _ in range(self._random.choice((1, 1, 2))):
            known = base.of(*EXACT)
            if known and self._random.random() < 0.8:
                sql = self._random.choice(known).name
            else:
                sql = f"coalesce({self._expression('integer', base, 1)})"  # a bare constant would be a position
            direction, nulls = (
                self._random.choice(("", " DESC")),
                self._random.choice(("", " NULLS FIRST", " NULLS LAST")),
            )
            keys.append(f"{sql}{direction}{nulls}")
        return f"ORDER BY {', '.join(keys)}"

    def _top(self, name: str, base: Relation) -> tuple[str, Relation]:
        items, columns = self._exact_items(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        offset = f" OFFSET {self._random.randint(0, 3)}" if self._random.random() < 0.3 else ""
        limit = (
            f" LIMIT {self._random.choice((0, 1, 2, 3, 5, 20))}" if not offset or self._random.random() < 0.8 else ""
        )
        if limit and self._random.random() < 0.1:
            offset = ""
        sql = f"SELECT {', '.join(items)} FROM {base.name}{where} {self._order(base)}{limit}{offset}"
        if not limit and offset == " OFFSET 0":
            sql += " LIMIT 2"
        return sql, Relation(name, columns, retracts=True)

    def _ranked(self, name: str, base: Relation) -> tuple[str, Relation]:
        items, columns = self._exact_items(base)
        keys, _ = self._keys(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        order = f" {self._order(base)}" if self._random.random() < 0.9 else ""
        if keys and self._random.random() < 0.25:
            sql = f"SELECT DISTINCT ON ({', '.join(keys)}) {', '.join(items)} FROM {base.name}{where}{order}"
            return sql, Relation(name, columns, retracts=True)
        partition = f"PARTITION BY {', '.join(keys)}" if keys else ""
        number = f"row_number() OVER ({partition}{order})"
        bound = self._random.choice(("= 1", "<= 2", "< 4", "BETWEEN 2 AND 3", "= 2"))
        place = self._random.randint(0, len(items))
        shown = self._random.random() < 0.4
        if self._random.random() < 0.4:
            if shown:
                items.insert(place, f"{number} AS rn")
                columns = [*columns[:place], Column("rn", "integer"), *columns[place:]]
            sql = f"SELECT {', '.join(items)} FROM {base.name}{where} QUALIFY {number} {bound}"
            return sql, Relation(name, columns, retracts=True)
        inner = f"SELECT {', '.join([*items, f'{number} AS rn'])} FROM {base.name}{where}"
        outer = [column.name for column in columns] + (["rn"] if shown else [])
        columns = columns + ([Column("rn", "integer")] if shown else [])
        return f"SELECT {', '.join(outer)} FROM ({inner}) AS x WHERE rn {bound}", Relation(name, columns, retracts=True)

    def _set(self, name: str, base: Relation) -> tuple[str, Relation]:
        kinds = [self._random.choice(("integer", "text")) for _ in range(self._random.randint(1, 2))]
        sides = [base, *(self._random.choice(self._relations) for _ in range(self._random.choice((1, 1, 2))))]
        sql, retracts = "", base.retracts
        for side in sides:
            items = [f"{self._expression(kind, side, 1)} AS u{index}" for index, kind in enumerate(kinds)]
            part = f"SELECT {', '.join(items)} FROM {side.name}"
            if self._random.random() < 0.3:
                part += f" WHERE {self._condition(side)}"
            op = self._random.choice(("INTERSECT", "EXCEPT", "UNION")) + self._random.choice((" ALL", ""))
            sql = f"{sql} {op} {part}" if sql else part
            retracts = retracts or side.retracts or op.startswith("EXCEPT")
        return sql, Relation(name, [Column(f"u{index}", kind) for index, kind in enumerate(kinds)], retracts)

    # ---------------------------------------------------------------------------------------------- expressions

    def _expression(self, kind: str, base: Relation, depth: int) -> str:
        if depth == 0 or self._random.random() < 0.2:
            columns = base.of(kind)
            if columns and self._random.random() < 0.8:
                return self._random.choice(columns).name
            literals = {"integer": ("0", "1", "2", "-3", "NULL::INT"), "text": ("'a'", "'b '", "''")}
            return self._random.choice(literals.get(kind, ("TRUE", "FALSE")))
        return getattr(self, f"_{kind}_expression")(base, depth - 1)

    def _integer_expression(self, base: Relation, depth: int) -> str:
        a, b = (self._expression("integer", base, depth) for _ in range(2))
        text, condition = self._expression("text", base, depth), self._expression("boolean", base, depth)
        return self._random.choice(
            [
                *(f"({a} {op} {b})" for op in ("+", "-", "*", "/", "%")),
                f"CASE WHEN {condition} THEN {a} ELSE {b} END",
                f"coalesce({a}, {b})",
                f"nullif({a}, {b})",
                f"greatest({a}, {b})",
                f"abs({a})",
                f"length({text})::INT",
            ]
        )

    def _text_expression(self, base: Relation, depth: int) -> str:
        a, b = (self._expression("text", base, depth) for _ in range(2))
        number = self._expression("integer", base, depth)
        forms = (f"({a} || {b})", f"upper({a})", f"concat({a}, {b})", f"({number})::VARCHAR", f"replace({a}, 'a', {b})")
        return self._random.choice(forms)

    def _boolean_expression(self, base: Relation, depth: int) -> str:
        return self._comparison(base, depth)

    def _condition(self, base: Relation) -> str:
        first = self._comparison(base, 1)
        if self._random.random() < 0.4:
            return f"{first} {self._random.choice(('AND', 'OR'))} {self._comparison(base, 1)}"
        return first

    def _comparison(self, base: Relation, depth: int) -> str:
        pick = self._random.choice
        kind = pick(("integer", "text", "integer"))
        a, b = (self._expression(kind, base, depth) for _ in range(2))
        exact = base.of("integer", "text")
        forms = [
            f"{a} {pick(('=', '<>', '<', '<=', '>', '>='))} {b}",
            f"{a} IS DISTINCT FROM {b}",
            f"({a} = {b}) IS NOT TRUE",
            f"NOT {a} = {b}",
        ]
        if exact:
            column = pick(exact)
            low, high = ("0", "2") if column.kind == "integer" else ("'a'", "'b'")
            forms += [
                f"{column.name} IS {pick(('', 'NOT '))}NULL",
                f"{column.name} {pick(('', 'NOT '))}BETWEEN {low} AND {high}",
                f"{column.name} {pick(('', 'NOT '))}IN ({low}, {high})",
            ]
        return f"({pick(forms)})"
