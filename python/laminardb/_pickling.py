"""What can be pickled: rows. Handles belong to the process that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pyarrow as pa

from laminardb import _laminardb

if TYPE_CHECKING:
    from laminardb import QueryResult


def restore_result(ipc: bytes, epoch: int, is_snapshot: bool) -> QueryResult:
    """What `pickle` calls to make a result again."""
    with pa.ipc.open_stream(ipc) as reader:
        return _laminardb._result_from_arrow(reader, epoch, is_snapshot)


def reduce_result(result: QueryResult, epoch: int, is_snapshot: bool) -> tuple[Any, ...]:
    """What `QueryResult.__reduce__` answers: the rows as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.RecordBatchReader.from_stream(result) as reader, pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
    return restore_result, (sink.getvalue().to_pybytes(), epoch, is_snapshot)


def refuse(self: object) -> NoReturn:
    """The `__reduce__` of everything that is a handle: also what `copy` asks."""
    name = type(self).__name__
    raise TypeError(f"a {name} cannot be pickled or copied: it belongs to the process and the database it was made in")


def refuse_handles() -> None:
    """Gives every class of the module that is not said to be picklable the refusal."""
    for kind in vars(_laminardb).values():
        if isinstance(kind, type) and "__reduce__" not in vars(kind):
            kind.__reduce__ = refuse  # type: ignore[method-assign,assignment]
