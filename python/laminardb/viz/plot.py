"""Charts of a result, through whichever of matplotlib and plotly is installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from laminardb.viz.series import Series, choose, series_of

if TYPE_CHECKING:
    from typing import Protocol

    class HasArrowStream(Protocol):
        """Whatever hands its rows out through the Arrow PyCapsule interface."""

        def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


Kind = Literal["line", "scatter", "bar", "area"]
Backend = Literal["matplotlib", "plotly"]

_KINDS = ("line", "scatter", "bar", "area")


def plot(
    data: HasArrowStream,
    x: str | None = None,
    y: str | Iterable[str] | None = None,
    *,
    by: str | None = None,
    kind: Kind = "line",
    title: str | None = None,
    backend: Backend | None = None,
    ax: Any = None,
) -> Any:
    """Draws columns of a result over another one.

    Args:
        data: a `QueryResult`, or anything with `__arrow_c_stream__`: a pyarrow Table, a polars or pandas DataFrame.
        x: the column across; the first that is a time unless given, else the first.
        y: the column or columns up; every other column of numbers unless given.
        by: a column each of whose values gets a line of its own.
        kind: `"line"`, `"scatter"`, `"bar"` or `"area"`.
        backend: `"matplotlib"` or `"plotly"`; the first of them that is installed unless given.
        ax: the matplotlib Axes to draw on; a new figure unless given.

    Returns:
        The matplotlib Axes, or the plotly Figure.

    Raises:
        ImportError: neither is installed, or not the one that was asked for; it says what to install.
        ValueError: a column that does not exist, or no column of numbers.

    Example:
        >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 4}])
        2
        >>> axes = laminardb.viz.plot(conn.query("SELECT * FROM t"), x="k", y="v", kind="bar", backend="matplotlib")
        >>> axes.get_xlabel(), len(axes.patches)
        ('k', 2)
    """
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}, not {kind!r}")
    library = "matplotlib" if ax is not None else _installed(backend)
    columns = pa.table(pa.RecordBatchReader.from_stream(data).read_all()).to_pydict()
    across, up = choose(columns, x, y, by)
    series = series_of(columns, across, up, by)
    label = up[0] if len(up) == 1 else ""
    if library == "plotly":
        return _with_plotly(series, across, label, kind, title)
    return _with_matplotlib(series, across, label, kind, title, ax)


def _installed(backend: str | None) -> str:
    if backend not in (None, "matplotlib", "plotly"):
        raise ValueError(f"backend must be 'matplotlib' or 'plotly', not {backend!r}")
    if backend is None:
        found = next((name for name in ("matplotlib", "plotly") if find_spec(name)), None)
        if found is None:
            raise ImportError("plots need matplotlib or plotly: pip install matplotlib")
        return found
    if not find_spec(backend):
        raise ImportError(f"this plot needs {backend}: pip install {backend}")
    return backend


def _with_matplotlib(series: list[Series], x: str, y: str, kind: str, title: str | None, ax: Any) -> Any:
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
    width = 0.8 / max(len(series), 1)
    places: dict[Any, int] = {}
    if kind == "bar":
        for s in series:
            for value in s.x:
                places.setdefault(value, len(places))
    for i, s in enumerate(series):
        heights = [float("nan") if value is None else value for value in s.y]
        if kind == "bar":
            at = [places[value] + width * (i - (len(series) - 1) / 2) for value in s.x]
            ax.bar(at, heights, width=width, label=s.name)
        elif kind == "scatter":
            ax.scatter(s.x, heights, s=12, label=s.name)
        elif kind == "area":
            ax.fill_between(s.x, heights, alpha=0.35, label=s.name)
        else:
            ax.plot(s.x, heights, label=s.name)
    if places:
        ax.set_xticks(range(len(places)), [str(value) for value in places])
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if title is not None:
        ax.set_title(title)
    if len(series) > 1:
        ax.legend()
    return ax


def _with_plotly(series: list[Series], x: str, y: str, kind: str, title: str | None) -> Any:
    import plotly.graph_objects as go

    figure = go.Figure(layout={"title": title, "xaxis_title": x, "yaxis_title": y})
    for s in series:
        if kind == "bar":
            figure.add_bar(x=s.x, y=s.y, name=s.name)
        else:
            mode = "markers" if kind == "scatter" else "lines"
            fill = "tozeroy" if kind == "area" else None
            figure.add_scatter(x=s.x, y=s.y, name=s.name, mode=mode, fill=fill)
    return figure
