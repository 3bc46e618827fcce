"""A naive SQL evaluator, one row at a time: the answer the engine is held against.

It shares the parser with the engine and nothing else. Every answer is computed from scratch over the log of accepted
calls; there is no state to keep and nothing is incremental, so it can be read from top to bottom and believed.

    log.py          what was accepted, in order, and the watermarks that follow from it
    values.py       types, their values, casts and comparison
    bound.py        an expression whose columns and types are known
    expressions.py  a syntax tree becomes one
    arithmetic.py   numbers and times
    functions.py    scalar functions
    aggregates.py   aggregate functions
    windows.py      TUMBLE, HOP, CUMULATE: the windows of a row
    relation.py     rows with columns: union, order, duplicates
    joins.py        JOIN, pair by pair
    subqueries.py   IN, EXISTS, ANY, ALL, scalar subqueries
    grouping.py     GROUP BY: keys, aggregates, which rows are late, which windows are closed
    query.py        SELECT, from FROM to LIMIT
    catalog.py      sources, streams and views by name
"""

from .catalog import Catalog
from .log import Log
from .query import Evaluator
from .values import BindError, RowError, Unsupported

__all__ = ["BindError", "Catalog", "Evaluator", "Log", "RowError", "Unsupported"]
