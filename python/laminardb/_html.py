"""Tables and graphs as HTML, for notebooks: without scripts, in the colours of the page they stand on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from laminardb._rows import iterate

if TYPE_CHECKING:
    from laminardb import QueryResult

_FRESH = ' style="background:rgba(84,162,75,.22)"'
_LONGEST = 200  # characters of a cell


def result(rows: QueryResult, max_rows: int = 20) -> str:
    """The first rows of a result, with the types of its columns."""
    cells = islice(iterate(pa.RecordBatchReader.from_stream(rows)), max_rows)
    shown = min(rows.num_rows, max_rows)
    count = f"{rows.num_rows:,} row{'' if rows.num_rows == 1 else 's'}"
    if shown < rows.num_rows:
        count = f"{shown} of {count}"
    types = [str(type_) for type_ in rows.schema.types]
    return table(rows.columns, cells, types=types, note=f"{count}, {rows.num_columns} columns")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    types: Sequence[str] | None = None,
    fresh: Collection[int] = (),
    note: str = "",
) -> str:
    """A table; the rows whose positions are in `fresh` stand out."""
    head = "".join(
        f'<th style="text-align:left">{escape(name)}{_small(types[i]) if types else ""}</th>'
        for i, name in enumerate(columns)
    )
    body = "".join(f"<tr{_FRESH if i in fresh else ''}>{''.join(map(_cell, row))}</tr>" for i, row in enumerate(rows))
    below = f'<div style="opacity:.65;font-size:90%">{escape(note)}</div>' if note else ""
    return f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}</div>"


def _small(text: str) -> str:
    return f'<br/><span style="font-weight:normal;opacity:.6;font-size:85%">{escape(text)}</span>'


def _cell(value: Any) -> str:
    if value is None:
        return '<td style="opacity:.45">NULL</td>'
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    align = "right" if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else "left"
    return f'<td style="text-align:{align}">{escape(text)}</td>'


def titled(title: str, running: bool, body: str) -> str:
    """A body below its title, with a dot that tells whether it still changes."""
    colour, state = ("#54a24b", "live") if running else ("#888", "ended")
    head = f"<b>{escape(title)}</b> " if title else ""
    return f'<div>{head}<span style="color:{colour};font-size:85%">● {state}</span>{body}</div>'
