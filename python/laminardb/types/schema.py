"""Columns by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from typing import Protocol

    class HasArrowSchema(Protocol):
        """Whatever tells its columns through the Arrow PyCapsule interface: a schema, a table, a `QueryResult`."""

        def __arrow_c_schema__(self) -> object: ...


@dataclass(frozen=True)
class Column:
    """A column: its name, its Arrow type in words, and whether it may be NULL.

    Example:
        >>> Column("price", "double")
        Column(name='price', type='double', nullable=True)
    """

    name: str
    type: str
    nullable: bool = True


class Schema:
    """The columns of a relation, by position and by name.

    Args:
        arrow_schema: a `pyarrow.Schema`, or anything with `__arrow_c_schema__`.

    Example:
        >>> schema = Schema(pa.schema({"symbol": pa.string(), "price": pa.float64()}))
        >>> schema
        Schema(symbol: string, price: double)
        >>> schema.names, len(schema), "price" in schema
        (['symbol', 'price'], 2, True)
        >>> schema["price"] == schema[-1] == Column("price", "double")
        True
        >>> [column.type for column in schema]
        ['string', 'double']
    """

    def __init__(self, arrow_schema: pa.Schema | HasArrowSchema) -> None:
        self._schema = arrow_schema if isinstance(arrow_schema, pa.Schema) else pa.schema(arrow_schema)

    @property
    def arrow_schema(self) -> pa.Schema:
        """The same as Arrow has it."""
        return self._schema

    @property
    def columns(self) -> list[Column]:
        """The columns, in order."""
        return [_column(field) for field in self._schema]

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self._schema.names)

    def __len__(self) -> int:
        return len(self._schema)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self._schema.names

    def __getitem__(self, key: int | str) -> Column:
        """A column by its position, also from the end, or by its name.

        Raises:
            IndexError: there are not so many.
            KeyError: there is none of that name, or more than one.
        """
        if not isinstance(key, str):
            return self.columns[key]
        found = self._schema.get_all_field_indices(key)
        if len(found) == 1:
            return _column(self._schema.field(found[0]))
        if found:
            raise KeyError(f"{len(found)} columns are named {key!r}: take one by its position")
        near = difflib.get_close_matches(key, self.names, n=1)
        raise KeyError(f"there is no column {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))

    def __eq__(self, other: object) -> bool:
        return self._schema.equals(other._schema) if isinstance(other, Schema) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._schema)

    def __arrow_c_schema__(self) -> object:
        """The Arrow PyCapsule interface."""
        return self._schema.__arrow_c_schema__()

    def __repr__(self) -> str:
        return f"Schema({', '.join(f'{column.name}: {column.type}' for column in self.columns)})"


def _column(field: pa.Field) -> Column:
    return Column(field.name, str(field.type), field.nullable)
