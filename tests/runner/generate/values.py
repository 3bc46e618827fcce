"""Values of columns, as words of a script and as SQL."""

from __future__ import annotations

import random

from .relation import INTEGERS, Column

MAY_BE_NULL = 0.12
TIME_MAY_BE_NULL = 0.03
EXTREME = 0.03
UNUSUAL = 0.04
UNUSUAL_TEXTS = ("ä", "'a text that does not fit into one view'", "'it''s'")


def word(chance: random.Random, column: Column, now: int) -> str:
    """As a script has it. Times are about second `now` of 1970."""
    if not column.not_null and chance.random() < (TIME_MAY_BE_NULL if column.kind == "time" else MAY_BE_NULL):
        return "NULL"
    if column.kind == "time":
        second = max(now + chance.choice((0, 0, 0, -1, -3, -6, -12)), 0)
        return str(second * 1000) if column.declared == "BIGINT" else clock(second)
    if column.kind == "integer":
        return INTEGERS[column.declared] if chance.random() < EXTREME else str(chance.choice(range(-3, 4)))
    if column.kind == "float":
        if chance.random() < UNUSUAL:
            return chance.choice(("NaN", "Infinity", "-Infinity"))
        return chance.choice(("-1.5", "0", "0.25", "2", "3.75", "-0.0"))
    if column.kind == "decimal":
        return chance.choice(("-1.50", "0", "0.01", "2", "3.75"))
    if column.kind == "boolean":
        return chance.choice(("true", "false"))
    return chance.choice(UNUSUAL_TEXTS if chance.random() < UNUSUAL else ("a", "b", "B", "''", "'a b'", "abc"))


def clock(second: int) -> str:
    return f"00:{second // 60:02}:{second % 60:02}"


def sql(chance: random.Random, column: Column, now: int) -> str:
    """As a literal."""
    text = word(chance, column, now)
    if text == "NULL":
        return text
    if column.kind == "text":
        return text if text.startswith("'") else f"'{text}'"
    if column.kind == "time" and column.declared != "BIGINT":
        return f"TIMESTAMP '1970-01-01 {text}'"
    if column.kind != "float":
        return text
    return f"{text}e0" if text[-1].isdigit() else f"'{text}'::DOUBLE"
