"""Tables drawn with lines: types under names, numbers to the right, cut to the width of the terminal."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from laminardb.cli.terminal import PLAIN, Style, clip, pad, printable, text_width
from laminardb.cli.values import Texts, is_number, texts, type_name

# No column is cut below this to make room; columns in the middle are left out instead.
_LEAST_WIDTH = 8
_NULL = "NULL"


@dataclass
class Column:
    """One column of what is shown: its texts from the first and from the last rows."""

    name: str
    type: str
    right: bool
    cells: Texts


@dataclass
class Excerpt:
    """The rows of a result that are kept for showing.

    Attributes:
        head: the first rows.
        tail: the last rows, none of which is in `head`.
        total: how many rows the result has.
    """

    schema: pa.Schema
    head: pa.Table
    tail: pa.Table
    total: int

    @property
    def shown(self) -> int:
        """How many rows are kept."""
        return self.head.num_rows + self.tail.num_rows

    def columns(self) -> list[Column]:
        """The kept rows as texts."""
        return [
            Column(
                printable(field.name),
                type_name(field.type),
                is_number(field.type),
                texts(self.head.column(i)) + texts(self.tail.column(i)),
            )
            for i, field in enumerate(self.schema)
        ]


def draw(excerpt: Excerpt, width: int | None = None, style: Style = PLAIN, with_types: bool = True) -> str:
    """The table and, under it, how many rows and columns there are.

    Args:
        width: columns of the terminal; wide columns are cut with `…` and, when that is not enough, those in the middle
            left out. `None`: nothing is cut.
    """
    columns = excerpt.columns()
    if not columns:
        return footer(excerpt.total, excerpt.shown, 0, 0) + "\n"
    for column in columns:
        column.type = column.type if with_types else ""
        column.cells = [None if cell is None else printable(cell) for cell in column.cells]
    natural = [max(map(text_width, [c.name, c.type, *(cell or _NULL for cell in c.cells)])) for c in columns]
    kept, widths = fit(natural, width)
    gap = kept.index(None) if None in kept else None
    lines = [_rule(widths, "┌┬┐")]
    names = ["…" if i is None else style("bold", clip(columns[i].name, w)) for i, w in zip(kept, widths, strict=True)]
    plain_names = ["…" if i is None else clip(columns[i].name, w) for i, w in zip(kept, widths, strict=True)]
    lines.append(_line(plain_names, widths, ["center"] * len(kept), names))
    types = ["" if i is None else clip(columns[i].type, w) for i, w in zip(kept, widths, strict=True)]
    if with_types:
        lines.append(_line(types, widths, ["center"] * len(kept), [style("dim", text) for text in types]))
    lines.append(_rule(widths, "├┼┤"))
    aligns = ["center" if i is None else "right" if columns[i].right else "left" for i in kept]
    for row in range(excerpt.shown):
        if row == excerpt.head.num_rows and excerpt.shown < excerpt.total:
            dots = ["·"] * len(kept)
            lines += [_line(dots, widths, aligns, [style("dim", dot) for dot in dots])] * 3
        cells = ["…" if i is None else columns[i].cells[row] for i in kept]
        shown = [clip(_NULL if cell is None else cell, w) for cell, w in zip(cells, widths, strict=True)]
        styled = [style("dim", s) if cell is None else s for s, cell in zip(shown, cells, strict=True)]
        lines.append(_line(shown, widths, aligns, styled))
    lines.append(_rule(widths, "└┴┘"))
    shown_columns = len(columns) if gap is None else len(kept) - 1
    lines.append(footer(excerpt.total, excerpt.shown, len(columns), shown_columns))
    return "\n".join(lines) + "\n"


def draw_records(excerpt: Excerpt, width: int | None = None, style: Style = PLAIN) -> str:
    """One line for each value, as psql's expanded display does; long values are not cut."""
    columns = excerpt.columns()
    names = max((text_width(column.name) for column in columns), default=0)
    values = max((text_width(printable(cell or _NULL)) for column in columns for cell in column.cells), default=0)
    rule_width = min(names + values + 3, width or 80)
    lines = []
    for row in range(excerpt.shown):
        if row == excerpt.head.num_rows and excerpt.shown < excerpt.total:
            lines.append(style("dim", "·" * 3))
        number = row + 1 if row < excerpt.head.num_rows else excerpt.total - excerpt.shown + row + 1
        lines.append(style("dim", f"─[ {number:,} ]".ljust(rule_width, "─")))
        for column in columns:
            cell = column.cells[row]
            text = style("dim", _NULL) if cell is None else printable(cell)
            lines.append(f"{style('bold', pad(column.name, names))} │ {text}")
    lines.append(footer(excerpt.total, excerpt.shown, len(columns), len(columns)))
    return "\n".join(lines) + "\n"


def footer(rows: int, shown_rows: int, columns: int, shown_columns: int) -> str:
    """`1,234 rows (40 shown), 3 columns`."""
    parts = []
    for count, shown, noun in ((rows, shown_rows, "row"), (columns, shown_columns, "column")):
        part = f"{count:,} {noun}{'' if count == 1 else 's'}"
        parts.append(part if shown == count else f"{part} ({shown:,} shown)")
    return ", ".join(parts)


def fit(natural: list[int], width: int | None) -> tuple[list[int | None], list[int]]:
    """Which columns to show, `None` standing for those left out, and how wide each is to be.

    The widest give way first, down to a least width; then columns in the middle go.
    """
    everything: list[int | None] = list(range(len(natural)))
    if width is None or _total(natural) <= width:
        return everything, natural
    least = [min(w, _LEAST_WIDTH) for w in natural]
    kept = everything
    while _total([1 if i is None else least[i] for i in kept]) > width and len(kept) > 3:
        middle = kept.index(None) if None in kept else len(kept) // 2
        if None not in kept:
            kept = [*kept[:middle], None, *kept[middle + 1 :]]
        elif middle > len(kept) - 1 - middle:
            kept = kept[: middle - 1] + kept[middle:]
        else:
            kept = kept[: middle + 1] + kept[middle + 2 :]
    widths = [1 if i is None else natural[i] for i in kept]
    floor = [1 if i is None else least[i] for i in kept]
    room = width - _total(widths)
    while room < 0 and any(w > f for w, f in zip(widths, floor, strict=True)):
        widest = max((w for w, f in zip(widths, floor, strict=True) if w > f))
        at = [i for i, (w, f) in enumerate(zip(widths, floor, strict=True)) if w == widest and w > f]
        below = max([w for w in widths if w < widest] + [max(floor[i] for i in at)])
        step = max(1, min(widest - below, -room // len(at)))
        for i in at:
            cut = min(step, widths[i] - floor[i], -room)
            widths[i] -= cut
            room += cut
    return kept, widths


def _total(widths: list[int]) -> int:
    return sum(w + 3 for w in widths) + 1


def _rule(widths: list[int], ends: str) -> str:
    return ends[0] + ends[1].join("─" * (w + 2) for w in widths) + ends[2]


def _line(plain: list[str], widths: list[int], aligns: list[str], styled: list[str]) -> str:
    cells = (
        pad(text, w, align).replace(text, shown, 1) if text else " " * w
        for text, w, align, shown in zip(plain, widths, aligns, styled, strict=True)
    )
    return "│ " + " │ ".join(cells) + " │"
