"""What a checkpoint answers."""

from __future__ import annotations


class CheckpointResult(int):
    """The id of a checkpoint, as an `int` that is always true; made by `Connection.checkpoint`. Ids increase.

    Example:
        >>> result = CheckpointResult(0)
        >>> result, int(result), bool(result)
        (CheckpointResult(checkpoint_id=0), 0, True)
    """

    # Users import it from the package.
    __module__ = "laminardb"
    __slots__ = ()

    @property
    def checkpoint_id(self) -> int:
        """The id."""
        return int(self)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"CheckpointResult(checkpoint_id={int(self)})"
