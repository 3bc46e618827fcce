"""Random scenarios as the text of a .test script: sources and tables, streams over them and over each other, calls,
statements that change tables, and transactions.

Values are chosen so that every comparison is decided exactly: floats are multiples of a quarter, and what came from a
division of floats is only passed on. Small domains make groups meet, extremes and zeros make rows fail.
"""

from .generator import Generator
from .script import Call, Script

__all__ = ["Call", "Generator", "Script"]
