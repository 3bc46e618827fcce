# %% [markdown]
# # Anomalies
#
# Sensors report twice a second. A reading that lies far from what its sensor reported in the same ten seconds is an
# anomaly; a window that is over is compared with its readings by a join of two streams. The data is made up.

# %%
import datetime as dt
import math
import random

import laminardb
import pandas as pd
from laminardb import ChangeEvent, viz

conn = laminardb.open(":memory:")
conn.execute("""
    CREATE SOURCE readings (sensor VARCHAR, value DOUBLE, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND);

    CREATE STREAM windows AS
      SELECT sensor, window_start, avg(value) AS mean, stddev_pop(value) AS deviation, count(*) AS n
      FROM readings GROUP BY sensor, TUMBLE(ts, INTERVAL '10' SECOND);

    CREATE STREAM anomalies AS
      SELECT r.sensor, r.ts, r.value, round((r.value - w.mean) / w.deviation, 1) AS score
      FROM windows w JOIN readings r
        ON w.sensor = r.sensor AND r.ts >= w.window_start AND r.ts < w.window_start + INTERVAL '10' SECOND
      WHERE w.deviation > 0 AND abs(r.value - w.mean) > 3.5 * w.deviation;

    CREATE STREAM tally AS
      SELECT sensor, count(*) AS anomalies, max(abs(score)) AS largest FROM anomalies GROUP BY sensor
""")
conn.topology()


# %% [markdown]
# ## Sensors with faults
#
# Each follows a slow wave with noise; now and then a reading jumps. A second of all sensors is one frame.


# %%
def readings(seconds: int, seed: int = 11):
    chance = random.Random(seed)
    start = dt.datetime(2026, 3, 1, 12)
    for second in range(seconds):
        rows = []
        for half in (0, 500):
            at = start + dt.timedelta(seconds=second, milliseconds=half)
            for i, sensor in enumerate(("boiler", "pump", "valve")):
                value = 20 + 5 * i + math.sin(second / 40 + i) + chance.gauss(0, 0.1)
                if chance.random() < 0.004:
                    value += chance.choice([-4, 4])
                rows.append((sensor, value, at))
        yield pd.DataFrame(rows, columns=["sensor", "value", "ts"])


# %%
alerts = conn.subscribe_stream("anomalies")
tally = conn.subscribe_stream("tally")

with viz.live(
    conn.subscribe("SELECT ts, sensor, value FROM readings"),
    kind="line",
    x="ts",
    y="value",
    by="sensor",
    points=900,
    title="the last readings",
    block=False,
) as chart:
    for frame in readings(seconds=600):
        conn.insert("readings", frame)
        chart.refresh()

# %% [markdown]
# Every anomaly was reported once, when its ten seconds were over:

# %%
found = 0
while (change := alerts.try_next()) is not None:
    for row in ChangeEvent(change):
        found += 1
        if found <= 5:
            print(f"{row['ts']:%H:%M:%S.%f} {row['sensor']:7} {row['value']:6.2f}  score {row['score']}")
print(found, "anomalies")

# %% [markdown]
# `tally` counts them. As rows are replaced, its changes are updates: with the key at hand, `ChangeEvent` pairs them.

# %%
key = laminardb.mv(conn, "tally").key()
last = None
while (change := tally.try_next()) is not None:
    last = ChangeEvent(change, key=key)
for row in last:
    print(row.op, row.to_dict())

# %%
conn.query("SELECT * FROM tally ORDER BY sensor")

# %%
conn.close()
