"""Random joins, and conditions with subqueries."""

from __future__ import annotations

from .blocks import Made
from .relation import EXACT, Column, Relation
from .windows import Windows

KINDS = ("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", ",")


class Joins(Windows):
    def _join(self, name: str, base: Relation) -> Made:
        if self._random.random() < 0.15:
            return self._named_join(name, base)
        left = self._side("l", base)
        tables, visible, where = left.name, left, []
        aliases = self._random.choice(("r", "r", "r", "rm"))
        for alias in aliases:
            right = self._side(alias, self._any())
            both = Relation("", visible.columns + right.columns)
            kind = self._random.choice(KINDS)
            conditions = self._equalities(visible, right)
            if not conditions or self._random.random() < 0.4:
                conditions.append(self._comparison(both, 1))
            if kind == ",":
                # A comma binds less than JOIN: what follows would not see the tables before it.
                comma = ", " if alias == aliases[-1] else " CROSS JOIN "
                tables, where = f"{tables}{comma}{right.name}", [*where, *conditions]
            else:
                tables = f"{tables} {kind} {right.name} ON {' AND '.join(conditions)}"
            visible = visible if kind in ("SEMI JOIN", "ANTI JOIN") else both
        if self._random.random() < 0.3:
            where.append(self._condition(visible))
        condition = f" WHERE {' AND '.join(f'({part})' for part in where)}" if where else ""
        return self._over(name, visible, f"{tables}{condition}")

    def _over(self, name: str, visible: Relation, tables: str) -> Made:
        if self._random.random() < 0.3:
            keys, key_columns = self._keys(visible)
            aggregates, columns = self._aggregates(visible)
            items = [f"{key} AS {column.name}" for key, column in zip(keys, key_columns, strict=True)] + aggregates
            group = f" GROUP BY {', '.join(keys)}" if keys else ""
            return f"SELECT {', '.join(items)} FROM {tables}{group}", Relation(name, key_columns + columns)
        items, columns = self._items(visible)
        return f"SELECT {', '.join(items)} FROM {tables}", Relation(name, columns)

    def _named_join(self, name: str, base: Relation) -> Made:
        """USING and NATURAL: the columns named alike are one."""
        left, right = base.aliased("l"), self._any().aliased("r")
        pairs = [(a, b) for a in left.of(*EXACT) for b in right.of(a.kind)]
        if not pairs:
            return self._project(name, base)
        a, b = self._random.choice(pairs)
        one = Column("u0", a.kind)
        kind = self._random.choice(KINDS[:-1])
        sides = []
        for side, column in ((left, a), (right, b)):
            table, _, names = side.name.partition(" (")
            renamed = ", ".join("u0" if name == column.name else name for name in names.rstrip(")").split(", "))
            sides.append(f"{table} ({renamed})")
        visible = [one, *(column for column in left.columns if column != a)]
        if kind not in ("SEMI JOIN", "ANTI JOIN"):
            visible += [column for column in right.columns if column != b]
        if self._random.random() < 0.4:
            tables = f"{sides[0]} NATURAL {kind} {sides[1]}"
        else:
            tables = f"{sides[0]} {kind} {sides[1]} USING (u0)"
        return self._over(name, Relation("", visible), tables)

    def _side(self, alias: str, base: Relation) -> Relation:
        """The relation, or something made of it, under names of its own."""
        if self._random.random() < 0.8:
            return base.aliased(alias)
        inside = (self._aggregate, self._distinct, self._top, self._ranked, self._project)
        sql, relation = self._random.choice(inside)("x", base)
        relation.name = f"({sql})"
        return relation.aliased(alias)

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

    def _subquery(self, name: str, base: Relation) -> Made:
        glue = self._random.choice((" AND ", " AND ", " OR "))
        conditions = [self._about(base, self._relations, rows=glue == " AND ")]
        if self._random.random() < 0.4:
            more = self._about(base, self._relations) if self._random.random() < 0.5 else self._condition(base)
            conditions.append(more)
        items, columns = self._items(base)
        if self._random.random() < 0.3:
            conditions, more = [self._condition(base)], self._about(base, self._relations)
            items, columns = [*items, f"{more} AS q"], [*columns, Column("q", "boolean")]
        if self._random.random() < 0.2:
            sql, kind = self._scalar()
            items, columns = [*items, f"{sql} AS s"], [*columns, Column("s", kind)]
        self._random.shuffle(conditions)
        where = glue.join(f"({part})" for part in conditions)
        return f"SELECT {', '.join(items)} FROM {base.name} WHERE {where}", Relation(name, columns)

    def _scalar(self) -> tuple[str, str]:
        """A subquery that stands for a value; some have more than one row at times."""
        other = self._any().aliased("i")
        where = f" WHERE {self._condition(other)}" if self._random.random() < 0.5 else ""
        known = other.of("integer", "text")
        if not known:
            return f"(SELECT count(*) FROM {other.name}{where})", "integer"
        column = self._random.choice(known)
        form = self._random.choice(("min({})", "max({})", "max({})", "{}")).format(column.name)
        return f"(SELECT {form} FROM {other.name}{where})", column.kind

    def _about(self, base: Relation, relations: list[Relation], rows: bool = False) -> str:
        """A condition with a subquery over any of the relations. `rows`: it is a conjunct, and may compare rows."""
        pick = self._random.choice
        other = pick(relations).aliased("i")
        where = f" WHERE {self._condition(other)}" if self._random.random() < 0.5 else ""
        pairs = [(a, b) for a in base.of(*EXACT) for b in other.of(a.kind)]
        kind = pick(("in", "in", "in", "exists", "value", "every", "row"))
        if kind == "exists" or not pairs:
            return f"{pick(('', 'NOT '))}EXISTS (SELECT 1 FROM {other.name}{where})"
        a, b = pick(pairs)
        op = pick(("=", "<>", "<", "<=", ">", ">="))
        if kind == "every" and a.kind != "boolean":
            return f"{a.name} {op} {pick(('ANY', 'ALL'))} (SELECT {b.name} FROM {other.name}{where})"
        if kind == "value" and a.kind != "boolean":
            return f"{a.name} {op} (SELECT {pick(('min', 'max'))}({b.name}) FROM {other.name}{where})"
        if kind == "row" and rows:
            c, d = pick(pairs)
            return f"({a.name}, {c.name}) IN (SELECT {b.name}, {d.name} FROM {other.name}{where})"
        return f"{a.name} {pick(('', 'NOT '))}IN (SELECT {b.name} FROM {other.name}{where})"
