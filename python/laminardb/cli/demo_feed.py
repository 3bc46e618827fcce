"""The synthetic market behind `laminardb demo`: trades of eight symbols, walking at random, a batch at a time."""

from __future__ import annotations

import random
import threading
import time

import pyarrow as pa

import laminardb

SYMBOLS = {
    "ACME": 104.0,
    "BOLT": 37.5,
    "CRUX": 251.0,
    "DUNE": 18.2,
    "ECHO": 66.6,
    "FLUX": 142.0,
    "GALE": 9.8,
    "HALO": 480.0,
}
SQL = """
CREATE SOURCE trades (
  symbol VARCHAR NOT NULL, price DOUBLE NOT NULL, volume BIGINT NOT NULL, ts TIMESTAMP NOT NULL,
  WATERMARK FOR ts AS ts - INTERVAL '250' MILLISECOND
);
CREATE STREAM totals AS
  SELECT symbol, count(*) AS trades, sum(volume) AS volume, sum(price * volume) / sum(volume) AS vwap
  FROM trades GROUP BY symbol;
CREATE STREAM bars AS
  SELECT symbol, window_start AS second, first_value(price) AS open, max(price) AS high, min(price) AS low,
         last_value(price) AS close, count(*) AS trades, window_time
  FROM trades GROUP BY symbol, TUMBLE(ts, INTERVAL '1' SECOND);
CREATE STREAM whales AS
  SELECT ts, symbol, price, volume FROM trades WHERE volume >= 9500;
CREATE STREAM swings AS
  SELECT symbol, window_start AS since, (max(high) - min(low)) / min(low) * 100 AS percent
  FROM bars GROUP BY symbol, TUMBLE(window_time, INTERVAL '5' SECOND);
"""
_BATCHES_A_SECOND = 50


class Feed:
    """Inserts trades on a thread of its own, at a steady rate, event times running with the clock.

    Args:
        rate: trades a second.
    """

    def __init__(self, conn: laminardb.Connection, rate: int, seed: int = 7) -> None:
        self.inserted = 0
        self.failure: laminardb.LaminarError | None = None
        self._conn, self._rate = conn, rate
        self._random = random.Random(seed)
        self._prices = dict(SYMBOLS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-feed", daemon=True)

    def start(self) -> None:
        """Begins to insert."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the batch that is being inserted."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        begin = time.monotonic()
        try:
            while not self._stop.is_set():
                due = int((time.monotonic() - begin) * self._rate) - self.inserted
                if due > 0:
                    self.inserted += self._conn.insert("trades", self.batch(due, time.time_ns() // 1000))
                self._stop.wait(1 / min(self._rate, _BATCHES_A_SECOND))
        except laminardb.LaminarError as error:  # the database was closed under the feed
            self.failure = error

    def batch(self, count: int, now_micros: int) -> pa.Table:
        """`count` trades; their event times lie up to 200 ms before now, in no order."""
        pick = self._random
        symbols = pick.choices(list(SYMBOLS), weights=(8, 5, 4, 4, 3, 3, 2, 1), k=count)
        prices = []
        for symbol in symbols:
            price = self._prices[symbol] * (1 + pick.gauss(0, 0.0004))
            self._prices[symbol] = price
            prices.append(round(price, 2))
        return pa.table(
            {
                "symbol": pa.array(symbols),
                "price": pa.array(prices),
                "volume": pa.array([int(10 ** pick.uniform(0.5, 4)) for _ in symbols], pa.int64()),
                "ts": pa.array([now_micros - pick.randrange(200_000) for _ in symbols], pa.timestamp("us")),
            }
        )
