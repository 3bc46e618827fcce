"""`laminardb dump` and `laminardb load`: a database as SQL and Parquet files, and back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import quote

import laminardb
from laminardb.cli.errors import ShellError
from laminardb.cli.lexer import Kind, tokenize

_SCRIPT = "schema.sql"
_HEAD = """\
-- A laminardb database, as SQL and Parquet: `laminardb load` makes a directory of it; so does running this script, in
-- its folder, in an empty one.
"""


def dump(path: str, out: str, with_sinks: bool = False) -> int:
    """Writes the directory `path`, which nobody has open, as `out`/schema.sql and a Parquet file for every source and
    table with rows.

    The statements are in an order that runs. What the program registered (functions, function sinks) is not in it.
    Sinks are comments, unless `with_sinks`, for they would write where the original does; so are the connectors of
    sources, whose rows are in the files. What streams keep is not written: they are filled from their inputs again,
    whose rows are then of other calls, so that a row that came late may not be late any more.
    """
    source, target = Path(path), Path(out)
    if not (source / "laminar.db").is_file():
        raise ShellError(f"{path} is not a laminardb database")
    if target.exists():
        raise ShellError(f"{out} exists already: give a path where nothing is")
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.mkdir(parents=True)
    try:
        with laminardb.open(str(source)) as conn:
            script, counts = _write(conn, unfinished, with_sinks)
        (unfinished / _SCRIPT).write_text(script, encoding="utf-8")
        unfinished.rename(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    print(f"{path} -> {out}: {counts['relations']:,} relations, {counts['rows']:,} rows")
    return 0


def load(path: str, out: str) -> int:
    """Makes the directory `out` from what `dump` wrote. After an error there is none."""
    folder, target = Path(path), Path(out)
    if not (folder / _SCRIPT).is_file():
        raise ShellError(f"{path} is no dump of a laminardb database: it has no {_SCRIPT}")
    if target.exists():
        raise ShellError(f"{out} exists already: give a path where nothing is")
    statements = _statements((folder / _SCRIPT).read_text(encoding="utf-8"))
    unfinished = target.with_name(target.name + ".unfinished")
    rows = 0
    try:
        with laminardb.open(str(unfinished)) as conn:
            for statement in statements:
                rows += int(conn.execute(_at(statement, folder)))
        unfinished.rename(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    print(f"{path} -> {out}: {len(statements):,} statements, {rows:,} rows")
    return 0


def _write(conn: laminardb.Connection, folder: Path, with_sinks: bool) -> tuple[str, dict[str, int]]:
    counts = {"relations": 0, "rows": 0}
    script = [_HEAD]
    sources = {row["name"]: row for row in conn.query("SELECT * FROM laminar_catalog.sources").to_pylist()}
    tables = sorted(set(conn.list_tables()) - set(sources))
    for name in sorted(sources):
        sql = _created(conn, "SOURCE", name)
        if sources[name]["connector"] is not None:
            script.append(_comment(f"{sql};"))
            sql = _without_connector(sql)
        script += [f"{sql};", *_rows(conn, name, folder, counts)]
    for name in tables:
        script += [f"{_created(conn, 'TABLE', name)};", *_rows(conn, name, folder, counts)]
    macros = "SELECT DISTINCT name FROM laminar_catalog.functions WHERE category = 'macro' ORDER BY name"
    script += [f"{sql};" for (name,) in conn.query(macros).fetchall() for sql in _overloads(conn, name)]
    derived = _derived(conn)
    for name in _in_order(conn, derived):
        script.append(f"{derived[name]};")
        counts["relations"] += 1
    for name, connector, sql in conn.query("SELECT name, connector, sql FROM laminar_catalog.sinks").fetchall():
        if connector == "callback":
            script.append(_comment(f"sink {name}: {sql}"))
        else:
            script.append(f"{sql};" if with_sinks else _comment(f"{sql};"))
    return "\n".join(script) + "\n", counts


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _created(conn: laminardb.Connection, kind: str, name: str) -> str:
    return str(conn.query(f"SHOW CREATE {kind} {_name(name)}").to_pylist()[0]["sql"])


def _overloads(conn: laminardb.Connection, name: str) -> list[str]:
    return [row["sql"] for row in conn.query(f"SHOW CREATE FUNCTION {_name(name)}").to_pylist()]


def _rows(conn: laminardb.Connection, name: str, folder: Path, counts: dict[str, int]) -> list[str]:
    counts["relations"] += 1
    file = f"{quote(name, safe='')}.parquet"
    literal = str(folder / file).replace("'", "''")
    rows = int(conn.execute(f"COPY {_name(name)} TO '{literal}' (FORMAT parquet, COMPRESSION zstd)"))
    if rows == 0:
        (folder / file).unlink()
        return []
    counts["rows"] += rows
    return [f"COPY {_name(name)} FROM '{file}' (FORMAT parquet);"]


def _derived(conn: laminardb.Connection) -> dict[str, str]:
    """The statements of streams, materialized views and views, by name."""
    statements: dict[str, str] = dict(conn.query("SELECT name, sql FROM laminar_catalog.views").fetchall())
    for name, kind in conn.query("SELECT name, kind FROM laminar_catalog.streams").fetchall():
        statements[name] = _created(conn, kind.upper(), name)
    return statements


def _in_order(conn: laminardb.Connection, names: dict[str, str]) -> list[str]:
    """What is read comes before who reads it."""
    reads: dict[str, set[str]] = {name: set() for name in names}
    for name, read in conn.query("SELECT name, reads FROM laminar_catalog.dependencies").fetchall():
        if name in reads and read in reads:
            reads[name].add(read)
    ordered: list[str] = []
    while reads:
        ready = sorted(name for name, inputs in reads.items() if not inputs.intersection(reads))
        if not ready:
            raise ShellError(f"these read each other: {', '.join(sorted(reads))}")
        ordered += ready
        for name in ready:
            del reads[name]
    return ordered


def _comment(text: str) -> str:
    return "\n".join(f"-- {line}" for line in text.splitlines())


def _without_connector(sql: str) -> str:
    """CREATE SOURCE s (…) of a statement that goes on with FROM file(…) or WITH (connector = …)."""
    depth = 0
    for token in tokenize(sql):
        symbol = sql[token.begin : token.end] if token.kind is Kind.SYMBOL else ""
        depth += (symbol == "(") - (symbol == ")")
        if symbol == ")" and depth == 0:
            return sql[: token.end] + _own_options(sql, token.end)
    raise ShellError(f"this is no CREATE SOURCE with columns: {sql}")


def _own_options(sql: str, begin: int) -> str:
    """Of WITH (…) what is the source's: its unit of time."""
    tokens = [token for token in tokenize(sql, begin) if token.kind is not Kind.COMMENT]
    texts = [sql[token.begin : token.end] for token in tokens]
    for place, text in enumerate(texts):
        if text.lower() == "time_unit":
            return f" WITH (time_unit = {texts[place + 2]})"
    return ""


def _statements(script: str) -> list[str]:
    statements, begin = [], 0
    last = begin
    for token in tokenize(script):
        if token.kind is Kind.COMMENT:
            if last == begin:
                begin = last = token.end
            continue
        last = token.end
        if script[token.begin : token.end] == ";":
            statements.append(script[begin : token.begin].strip())
            begin = last = token.end
    if script[begin:last].strip():
        statements.append(script[begin:last].strip())
    return [statement for statement in statements if statement]


def _at(statement: str, folder: Path) -> str:
    """The script names files as its own folder does."""
    tokens = list(tokenize(statement))
    words = [statement[token.begin : token.end].upper() for token in tokens[:4]]
    if len(words) < 4 or words[0] != "COPY" or words[2] != "FROM" or tokens[3].kind is not Kind.STRING:
        return statement
    file = statement[tokens[3].begin + 1 : tokens[3].end - 1]
    path = os.path.join(str(folder.resolve()).replace("'", "''"), file)
    return f"{statement[: tokens[3].begin]}'{path}'{statement[tokens[3].end :]}"
