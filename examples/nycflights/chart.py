"""The year in one picture: delay by hour and day, cancellations by day."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow as pa

INK, MUTED, ACCENT = "#22262e", "#7b8290", "#c8372d"


def _annotate(axis: plt.Axes, days: pd.Series) -> None:
    """Names the worst days, at least a week apart."""
    named: list[pd.Timestamp] = []
    for day, count in days.sort_values(ascending=False).items():
        if len(named) == 6:
            break
        if any(abs((day - other).days) < 7 for other in named):
            continue
        named.append(day)
        label = f"{day:%-d %b}"
        if (day.month, day.day) in ((2, 8), (2, 9)):
            label = "blizzard of\n8–9 February"
        late_in_year = day.month >= 11
        axis.annotate(f"{label}: {int(count)}", (day, count), xytext=(-6 if late_in_year else 6, -2), color=INK,
                      textcoords="offset points", fontsize=8.5, va="top",
                      ha="right" if late_in_year else "left")  # fmt: skip


def draw_year(hourly: pa.Table, cancellations: pa.Table, path: str) -> None:
    """Writes a PNG of 1800 × 1050 pixels.

    hourly: columns hour (timestamp), departures, mean_delay in minutes. cancellations: day (timestamp), cancelled.
    """
    frame = hourly.to_pandas()
    first_year = frame.hour.dt.year.min()
    frame = frame[frame.hour.dt.year == first_year]
    frame = frame.assign(
        day=frame.hour.dt.normalize(), clock=frame.hour.dt.hour, minutes=frame.mean_delay * frame.departures
    )
    cells = frame.groupby(["clock", "day"])[["minutes", "departures"]].sum()
    delay = (cells.minutes / cells.departures).unstack("day")
    days = pd.date_range(f"{first_year}-01-01", f"{first_year}-12-31")
    delay = delay.reindex(index=range(5, 24), columns=days)
    per_day = cancellations.to_pandas().set_index("day").cancelled
    per_day = per_day.reindex(days).fillna(0)

    plt.rcParams.update({"font.family": "DejaVu Sans", "text.color": INK, "axes.labelcolor": MUTED})
    plt.rcParams.update({"xtick.color": MUTED, "ytick.color": MUTED})
    figure, (heat, bars) = plt.subplots(
        2, 1, figsize=(12, 7), dpi=150, sharex=True, gridspec_kw={"height_ratios": [2.3, 1], "hspace": 0.08}
    )
    left = mdates.date2num(days[0].to_pydatetime())
    image = heat.imshow(
        np.clip(delay.to_numpy(), 0, 90), aspect="auto", origin="lower", cmap="magma_r", vmin=0, vmax=90,
        extent=(left, left + len(days), 4.5, 23.5), interpolation="nearest",
    )  # fmt: skip
    heat.set_facecolor("#f1f1f1")
    heat.set_yticks(range(6, 24, 3), [f"{h}:00" for h in range(6, 24, 3)])
    heat.set_ylabel("scheduled hour")
    heat.set_title(
        f"New York departures {first_year}: mean delay by hour and day", loc="left", fontsize=14, color=INK, pad=12
    )
    scale = figure.colorbar(image, ax=[heat, bars], pad=0.015, fraction=0.025, extend="max")
    scale.set_label("mean delay, minutes")
    scale.outline.set_visible(False)

    bars.bar(days, per_day.to_numpy(), width=1.0, color=ACCENT)
    bars.set_ylabel("cancelled flights")
    bars.set_ylim(0, per_day.max() * 1.18)
    _annotate(bars, per_day)
    bars.set_xlim(left, left + len(days))
    bars.xaxis_date()
    bars.xaxis.set_major_locator(mdates.MonthLocator())
    bars.xaxis.set_major_formatter(mdates.DateFormatter("%b"))
    for axis in (heat, bars):
        for side in ("top", "right", "left", "bottom"):
            axis.spines[side].set_visible(False)
        axis.tick_params(length=0)
    bars.grid(axis="y", color="#e4e6ea", linewidth=0.8)
    bars.set_axisbelow(True)
    figure.savefig(path, bbox_inches="tight", facecolor="white")
    plt.close(figure)
