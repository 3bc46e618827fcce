-- The feed: one row per flight, in the order in which flights really left; `sched` is when it should have.
CREATE SOURCE flights (
  id BIGINT NOT NULL,
  sched TIMESTAMP NOT NULL,
  origin VARCHAR NOT NULL,
  dest VARCHAR NOT NULL,
  carrier VARCHAR NOT NULL,
  airline VARCHAR NOT NULL,
  flight BIGINT,
  tailnum VARCHAR,
  seats BIGINT,
  distance BIGINT,
  dep_delay BIGINT,               -- minutes; NULL when it never left
  cancelled BOOLEAN NOT NULL,
  wind_speed DOUBLE,              -- at the airport, in that hour
  precip DOUBLE,
  visib DOUBLE,
  WATERMARK FOR sched AS sched - INTERVAL '2' HOUR
);

-- Departures, mean and worst delay per airport and hour, once the hour is over.
CREATE STREAM hourly AS
  SELECT origin, window_start AS hour, count(*) AS departures,
         avg(dep_delay) AS mean_delay, max(dep_delay) AS worst_delay
  FROM flights
  WHERE NOT cancelled
  GROUP BY origin, TUMBLE(sched, INTERVAL '1' HOUR);

-- On-time rate (at most 15 minutes late) per airline over the last six hours, every hour.
CREATE STREAM on_time AS
  SELECT airline, window_end AS until, count(*) AS departures,
         count(*) FILTER (WHERE dep_delay <= 15) * 100 / count(*) AS on_time_percent
  FROM flights
  WHERE NOT cancelled
  GROUP BY airline, HOP(sched, INTERVAL '1' HOUR, INTERVAL '6' HOUR);

-- Every flight that left more than two hours late, one by one.
CREATE STREAM very_late AS
  SELECT id, sched, airline, flight, origin, dest, dep_delay, precip, visib
  FROM flights
  WHERE dep_delay > 120;

-- Running totals per airline: each change takes the old row back and brings the new one.
CREATE MATERIALIZED VIEW totals AS
  SELECT airline, count(*) AS flights, count(*) FILTER (WHERE cancelled) AS cancelled,
         avg(dep_delay) AS mean_delay, sum(distance) AS miles
  FROM flights
  GROUP BY airline;

-- Cancellations per day.
CREATE STREAM cancellations AS
  SELECT window_start AS day, count(*) AS cancelled
  FROM flights
  WHERE cancelled
  GROUP BY TUMBLE(sched, INTERVAL '1' DAY);
