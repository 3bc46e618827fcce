"""Everything public has a docstring that stands for itself: help, and an example that runs as printed.

Where an example uses `conn`, it is a new database with a source and a stream:

    CREATE SOURCE t (k VARCHAR, v BIGINT);
    CREATE STREAM positive AS SELECT k, v FROM t WHERE v > 0
"""

from __future__ import annotations

import asyncio
import doctest
import inspect
import threading

import laminardb
import laminardb.types
import laminardb.viz
import pyarrow as pa
import pytest

MODULES = [laminardb, laminardb.types, laminardb.viz]


def public() -> dict[str, object]:
    """Every public function, class and method by its name, each once."""
    found: dict[str, object] = {}
    for module in MODULES:
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.ismodule(value) or not callable(value) or value in found.values():
                continue
            if not isinstance(value, type) and not inspect.isfunction(value):
                continue  # a type alias
            prefix = module.__name__.removeprefix("laminardb").lstrip(".")
            path = f"{prefix}.{name}" if prefix and name not in laminardb.__all__ else name
            found[path] = value
            if isinstance(value, type):
                for member in sorted(dir(value)):
                    attribute = inspect.getattr_static(value, member)
                    inherited = all(member not in vars(base) for base in value.__mro__ if _ours(base))
                    if not member.startswith("_") and callable(attribute) and not inherited:
                        found[f"{path}.{member}"] = getattr(value, member)
    return found


def _ours(base: type) -> bool:
    return base.__module__.split(".")[0] == "laminardb"


PUBLIC = public()


@pytest.fixture
def scope():
    """The names that examples use."""
    with laminardb.open(":memory:") as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.execute("CREATE STREAM positive AS SELECT k, v FROM t WHERE v > 0")
        names = {name: getattr(laminardb.types, name) for name in laminardb.types.__all__}
        names |= {"CheckpointResult": laminardb.CheckpointResult, "LaminarConfig": laminardb.LaminarConfig}
        yield names | {"laminardb": laminardb, "conn": conn, "pa": pa, "asyncio": asyncio, "threading": threading}


# Those that this release refuses have nothing to show.
NOT_YET = {name for name, value in PUBLIC.items() if (value.__doc__ or "").startswith("Not supported yet")}


@pytest.mark.parametrize("name", [*(name for name in PUBLIC if name not in NOT_YET), "laminardb"])
def test_example(name, scope):
    value = laminardb if name == "laminardb" else PUBLIC[name]
    text = inspect.getdoc(value)
    assert text, "there is no docstring"
    example = doctest.DocTestParser().get_doctest(text, scope, name, None, 0)
    assert example.examples, "the docstring has no example"
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("name", PUBLIC)
def test_signature(name):
    """`inspect.signature` knows every function and method, as the stub does."""
    value = PUBLIC[name]
    if inspect.isclass(value):
        return
    signature = inspect.signature(value)
    parameters = list(signature.parameters.values())
    assert signature.return_annotation is not signature.empty
    for parameter in parameters[1:] if "." in name.removeprefix("types.").removeprefix("viz.") else parameters:
        assert parameter.annotation is not parameter.empty, parameter


def test_signatures_read_well():
    """As a person would write them: no module in front of what the module itself exports, no quotes."""
    insert = laminardb.Connection.insert
    assert str(inspect.signature(insert)) == "(self, table: str, data: object) -> int"
    with laminardb.open(":memory:") as conn:
        assert str(inspect.signature(conn.insert)) == "(table: str, data: object) -> int"
        assert conn.insert.__doc__ == insert.__doc__
    assert str(inspect.signature(laminardb.QueryResult.show)) == "(self, max_rows: int = 20) -> None"
    assert insert.__doc__.startswith("Inserts rows")


def test_help_reads_well():
    import pydoc

    page = pydoc.render_doc(laminardb.Connection.insert, renderer=pydoc.plaintext)
    assert "insert(self, table: str, data: object) -> int\n    Inserts rows and returns how many." in page
    page = pydoc.render_doc(laminardb.QueryResult, renderer=pydoc.plaintext)
    assert "fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]\n |      The next `size` rows" in page
