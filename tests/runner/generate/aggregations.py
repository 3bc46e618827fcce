"""Random keys, aggregates and HAVING."""

from __future__ import annotations

from .expressions import Expressions
from .relation import EXACT, NUMBERS, Column, Relation

OF_ONE = ("var_pop", "var_samp", "stddev_pop", "stddev_samp", "sem", "skewness", "kurtosis", "median", "mad")
OF_TWO = (
    *("covar_pop", "covar_samp", "corr"),
    *("regr_slope", "regr_intercept", "regr_r2", "regr_sxx", "regr_avgx"),
)


class Aggregations(Expressions):
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
        numbers = base.of(*NUMBERS)
        ends = ("first_value", "last_value") if base.arrival else ()
        function = pick(("count", "count", "sum", "avg", "min", "max", "distinct", "more", "more", "more", *ends))
        if function == "count" or not base.of(*EXACT):
            return f"count(*){condition}", "integer"
        if function in ("sum", "avg"):
            distinct = pick(("", "", "DISTINCT "))
            if not numbers:
                return f"sum({distinct}{self._expression('integer', base, 1)}){condition}", "integer"
            column = pick(numbers)
            kind = "inexact" if function == "avg" else column.kind
            return f"{function}({distinct}{column.name}){condition}", kind
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
        numbers = base.of(*NUMBERS)
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
            forms += [(f"{pick(('bool_and', 'bool_or'))}({column.name}){condition}", "boolean")] * 2
            forms.append((f"count_if({column.name}){condition}", "integer"))
        if column.kind == "integer":
            forms += [(f"{pick(('bit_and', 'bit_or', 'bit_xor'))}({distinct}{column.name}){condition}", "integer")] * 3
        if numbers:
            x, y = pick(numbers).name, pick(numbers).name
            forms += [(f"{pick(OF_ONE)}({distinct}{x}){condition}", "inexact")] * 3
            forms += [(f"{pick(OF_TWO)}({y}, {x}){condition}", "inexact")] * 2
            forms.append((f"quantile_cont({x}, 0.3){condition}", "inexact"))
            forms.append((f"percentile_cont(0.75) WITHIN GROUP (ORDER BY {x} DESC){condition}", "inexact"))
            forms.append((f"regr_count({y}, {x}){condition}", "integer"))
        return pick(forms)

    def _having(self, base: Relation) -> str:
        limit = self._random.randint(1, 3)
        numbers = base.of(*NUMBERS)
        if numbers and self._random.random() < 0.5:
            return f"sum({self._random.choice(numbers).name}) > {limit - 2}"
        if (known := base.of("integer", "text")) and self._random.random() < 0.2:
            return f"count(DISTINCT {self._random.choice(known).name}) < {limit}"
        return f"count(*) {self._random.choice(('>', '<=', '='))} {limit}"
