"""Results as text for people and for programs: one writer per format, fed batch by batch."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TextIO

import pyarrow as pa

from laminardb.cli.tables import Excerpt, draw, draw_records
from laminardb.cli.terminal import PLAIN, Style, pad, printable, text_width
from laminardb.cli.values import is_number, json_texts, texts

FORMATS = ("table", "line", "markdown", "csv", "json", "jsonl")


class Writer(ABC):
    """Writes one result. `begin`, then `write` for each batch, then `end`; nothing is kept that need not be."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.rows = 0

    def begin(self, schema: pa.Schema) -> None:
        """Before the first batch."""
        self.schema = schema

    def write(self, batch: pa.Table) -> None:
        """Takes the next rows."""
        self.rows += batch.num_rows
        self._write(batch)

    @abstractmethod
    def _write(self, batch: pa.Table) -> None: ...

    def end(self) -> None:  # noqa: B027 (most formats have nothing left to do)
        """After the last batch."""


class ExcerptWriter(Writer):
    """A table, or with `records` one line per value, of the first and last rows of a result.

    Args:
        most_rows: how many rows to show; `None`: all of them.
        width: columns of the terminal, `None` when nothing needs to be cut.
        with_types: name the types of the columns.
    """

    def __init__(
        self,
        out: TextIO,
        most_rows: int | None,
        width: int | None,
        style: Style = PLAIN,
        records: bool = False,
        with_types: bool = True,
    ) -> None:
        super().__init__(out)
        self._width, self._style, self._records, self._with_types = width, style, records, with_types
        self._most_head = None if most_rows is None else (most_rows + 1) // 2
        self._most_tail = 0 if most_rows is None else most_rows // 2
        self._head: list[pa.Table] = []
        self._head_rows = 0
        self._tail: pa.Table | None = None

    def _write(self, batch: pa.Table) -> None:
        taken = batch.num_rows
        if self._most_head is not None:
            taken = min(taken, self._most_head - self._head_rows)
        if taken:
            self._head.append(batch.slice(0, taken))
            self._head_rows += taken
        if taken < batch.num_rows:
            rest = batch.slice(taken)
            tail = rest if self._tail is None else pa.concat_tables([self._tail, rest])
            self._tail = tail.slice(max(tail.num_rows - self._most_tail, 0))

    def end(self) -> None:
        nothing = self.schema.empty_table()
        head = pa.concat_tables([nothing, *self._head])
        excerpt = Excerpt(self.schema, head, nothing if self._tail is None else self._tail, self.rows)
        if self._records:
            self.out.write(draw_records(excerpt, self._width, self._style))
        else:
            self.out.write(draw(excerpt, self._width, self._style, self._with_types))


class PlainLinesWriter(Writer):
    """The texts of the last column, line by line: for EXPLAIN and SHOW CREATE, whose answer is a text."""

    def _write(self, batch: pa.Table) -> None:
        for text in texts(batch.column(batch.num_columns - 1)):
            self.out.write(f"{text}\n")


class CsvWriter(Writer):
    """RFC 4180 with a header. NULL is an empty field and an empty string a quoted one."""

    def begin(self, schema: pa.Schema) -> None:
        super().begin(schema)
        self.out.write(",".join(map(_csv_field, schema.names)) + "\n")

    def _write(self, batch: pa.Table) -> None:
        for row in zip(*map(texts, batch.columns), strict=True):
            self.out.write(",".join(map(_csv_field, row)) + "\n")


class JsonLinesWriter(Writer):
    """An object a line."""

    def _write(self, batch: pa.Table) -> None:
        for line in _objects(batch):
            self.out.write(line + "\n")


class JsonWriter(Writer):
    """An array of objects, one a line."""

    def begin(self, schema: pa.Schema) -> None:
        super().begin(schema)
        self._separator = "["

    def _write(self, batch: pa.Table) -> None:
        for line in _objects(batch):
            self.out.write(self._separator + line)
            self._separator = ",\n"

    def end(self) -> None:
        self.out.write("]\n" if self.rows else "[]\n")


class MarkdownWriter(Writer):
    """A table of GitHub's Markdown, its columns aligned for those who read the source."""

    def begin(self, schema: pa.Schema) -> None:
        super().begin(schema)
        self._batches: list[pa.Table] = []

    def _write(self, batch: pa.Table) -> None:
        self._batches.append(batch)

    def end(self) -> None:
        table = pa.concat_tables([self.schema.empty_table(), *self._batches])
        columns = []
        for field, column in zip(self.schema, table.columns, strict=True):
            cells = ["NULL" if text is None else printable(text).replace("|", "\\|") for text in texts(column)]
            columns.append([printable(field.name).replace("|", "\\|"), *cells])
        widths = [max(3, *map(text_width, column)) for column in columns]
        aligns = ["right" if is_number(field.type) else "left" for field in self.schema]
        rules = ["-" * (w - 1) + (":" if align == "right" else "-") for w, align in zip(widths, aligns, strict=True)]
        rows = list(zip(*columns, strict=True))
        for row in [rows[0], rules, *rows[1:]] if rows else []:
            cells = (pad(cell, w, align) for cell, w, align in zip(row, widths, aligns, strict=True))
            self.out.write("| " + " | ".join(cells) + " |\n")


def data_writer(name: str, out: TextIO) -> Writer:
    """The writer for a format of which a result's every row is written, whatever the terminal."""
    return {"csv": CsvWriter, "json": JsonWriter, "jsonl": JsonLinesWriter, "markdown": MarkdownWriter}[name](out)


def _csv_field(text: str | None) -> str:
    if text is None:
        return ""
    if text == "" or any(c in text for c in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _objects(batch: pa.Table) -> list[str]:
    keys = [json.dumps(name, ensure_ascii=False) for name in batch.column_names]
    return [
        "{" + ",".join(f"{key}:{value}" for key, value in zip(keys, row, strict=True)) + "}"
        for row in zip(*map(json_texts, batch.columns), strict=True)
    ]
