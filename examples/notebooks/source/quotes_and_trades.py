# %% [markdown]
# # Quotes and trades
#
# Two feeds of a small market, bars of a minute over the trades, and the latest spread of every symbol beside them. All
# of it stays current while rows are inserted; nothing here runs on a timer. The data is made up, from a fixed seed.

# %%
import datetime as dt
import random

import laminardb
from laminardb import viz

conn = laminardb.open(":memory:")
conn.execute("""
    CREATE SOURCE trades (symbol VARCHAR, price DOUBLE, volume BIGINT, ts TIMESTAMP, WATERMARK FOR ts);
    CREATE SOURCE quotes (symbol VARCHAR, bid DOUBLE, ask DOUBLE, ts TIMESTAMP, WATERMARK FOR ts);

    CREATE STREAM bars AS
      SELECT symbol, TUMBLE_START(ts, INTERVAL '1' MINUTE) AS minute,
             first_value(price) AS open, max(price) AS high, min(price) AS low, last_value(price) AS close,
             sum(volume) AS volume
      FROM trades GROUP BY symbol, TUMBLE(ts, INTERVAL '1' MINUTE);

    CREATE STREAM spreads AS
      SELECT symbol, last_value(bid) AS bid, last_value(ask) AS ask, count(*) AS quotes
      FROM quotes GROUP BY symbol;

    CREATE STREAM overview AS
      SELECT t.symbol, t.trades, t.last_price, s.bid, s.ask, round(s.ask - s.bid, 3) AS spread
      FROM (SELECT symbol, count(*) AS trades, last_value(price) AS last_price FROM trades GROUP BY symbol) t
      JOIN spreads s ON t.symbol = s.symbol
""")
conn.topology()

# %% [markdown]
# `overview` joins what two aggregations hold. Whatever arrives on either side, its row changes at once. `bars` is
# different: its rows come when a minute is over, never change, and leave nothing behind. `explain` says so.

# %%
print(conn.explain("SELECT symbol, max(price) FROM trades GROUP BY symbol, TUMBLE(ts, INTERVAL '1' MINUTE)"))


# %% [markdown]
# ## A market of three symbols
#
# Every second brings a few quotes around a price that wanders, and sometimes a trade.


# %%
def market(minutes: int, seed: int = 7):
    """A second of both feeds at a time."""
    chance = random.Random(seed)
    prices = {"ACME": 100.0, "EMCA": 60.0, "MACE": 25.0}
    start = dt.datetime(2026, 1, 5, 9, 30)
    for second in range(minutes * 60):
        at = start + dt.timedelta(seconds=second)
        quotes, trades = [], []
        for symbol in prices:
            prices[symbol] *= 1 + chance.gauss(0, 0.0006)
            half = prices[symbol] * chance.uniform(0.0001, 0.0004)
            bid, ask = round(prices[symbol] - half, 3), round(prices[symbol] + half, 3)
            quotes.append({"symbol": symbol, "bid": bid, "ask": ask, "ts": at})
            if chance.random() < 0.4:
                price, volume = chance.choice([bid, ask]), 100 * chance.randint(1, 9)
                trades.append({"symbol": symbol, "price": price, "volume": volume, "ts": at})
        yield quotes, trades


# %% [markdown]
# `viz.live` shows a stream below the cell and changes as it does: here the bars as lines, drawn whenever minutes close.

# %%
with viz.live(
    laminardb.mv(conn, "bars"), kind="line", x="minute", y="close", by="symbol", title="close", block=False
) as chart:
    for quotes, trades in market(minutes=45):
        conn.insert("quotes", quotes)
        if trades:
            conn.insert("trades", trades)
        chart.refresh()

# %% [markdown]
# A row of `overview` is replaced whenever a quote or a trade arrives. Its key is known, so rows keep their places.

# %%
overview = laminardb.mv(conn, "overview")
print("a row is identified by", overview.key())
viz.live(overview, title="overview", timeout=0.1)

# %% [markdown]
# What is asked once is answered by the same operators, over the same state.

# %%
conn.query("""
    SELECT symbol, count(*) AS bars, round(max(high - low), 3) AS widest, sum(volume) AS volume
    FROM bars GROUP BY symbol ORDER BY symbol""")

# %%
axes = viz.plot(
    conn.query("SELECT minute, symbol, volume FROM bars WHERE symbol = 'ACME'"),
    y="volume",
    kind="area",
    title="ACME: volume per minute",
    backend="matplotlib",
)

# %%
conn.close()
