"""`laminardb.viz`: live views, without a notebook and in one, and plots."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
import xml.dom.minidom

import laminardb
import pyarrow as pa
import pytest
from laminardb import viz
from laminardb.viz.line_chart import line_chart
from laminardb.viz.series import Series, choose, series_of

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture
def totals(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    conn.execute("CREATE STREAM totals AS SELECT k, sum(v) AS total FROM t GROUP BY k")
    return conn


def cells(view) -> list[list[str]]:
    """The texts of the table that a view shows."""
    page = xml.dom.minidom.parseString(view._html())
    (body,) = page.getElementsByTagName("tbody")
    return [
        ["".join(node.data for node in cell.childNodes) for cell in row.getElementsByTagName("td")]
        for row in body.getElementsByTagName("tr")
    ]


def fresh(view) -> list[bool]:
    """Which rows of the table stand out."""
    page = xml.dom.minidom.parseString(view._html())
    (body,) = page.getElementsByTagName("tbody")
    return [row.hasAttribute("style") for row in body.getElementsByTagName("tr")]


# live


def test_a_table_of_rows_that_are_replaced(totals):
    """Under its key a row keeps its place, and stands out while it is new."""
    with viz.live(laminardb.mv(totals, "totals"), block=False) as view:
        totals.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 5}])
        view.refresh()
        assert cells(view) == [["a", "1"], ["b", "5"]]
        assert fresh(view) == [True, True]
        totals.insert("t", {"k": "a", "v": 2})
        view.refresh()
        assert cells(view) == [["a", "3"], ["b", "5"]]
        assert fresh(view) == [True, False]
    assert fresh(view) == [False, False]


def test_without_a_key_a_replaced_row_comes_last(totals):
    with viz.live(totals.subscribe_stream("totals"), block=False) as view:
        totals.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 5}])
        view.refresh()
        totals.insert("t", {"k": "a", "v": 2})
        view.refresh()
        assert cells(view) == [["b", "5"], ["a", "3"]]


def test_rows_that_go_are_gone(conn):
    conn.create_table("p", {"k": "VARCHAR", "v": "DOUBLE"}, primary_key=["k"])
    conn.execute("CREATE STREAM s AS SELECT * FROM p")
    with viz.live(laminardb.mv(conn, "s"), block=False) as view:
        conn.insert("p", [{"k": "a", "v": 1.5}, {"k": "b", "v": float("nan")}])
        view.refresh()
        assert cells(view) == [["a", "1.5"], ["b", "nan"]]
        conn.delete("p", ["b"])
        view.refresh()
        assert cells(view) == [["a", "1.5"]]
        assert "1 row<" in view._html()


def test_a_stream_that_only_grows_shows_its_newest_rows(totals):
    with viz.live(totals.subscribe("SELECT v FROM t"), rows=2, block=False) as view:
        totals.insert("t", [{"v": i} for i in range(5)])
        view.refresh()
        assert cells(view) == [["3"], ["4"]]
        assert "the last 2 of 5 rows" in view._html()


def test_equal_rows_stand_there_as_often_as_they_came(conn):
    conn.create_table("bag", {"v": "BIGINT"}, primary_key=[])
    with viz.live(conn.subscribe("SELECT v FROM bag"), block=False) as view:
        conn.insert("bag", [{"v": 1}, {"v": 1}])
        view.refresh()
        assert cells(view) == [["1"], ["1"]]


def test_text_is_escaped(totals):
    with viz.live(totals.subscribe("SELECT k FROM t"), title="<b>", block=False) as view:
        totals.insert("t", {"k": "<script>"})
        view.refresh()
        assert "<script>" not in view._html()
        assert "&lt;b&gt;" in view._html()


def test_it_ends_with_the_stream(totals):
    subscription = totals.subscribe("SELECT v FROM t")
    totals.insert("t", {"v": 1})
    totals.shutdown()
    view = viz.live(subscription)
    assert repr(view) == "Live(table, 1 row, closed)"
    assert "ended" in view._html()


def test_it_ends_after_its_time(totals):
    subscription = totals.subscribe_stream("totals")
    view = viz.live(subscription, timeout=0.01)
    assert not view.is_active
    assert not subscription.is_active


def test_follow_draws_what_other_threads_insert(totals):
    view = viz.live(laminardb.mv(totals, "totals"), every=0.001, block=False)

    def feed():
        for _ in range(20):
            totals.insert("t", {"k": "a", "v": 1})
        totals.shutdown()

    feeder = threading.Thread(target=feed)
    feeder.start()
    view.follow()
    feeder.join()
    assert cells(view) == [["a", "20"]]


def test_leaving_the_block_closes_it(totals):
    subscription = totals.subscribe("SELECT v FROM t")
    with pytest.raises(ZeroDivisionError), viz.live(subscription, block=False) as view:
        totals.insert("t", {"v": 1})
        1 / 0  # noqa: B018
    assert repr(view) == "Live(table, 1 row, closed)"
    assert not subscription.is_active
    view.close()


def test_an_interrupt_ends_it_quietly():
    code = (
        "import laminardb\n"
        "conn = laminardb.open(':memory:')\n"
        "conn.execute('CREATE SOURCE t (v BIGINT)')\n"
        "conn.insert('t', {'v': 1})\n"
        "subscription = conn.subscribe('SELECT v FROM t')\n"
        "view = laminardb.viz.live(subscription, block=False)\n"
        "draw = view._draw\n"
        "view._draw = lambda: (draw(), print('drawn', flush=True))\n"
        "view.follow()\n"
        "print(view, subscription)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["Live(table, 0 rows, active)\n", "drawn\n"]
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "drawn\nLive(table, 1 row, closed) Subscription(finished)\n"
    assert process.returncode == 0


def test_a_stream_that_is_dropped_raises(totals):
    view = viz.live(totals.subscribe_stream("totals"), block=False)
    totals.execute("DROP STREAM totals")
    with pytest.raises(laminardb.SubscriptionError) as info:
        view.follow()
    assert info.value.code == laminardb.codes.SUBSCRIPTION_CLOSED
    assert not view.is_active


def test_a_line_chart(conn):
    conn.execute("CREATE SOURCE t (ts TIMESTAMP, k VARCHAR, v DOUBLE)")
    with viz.live(conn.subscribe("SELECT * FROM t"), kind="line", by="k", points=3, block=False) as view:
        assert "<svg" in view._html()
        conn.insert("t", [{"ts": f"2026-01-01 00:00:0{i}", "k": "ab"[i % 2], "v": i} for i in range(6)])
        view.refresh()
        chart = view._html()
        xml.dom.minidom.parseString(chart)
        assert ">a</text>" in chart
        assert ">b</text>" in chart
        assert chart.count("L") == 1  # of the newest three points two belong together


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "pie"}, "'table' or 'line'"),
        ({"kind": "line", "y": "vv"}, "did you mean 'v'"),
        ({"kind": "line", "x": "nothing"}, "there is no column 'nothing'"),
    ],
)
def test_mistakes(conn, options, message):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    with pytest.raises(ValueError, match=message):
        viz.live(conn.subscribe("SELECT * FROM t"), block=False, **options)


def without(module: str, code: str) -> subprocess.CompletedProcess[str]:
    """Runs code where a module, and what is in it, cannot be imported."""
    block = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {module.split()!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *a: None if name in {module.split()!r} else real(name, *a)\n"
        "import laminardb\n"
        "conn = laminardb.open(':memory:')\n"
        "conn.execute('CREATE SOURCE t (v BIGINT)')\n"
    )
    return subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("missing", "call", "advice"),
    [
        ("IPython", "laminardb.viz.live(conn.subscribe('SELECT * FROM t'))", "pip install ipython"),
        ("matplotlib plotly", "laminardb.viz.plot(conn.query('SELECT 1 AS a'))", "pip install matplotlib"),
        ("plotly", "laminardb.viz.plot(conn.query('SELECT 1 AS a'), backend='plotly')", "pip install plotly"),
    ],
)
def test_what_is_missing_is_named(missing, call, advice):
    ran = without(missing, call)
    assert ran.stderr.splitlines()[-1].startswith("ImportError: ")
    assert advice in ran.stderr.splitlines()[-1]


# The kernel of a notebook


def run_cells(*sources: str) -> list:
    """The outputs of each cell of a notebook."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    manager = pytest.importorskip("jupyter_client.manager")
    pytest.importorskip("ipykernel")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    kernel = manager.AsyncKernelManager(kernel_name="python3", transport="ipc")
    nbclient.NotebookClient(notebook, km=kernel, timeout=60, allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells]


SETUP = """
import laminardb
conn = laminardb.open(':memory:')
conn.execute('CREATE SOURCE t (k VARCHAR, v BIGINT)')
conn.execute('CREATE STREAM totals AS SELECT k, sum(v) AS total FROM t GROUP BY k');
"""


def test_in_a_notebook():
    """One output, which is replaced; the query's result and the topology are drawn."""
    outputs = run_cells(
        SETUP,
        "with laminardb.viz.live(laminardb.mv(conn, 'totals'), block=False) as view:\n"
        "    for i in range(3):\n"
        "        conn.insert('t', {'k': 'a', 'v': 1})\n"
        "        view.refresh()\n"
        "view",
        "conn.query('SELECT * FROM totals')",
        "conn.topology()",
        "with laminardb.viz.live(conn.subscribe('SELECT * FROM t'), block=False) as broken:\n    1 / 0",
        "print(broken.is_active)",
    )
    live, out = outputs[1]
    assert list(out.data) == ["text/plain"]
    assert ">3</td>" in live.data["text/html"]
    assert "ended" in live.data["text/html"]
    assert ">3</td>" in outputs[2][0].data["text/html"]
    assert "<svg" in outputs[3][0].data["text/html"]
    assert outputs[4][-1].ename == "ZeroDivisionError"
    assert "ended" in outputs[4][0].data["text/html"]
    assert outputs[5][0].text == "False\n"


def test_interrupting_the_cell_ends_it():
    outputs = run_cells(
        SETUP + "subscription = conn.subscribe('SELECT v FROM t')",
        "import _thread\n"
        "view = laminardb.viz.live(subscription, block=False)\n"
        "draw = view._draw\n"
        "def interrupt():\n"
        "    view._draw = draw\n"
        "    _thread.interrupt_main()\n"
        "view._draw = interrupt\n"
        "conn.insert('t', {'v': 7})\n"
        "view.follow()",
        "print(view, subscription)",
    )
    assert outputs[2][0].text == "Live(table, 1 row, closed) Subscription(finished)\n"


# Charts


def test_columns_are_chosen():
    times = [dt.datetime(2026, 1, 1)]
    assert choose({"k": ["a"], "at": times, "v": [1], "w": [None]}, None, None, None) == ("at", ["v"])
    assert choose({"k": ["a"], "v": [1.5]}, None, None, None) == ("k", ["v"])
    assert choose({"k": ["a"], "v": [1], "w": [2]}, None, "w", "k") == ("v", ["w"])
    with pytest.raises(ValueError, match="no column of numbers"):
        choose({"k": ["a"], "s": ["b"]}, None, None, None)


def test_series():
    columns = {"x": [1, 2, None, 1], "k": ["a", "a", "a", "b"], "v": [1, None, 5, float("nan")]}
    assert series_of(columns, "x", ["v"], "k") == [Series("a", [1, 2], [1.0, None]), Series("b", [1], [None])]
    assert series_of(columns, "x", ["v"], None) == [Series("v", [1, 2, 1], [1.0, None, None])]


@pytest.mark.parametrize(
    "series",
    [
        [],
        [Series("empty")],
        [Series("one", [1], [1.0])],
        [Series("gap", [1, 2, 3], [1.0, None, 2.0])],
        [Series("flat", [1, 2], [5.0, 5.0])],
        [Series("huge", [1, 2], [-1e300, 1e300])],
        [Series("days", [dt.date(2026, 1, 1), dt.date(2027, 6, 1)], [0.0, 1.0])],
        [Series("instants", [dt.datetime(2026, 1, 1, 0, 0, 0, i * 1000) for i in range(9)], [0.0] * 9)],
        [Series(f"series <{i}>", [1, 2], [1.0, 2.0]) for i in range(20)],
    ],
    ids=lambda series: series[0].name if series else "nothing",
)
def test_line_chart_is_an_image(series):
    image = xml.dom.minidom.parseString(line_chart(series, "<title>")).documentElement
    assert image.tagName == "svg"
    assert len(image.getElementsByTagName("rect")) == len(series)
    assert "nan" not in image.toxml()
    assert "inf" not in image.toxml()


@pytest.fixture
def result(conn):
    return conn.query(
        "SELECT * FROM (VALUES (TIMESTAMP '2026-01-01 00:00:00', 'a', 1.5, 10), (TIMESTAMP '2026-01-01 00:00:01', 'b', "
        "NULL, 20), (TIMESTAMP '2026-01-01 00:00:02', 'a', 2.5, 30)) AS x (at, k, v, w)"
    )


@pytest.mark.parametrize("kind", ["line", "scatter", "bar", "area"])
def test_plot_with_matplotlib(result, kind):
    axes = viz.plot(result, kind=kind, title="both", backend="matplotlib")
    assert (axes.get_xlabel(), axes.get_title()) == ("at", "both")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["v", "w"]
    matplotlib.pyplot.close(axes.figure)


def test_plot_by(result):
    axes = viz.plot(result, y="w", by="k", backend="matplotlib")
    assert [(line.get_label(), list(line.get_ydata())) for line in axes.lines] == [("a", [10, 30]), ("b", [20])]
    again = viz.plot(result, y="w", ax=axes)
    assert again is axes
    matplotlib.pyplot.close(axes.figure)


@pytest.mark.parametrize("kind", ["line", "scatter", "bar", "area"])
def test_plot_with_plotly(result, kind):
    pytest.importorskip("plotly")
    figure = viz.plot(result, kind=kind, title="both", backend="plotly")
    assert [(trace.name, list(trace.y)) for trace in figure.data] == [("v", [1.5, None, 2.5]), ("w", [10, 20, 30])]
    assert figure.layout.title.text == "both"


def test_plot_of_other_data(result):
    table = pa.table({"x": [1, 2], "y": [3, 4]})
    axes = viz.plot(table, backend="matplotlib")
    assert list(axes.lines[0].get_ydata()) == [3, 4]
    matplotlib.pyplot.close(axes.figure)


def test_plot_mistakes(result):
    with pytest.raises(ValueError, match="kind must be"):
        viz.plot(result, kind="pie")
    with pytest.raises(ValueError, match="backend must be"):
        viz.plot(result, backend="gnuplot")
    with pytest.raises(ValueError, match="did you mean 'w'"):
        viz.plot(result, y="ww")


# What notebooks show by themselves


def test_a_result_as_html(conn):
    page = conn.query("SELECT 1 AS a, NULL AS b, '<b>' AS c")._repr_html_()
    xml.dom.minidom.parseString(page)
    assert "int32" in page
    assert "NULL" in page
    assert "&lt;b&gt;" in page
    assert "1 row, 3 columns" in page


def test_a_long_result_as_html(conn):
    conn.execute("CREATE SOURCE t (v BIGINT)")
    conn.insert("t", pa.table({"v": range(1000)}))
    page = conn.query("SELECT * FROM t")._repr_html_()
    assert page.count("<tr>") == 21
    assert "20 of 1,000 rows" in page


def test_a_topology_as_an_image(totals):
    totals.execute("CREATE STREAM more AS SELECT k FROM totals WHERE total > 1")
    image = xml.dom.minidom.parseString(totals.topology()._repr_html_()).documentElement
    assert image.tagName == "svg"
    texts = [node.firstChild.data for node in image.getElementsByTagName("text")]
    assert texts == ["t", "source", "totals", "stream", "more", "stream"]
    assert len(image.getElementsByTagName("path")) == 4  # a line and a point for each of two edges
    lefts = [float(node.getAttribute("x")) for node in image.getElementsByTagName("rect")]
    assert lefts == sorted(set(lefts))


def test_an_empty_topology(conn):
    assert conn.topology()._repr_html_() == "<em>no sources, no streams</em>"
