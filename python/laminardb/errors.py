"""The exceptions of laminardb. The engine raises them through this module; user code may raise them too."""

from __future__ import annotations

from collections.abc import Sequence

from laminardb import codes


class LaminarError(Exception):
    """Base of every error that laminardb raises.

    Attributes:
        code: one of `laminardb.codes`; 900 (`INTERNAL_ERROR`) unless given.
        candidates: existing names nearest to a misspelt one, best first.
        rows_inserted: rows that were accepted before the failure, for input that is committed item by item
            (generators and readers); 0 otherwise.

    `"text" in error` tests the message.

    Example:
        >>> error = laminardb.LaminarError("raised by a program")
        >>> error.code, "program" in error
        (900, True)
    """

    # Users import these from the package, and tracebacks should say the same.
    __module__ = "laminardb"

    def __init__(
        self,
        *args: object,
        code: int = codes.INTERNAL_ERROR,
        candidates: Sequence[str] = (),
        rows_inserted: int = 0,
    ) -> None:
        super().__init__(*args)
        self.code = code
        self.candidates = list(candidates)
        self.rows_inserted = rows_inserted

    def __contains__(self, text: str) -> bool:
        return text in str(self)


class ConnectionError(LaminarError):
    """The database cannot be reached, is in use by another process, or the connection is closed (1xx).

    Example:
        >>> conn.close()
        >>> try:
        ...     conn.query("SELECT 1")
        ... except laminardb.ConnectionError as error:
        ...     print(error.code, "closed" in error)
        101 True
    """

    __module__ = "laminardb"


class QueryError(LaminarError):
    """SQL that cannot be parsed, bound or run (4xx). The message shows the line and a caret.

    Attributes:
        position: where in the SQL text the mistake is, as an index into the `str`; `None` when it is not in the text.

    Example:
        >>> try:
        ...     conn.query("SELECT k FROM positiv")
        ... except laminardb.QueryError as error:
        ...     print(error.code, error.position, error.candidates)
        400 14 ['positive']
    """

    __module__ = "laminardb"

    def __init__(
        self,
        *args: object,
        code: int = codes.INTERNAL_ERROR,
        position: int | None = None,
        candidates: Sequence[str] = (),
        rows_inserted: int = 0,
    ) -> None:
        super().__init__(*args, code=code, candidates=candidates, rows_inserted=rows_inserted)
        self.position = position


class IngestionError(LaminarError):
    """Rows that do not fit, malformed text, a closed writer, or no room within the time allowed (3xx).

    Example:
        >>> try:
        ...     conn.insert("t", [{"v": 1}, {"v": "many"}])
        ... except laminardb.IngestionError as error:
        ...     print(error.code, error)
        302 column "v" of t: row 2: 'many' is not a BIGINT
    """

    __module__ = "laminardb"


class SchemaError(LaminarError):
    """A name that does not exist or exists already, or a schema that cannot be had (2xx).

    Example:
        >>> try:
        ...     conn.insert("nowhere", {"v": 1})
        ... except laminardb.SchemaError as error:
        ...     print(error.code)
        200
    """

    __module__ = "laminardb"


class SubscriptionError(LaminarError):
    """A subscription that failed, ended because its stream was dropped, or timed out (5xx).

    Example:
        >>> changes = conn.subscribe_stream("positive")
        >>> conn.execute("DROP STREAM positive").result_type
        'ddl'
        >>> try:
        ...     changes.next()
        ... except laminardb.SubscriptionError as error:
        ...     print(error.code)
        501
    """

    __module__ = "laminardb"


class StreamError(LaminarError):
    """A stream that cannot do what was asked.

    Example:
        >>> laminardb.StreamError("raised by a program").code
        900
    """

    __module__ = "laminardb"


class CheckpointError(LaminarError):
    """A checkpoint that could not be written or read.

    Example:
        >>> laminardb.CheckpointError("raised by a program").code
        900
    """

    __module__ = "laminardb"


class ConnectorError(LaminarError):
    """A connector that failed.

    Example:
        >>> laminardb.ConnectorError("raised by a program").code
        900
    """

    __module__ = "laminardb"


def family(code: int) -> type[LaminarError]:
    """The exception class that an error of the engine with this code is raised as."""
    return _FAMILIES.get(code // 100, LaminarError)


_FAMILIES: dict[int, type[LaminarError]] = {
    1: ConnectionError,
    2: SchemaError,
    3: IngestionError,
    4: QueryError,
    5: SubscriptionError,
}
