"""Random expressions over the columns of a relation."""

from __future__ import annotations

import random

from .relation import EXACT, Relation

LITERALS = {"integer": ("0", "1", "2", "-3", "NULL::INT"), "text": ("'a'", "'b '", "''"), "boolean": ("TRUE", "FALSE")}


class Expressions:
    def __init__(self, chance: random.Random):
        self._random = chance

    def _expression(self, kind: str, base: Relation, depth: int) -> str:
        if depth == 0 or self._random.random() < 0.2:
            columns = base.of(kind)
            if columns and self._random.random() < 0.8:
                return self._random.choice(columns).name
            return self._random.choice(LITERALS[kind])
        return getattr(self, f"_{kind}_expression")(base, depth - 1)

    def _integer_expression(self, base: Relation, depth: int) -> str:
        a, b = (self._expression("integer", base, depth) for _ in range(2))
        text, condition = self._expression("text", base, depth), self._expression("boolean", base, depth)
        forms = [
            *(f"({a} {op} {b})" for op in ("+", "-", "*", "/", "%")),
            f"CASE WHEN {condition} THEN {a} ELSE {b} END",
            f"CASE {a} WHEN {b} THEN 1 WHEN 0 THEN {b} END",
            f"coalesce({a}, {b})",
            f"nullif({a}, {b})",
            f"{self._random.choice(('greatest', 'least'))}({a}, {b})",
            f"abs({a})",
            f"length({text})::INT",
            f"strpos({text}, 'b')::INT",
            f"TRY_CAST({text} AS INT)",
        ]
        if base.time and base.time.declared.startswith("TIMESTAMP"):
            forms.append(f"extract(second FROM {base.time.name})::INT")
        return self._random.choice(forms)

    def _text_expression(self, base: Relation, depth: int) -> str:
        a, b = (self._expression("text", base, depth) for _ in range(2))
        number, condition = self._expression("integer", base, depth), self._expression("boolean", base, depth)
        return self._random.choice(
            [
                f"({a} || {b})",
                f"{self._random.choice(('upper', 'lower', 'trim', 'reverse'))}({a})",
                f"concat({a}, {b})",
                f"({number})::VARCHAR",
                f"replace({a}, 'a', {b})",
                f"left({a}, 1)",
                f"coalesce({a}, {b})",
                f"CASE WHEN {condition} THEN {a} ELSE {b} END",
            ]
        )

    def _boolean_expression(self, base: Relation, depth: int) -> str:
        return self._comparison(base, depth)

    def _condition(self, base: Relation) -> str:
        if (known := base.of("integer", "text")) and self._random.random() < 0.35:
            # True for most rows, so that there is something to look at.
            column = self._random.choice(known)
            return f"({column.name} {'> -2' if column.kind == 'integer' else self._random.choice(_MOSTLY)})"
        first = self._comparison(base, 1)
        if self._random.random() < 0.4:
            return f"{first} {self._random.choice(('AND', 'OR'))} {self._comparison(base, 1)}"
        return first

    def _comparison(self, base: Relation, depth: int) -> str:
        pick = self._random.choice
        kind = pick(("integer", "text", "integer"))
        a, b = (self._expression(kind, base, depth) for _ in range(2))
        forms = [
            f"{a} {pick(('=', '<>', '<', '<=', '>', '>='))} {b}",
            f"{a} IS {pick(('', 'NOT '))}DISTINCT FROM {b}",
            f"({a} = {b}) IS NOT TRUE",
            f"NOT {a} = {b}",
        ]
        if exact := base.of("integer", "text"):
            column = pick(exact)
            low, high = ("0", "2") if column.kind == "integer" else ("'a'", "'b'")
            forms += [
                f"{column.name} IS {pick(('', 'NOT '))}NULL",
                f"{column.name} {pick(('', 'NOT '))}BETWEEN {low} AND {high}",
                f"{column.name} {pick(('', 'NOT '))}IN ({low}, {high})",
            ]
        if texts := base.of("text"):
            forms.append(f"{pick(texts).name} {pick(('LIKE', 'NOT LIKE', 'ILIKE'))} {pick(_PATTERNS)}")
        if fractions := base.of("float", "decimal"):
            forms.append(f"{pick(fractions).name} {pick(('=', '<', '>='))} {pick(('0', '0.25', '2'))}")
        if truths := base.of("boolean"):
            forms.append(f"{pick(truths).name} {pick(('IS TRUE', 'IS NOT FALSE', 'IS UNKNOWN', '= TRUE'))}")
        return f"({pick(forms)})"

    def _exact_items(self, base: Relation) -> list[tuple[str, str]]:
        """Expressions and their kinds, of an order that is the same however they are computed."""
        items = []
        for _ in range(self._random.randint(1, 3)):
            if (known := base.of(*EXACT)) and self._random.random() < 0.7:
                column = self._random.choice(known)
                items.append((column.name, column.kind))
            else:
                kind = self._random.choice(("integer", "text"))
                items.append((self._expression(kind, base, 1), kind))
        return items


_MOSTLY = ("<> 'b'", "< 'b'", "IS NOT NULL")
_PATTERNS = ("'a%'", "'%b'", "'_'", "'%'", "'A_%'")
