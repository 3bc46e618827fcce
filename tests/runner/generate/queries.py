"""Random streams, materialized views and views."""

from __future__ import annotations

from .joins import Joins
from .relation import Relation


class Queries(Joins):
    def stream(self, name: str, relations: list[Relation]) -> tuple[str, Relation]:
        """A CREATE over any of the relations, and what it makes."""
        self._relations = relations
        base = self._any()
        made = [self._project, self._aggregate, self._aggregate, self._nested, self._union, self._join, self._join]
        made += [self._subquery, self._top, self._ranked, self._set, self._distinct]
        made += [self._window] * (4 if base.time else 0)
        chosen = self._random.choice(made)
        sql, relation = chosen(name, base)
        kind = self._random.choice(["STREAM"] * 4 + ["MATERIALIZED VIEW"] * 3 + ["VIEW"])
        emission = self._emission(base) if chosen == self._window and kind != "VIEW" else ""
        return f"CREATE {kind} {name} AS {sql}{emission}", relation
