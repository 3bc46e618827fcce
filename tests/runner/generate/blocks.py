"""Random SELECTs over one relation, and what UNION and its like make of several."""

from __future__ import annotations

from .aggregations import Aggregations
from .relation import EXACT, Column, Relation

Made = tuple[str, Relation]  # the SQL, and the relation it makes


class Blocks(Aggregations):
    _relations: list[Relation]  # that can be read

    def _any(self) -> Relation:
        return self._random.choice(self._relations)

    def _project(self, name: str, base: Relation) -> Made:
        items, columns = self._items(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.7 else ""
        time = None
        if base.time and self._random.random() < 0.7:
            items, columns, time = [*items, base.time.name], [*columns, base.time], base.time
        sql = f"SELECT {', '.join(items)} FROM {base.name}{where}"
        return sql, Relation(name, columns, time)

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

    def _distinct(self, name: str, base: Relation) -> Made:
        items = self._exact_items(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        return f"SELECT DISTINCT {listed(items)} FROM {base.name}{where}", Relation(name, named(items))

    def _aggregate(self, name: str, base: Relation) -> Made:
        keys, key_columns = self._keys(base)
        items, columns = self._aggregates(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        group = f" GROUP BY {self._grouping(keys)}" if keys else ""
        having = f" HAVING {self._having(base)}" if self._random.random() < 0.3 else ""
        selected = [f"{key} AS {column.name}" for key, column in zip(keys, key_columns, strict=True)] + items
        sql = f"SELECT {', '.join(selected)} FROM {base.name}{where}{group}{having}"
        return sql, Relation(name, key_columns + columns)

    def _grouping(self, keys: list[str]) -> str:
        form = self._random.random()
        if form < 0.1:
            return "ALL"
        return ", ".join(str(place) for place in range(1, len(keys) + 1)) if form < 0.2 else ", ".join(keys)

    def _nested(self, name: str, base: Relation) -> Made:
        inside = (self._project, self._aggregate, self._distinct, self._top, self._ranked, self._union, self._set)
        inner, relation = self._random.choice(inside)("x", base)
        items, columns = self._items(relation)
        where = f" WHERE {self._condition(relation)}" if self._random.random() < 0.6 else ""
        if self._random.random() < 0.5:
            return f"WITH x AS ({inner}) SELECT {', '.join(items)} FROM x{where}", Relation(name, columns)
        return f"SELECT {', '.join(items)} FROM ({inner}) AS x{where}", Relation(name, columns)

    def _union(self, name: str, base: Relation) -> Made:
        kinds = [self._random.choice(("integer", "text")) for _ in range(self._random.randint(1, 3))]
        parts = []
        for place in range(self._random.randint(2, 3)):
            side = base if place == 0 or self._random.random() < 0.5 else self._any()
            items = [f"{self._expression(kind, side, 1)} AS u{index}" for index, kind in enumerate(kinds)]
            where = f" WHERE {self._condition(side)}" if self._random.random() < 0.7 else ""
            parts.append(f"SELECT {', '.join(items)} FROM {side.name}{where}")
        sql = " UNION ALL ".join(parts)
        if self._random.random() < 0.15:
            places = ", ".join(str(place) for place in range(1, len(kinds) + 1))
            sql += f" ORDER BY {places} LIMIT {self._random.randint(1, 4)}"
        return sql, Relation(name, [Column(f"u{index}", kind) for index, kind in enumerate(kinds)])

    def _set(self, name: str, base: Relation) -> Made:
        kinds = [self._random.choice(("integer", "text")) for _ in range(self._random.randint(1, 2))]
        sides = [base, *(self._any() for _ in range(self._random.choice((1, 1, 2))))]
        sql = ""
        for side in sides:
            items = [f"{self._expression(kind, side, 1)} AS u{index}" for index, kind in enumerate(kinds)]
            part = f"SELECT {', '.join(items)} FROM {side.name}"
            if self._random.random() < 0.3:
                part += f" WHERE {self._condition(side)}"
            op = self._random.choice(("INTERSECT", "EXCEPT", "UNION")) + self._random.choice((" ALL", ""))
            sql = f"{sql} {op} {part}" if sql else part
        return sql, Relation(name, [Column(f"u{index}", kind) for index, kind in enumerate(kinds)])

    # ---------------------------------------------------------------------------------------------- first rows

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

    def _top(self, name: str, base: Relation) -> Made:
        items = self._exact_items(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        first, last = self._random.randint(0, 3), self._random.choice((0, 1, 2, 3, 5, 20))
        rows = self._random.choice(
            [f"LIMIT {last}"] * 4
            + [f"LIMIT {last} OFFSET {first}", f"OFFSET {first + 1}", f"FETCH FIRST {last + 1} ROWS ONLY"]
        )
        sql = f"SELECT {listed(items)} FROM {base.name}{where} {self._order(base)} {rows}"
        return sql, Relation(name, named(items))

    def _ranked(self, name: str, base: Relation) -> Made:
        items = self._exact_items(base)
        columns = named(items)
        selected = [f"{sql} AS {column.name}" for (sql, _), column in zip(items, columns, strict=True)]
        keys, _ = self._keys(base)
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        order = f" {self._order(base)}" if self._random.random() < 0.9 else ""
        if keys and self._random.random() < 0.25:
            sql = f"SELECT DISTINCT ON ({', '.join(keys)}) {', '.join(selected)} FROM {base.name}{where}{order}"
            return sql, Relation(name, columns)
        partition = f"PARTITION BY {', '.join(keys)}" if keys else ""
        number = f"row_number() OVER ({partition}{order})"
        bound = self._random.choice(("= 1", "<= 2", "< 4", "BETWEEN 2 AND 3", "= 2"))
        place = self._random.randint(0, len(selected))
        shown = self._random.random() < 0.4
        if self._random.random() < 0.4:
            if shown:
                selected.insert(place, f"{number} AS rn")
                columns = [*columns[:place], Column("rn", "integer"), *columns[place:]]
            sql = f"SELECT {', '.join(selected)} FROM {base.name}{where} QUALIFY {number} {bound}"
            return sql, Relation(name, columns)
        inner = f"SELECT {', '.join([*selected, f'{number} AS rn'])} FROM {base.name}{where}"
        outer = [column.name for column in columns] + (["rn"] if shown else [])
        columns = columns + ([Column("rn", "integer")] if shown else [])
        return f"SELECT {', '.join(outer)} FROM ({inner}) AS x WHERE rn {bound}", Relation(name, columns)


def listed(items: list[tuple[str, str]]) -> str:
    return ", ".join(f"{sql} AS c{index}" for index, (sql, _) in enumerate(items))


def named(items: list[tuple[str, str]]) -> list[Column]:
    return [Column(f"c{index}", kind) for index, (_, kind) in enumerate(items)]
