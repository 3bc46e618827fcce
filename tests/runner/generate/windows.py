"""Random aggregations by TUMBLE and HOP, in both forms and under each emission."""

from __future__ import annotations

from .blocks import Blocks, Made
from .relation import Column, Relation


class Windows(Blocks):
    def _window(self, name: str, base: Relation) -> Made:
        assert base.time is not None
        size = self._random.choice((1, 5, 10))
        seconds = [f"INTERVAL '{size}' SECOND"]
        function = "TUMBLE"
        if self._random.random() < 0.4:
            slide = self._random.choice([slide for slide in (1, 2, 3, 5) if slide <= size])
            function, seconds = "HOP", [f"INTERVAL '{slide}' SECOND", *seconds]
        if self._random.random() < 0.2:
            seconds.append(f"INTERVAL '{self._random.randint(1, 3)}' SECOND")  # the offset
        keys, key_columns = self._keys(base)
        items, columns = self._aggregates(base)
        bounds = [("window_start AS ws", "ws"), ("window_end AS we", "we")]
        bounds += [("window_time AS wt", "wt")] if self._random.random() < 0.5 else []
        times = [Column(name, "time", base.time.declared) for _, name in bounds]
        selected = [sql for sql, _ in bounds]
        selected += [f"{key} AS {column.name}" for key, column in zip(keys, key_columns, strict=True)] + items
        if self._random.random() < 0.25 and " AS " not in base.name:
            table = f"{function}({base.name}, {', '.join([base.time.name, *seconds])})"
            if self._random.random() < 0.5:
                table = f"TABLE({function}(TABLE {base.name}, DESCRIPTOR({base.time.name}), {', '.join(seconds)}))"
            group = ["window_start", "window_end", *(["window_time"] if len(bounds) == 3 else [])]
        else:
            table, group = base.name, [f"{function}({', '.join([base.time.name, *seconds])})"]
        where = f" WHERE {self._condition(base)}" if self._random.random() < 0.3 else ""
        having = f" HAVING {self._having(base)}" if self._random.random() < 0.15 else ""
        sql = f"SELECT {', '.join(selected)} FROM {table}{where} GROUP BY {', '.join([*keys, *group])}{having}"
        # Windows of windows go by the last instant of each.
        time = times[-1] if len(times) == 3 or self._random.random() < 0.3 else None
        return sql, Relation(name, times + key_columns + columns, time)

    def _emission(self, base: Relation) -> str:
        """What a stream of windows over `base` says of delivery."""
        if self._random.random() < 0.7:
            return ""
        lateness = f"ALLOW LATENESS INTERVAL '{self._random.choice((1, 4, 8))}' SECOND"
        closing = ["EMIT ON WINDOW CLOSE", "EMIT AFTER WATERMARK", "EMIT FINAL", lateness] if base.watermark else []
        return " " + self._random.choice(["EMIT CHANGES", *closing])
