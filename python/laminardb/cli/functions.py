"""`laminardb functions` and `\\df`: the functions with signature, help and example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from laminardb.cli import relations
from laminardb.cli.errors import ShellError

if TYPE_CHECKING:
    from laminardb.cli.session import Session


def show_functions(session: Session, pattern: str | None) -> None:
    """Shows the functions that match a pattern; one alone with everything that is known of it."""
    found = relations.functions(session.conn, pattern)
    if not found:
        raise ShellError(f"no function matches {pattern!r}")
    if len(found) == 1 and session.settings.format == "table":
        _show_one(session, found[0])
        return
    columns = {
        "function": [row["signature"] for row in found],
        "help": [row["help"] for row in found],
        "example": [f"{row['example']} = {row['example_result']}" if row["example"] else None for row in found],
    }
    table = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    session.show_table(table, with_types=False, most_rows=0)  # a reference is not to be cut short


def _show_one(session: Session, row: dict[str, str]) -> None:
    style = session.style
    lines = [
        style("bold", row["signature"]),
        f"  {row['help']}",
    ]
    if row["example"]:  # functions of the program have none
        lines.append(f"  {row['example']}  →  {row['example_result']}")
    if row["aliases"]:
        lines.append(f"  also called {row['aliases']}")
    session.out.write("\n".join(lines) + "\n")
