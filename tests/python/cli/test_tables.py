"""Tables drawn with lines: alignment, width, what is left out."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laminardb.cli.formats import ExcerptWriter
from laminardb.cli.tables import fit, footer
from laminardb.cli.terminal import Style, clip, pad, printable, text_width
from wcwidth import wcswidth

WIDE = "東京, 한국어, naïve, ｆｕｌｌ, e\u0301, 🚀, 👩\u200d🚀, ❤\ufe0f"


def drawn(table: pa.Table, most_rows=None, width=None, batches=1, **options) -> str:
    out = io.StringIO()
    writer = ExcerptWriter(out, most_rows, width, **options)
    writer.begin(table.schema)
    size = -(-table.num_rows // batches) or 1
    for begin in range(0, table.num_rows, size):
        writer.write(table.slice(begin, size))
    writer.end()
    return out.getvalue()


def test_small_table():
    table = pa.table({"city": ["東京", "Århus", None, ""], "n": [1, 23, None, -4], "x": [0.5, 1e20, None, 3.0]})
    assert drawn(table) == (
        "┌─────────┬────────┬────────┐\n"
        "│  city   │   n    │   x    │\n"
        "│ varchar │ bigint │ double │\n"
        "├─────────┼────────┼────────┤\n"
        "│ 東京    │      1 │    0.5 │\n"
        "│ Århus   │     23 │  1e+20 │\n"
        "│ NULL    │   NULL │   NULL │\n"
        "│         │     -4 │      3 │\n"
        "└─────────┴────────┴────────┘\n"
        "4 rows, 3 columns\n"
    )


@pytest.mark.parametrize("batches", [1, 3, 100])
def test_first_and_last_rows(batches):
    shown = drawn(pa.table({"i": range(1234)}), most_rows=5, batches=batches)
    cells = [line.strip("│ ") for line in shown.splitlines() if line.startswith("│")][2:]
    assert cells == ["0", "1", "2", "·", "·", "·", "1232", "1233"]
    assert shown.splitlines()[-1] == "1,234 rows (5 shown), 1 column"


def test_no_rows_and_no_columns():
    assert drawn(pa.table({"i": pa.array([], pa.int8())})).splitlines()[-1] == "0 rows, 1 column"
    assert drawn(pa.table({})) == "0 rows, 0 columns\n"


def test_data_cannot_steer_the_terminal():
    table = pa.table({"a\x1b[31m": ["\x1b[2J\n\t\x07", "\u202ereversed"]})
    shown = drawn(table)
    assert "\x1b" not in shown and "\u202e" not in shown
    assert "\\x1b[2J\\n\\t\\x07" in shown


def test_cut_to_the_width():
    table = pa.table({"id": [1], "text": ["x" * 300], "other": ["y" * 30]})
    lines = drawn(table, width=60).splitlines()
    assert all(text_width(line) <= 60 for line in lines)
    assert "y" * 30 not in lines[4] or "…" in lines[4]
    assert lines[-1] == "1 row, 3 columns"


def test_columns_left_out():
    table = pa.table({f"column_{i}": [f"value {i}"] for i in range(40)})
    shown = drawn(table, width=80)
    assert all(text_width(line) <= 80 for line in shown.splitlines())
    assert "column_0" in shown and "…" in shown
    assert "40 columns (" in shown.splitlines()[-1]


@given(st.lists(st.integers(1, 200), min_size=1, max_size=30), st.integers(40, 200))
def test_fit(natural, width):
    kept, widths = fit(natural, width)
    assert sum(w + 3 for w in widths) + 1 <= width
    assert len(kept) == len(widths)
    for i, w in zip(kept, widths, strict=True):
        assert w == 1 if i is None else 1 <= w <= natural[i]
    if sum(w + 3 for w in natural) + 1 <= width:
        assert (kept, widths) == (list(range(len(natural))), natural)
    else:
        assert [i for i in kept if i is not None] == sorted({i for i in kept if i is not None})
        # No room is given away: one more column's worth is not left.
        assert width - (sum(w + 3 for w in widths) + 1) < 12


def test_records():
    table = pa.table({"name": ["a", None], "long_name": ["x" * 100, "y"]})
    lines = drawn(table, width=60, records=True).splitlines()
    assert lines[0].startswith("─[ 1 ]──") and text_width(lines[0]) == 60
    assert lines[1:3] == ["name      │ a", "long_name │ " + "x" * 100]
    assert lines[4] == "name      │ NULL"


def test_colours_do_not_shift_columns():
    table = pa.table({"a": [1, None], "b": [None, "x"]})
    coloured = drawn(table, style=Style(True))
    plain = drawn(table)
    assert coloured != plain
    for code in ("\x1b[1m", "\x1b[2m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


@pytest.mark.parametrize("text", [*WIDE.split(", "), WIDE])
def test_width_of_text(text):
    assert text_width(text) == wcswidth(text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf")), max_size=12), st.integers(1, 12))
def test_clip_and_pad(text, width):
    assert text_width(clip(text, width)) <= width
    assert text_width(pad(clip(text, width), width)) == width


def test_printable():
    assert printable("a\\b é 東 👩\u200d🚀") == "a\\b é 東 👩\u200d🚀"
    assert printable("\x00\x7f\u2066") == "\\x00\\x7f\\u2066"


def test_footer():
    assert footer(1234, 40, 3, 3) == "1,234 rows (40 shown), 3 columns"
    assert footer(1, 1, 1, 1) == "1 row, 1 column"
