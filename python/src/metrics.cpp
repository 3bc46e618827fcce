// Counts and watermarks: PipelineMetrics, SourceMetrics, StreamMetrics.

#include "metrics.h"

#include <fmt/core.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>

#include "registration.h"

namespace laminar::python {

const char* StateName(PipelineState state) {
  switch (state) {
    case PipelineState::kCreated:
      return "Created";
    case PipelineState::kRunning:
      return "Running";
    case PipelineState::kShuttingDown:
      return "ShuttingDown";
    case PipelineState::kStopped:
      return "Stopped";
  }
  return "";
}

namespace {

const char* Bool(bool value) { return value ? "True" : "False"; }

constexpr const char* kWatermarkDoc = "Event time reached, in milliseconds since the epoch; -2**63 when there is none.";

void RegisterPipelineMetrics(nb::module_& module) {
  using M = PipelineMetrics;
  nb::class_<M>(module, "PipelineMetrics", nb::is_final(),
                R"doc(The whole database in numbers, from `Connection.metrics`. Events are rows.

Example:
    >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": -1}])
    2
    >>> metrics = conn.metrics()
    >>> metrics.total_events_ingested, metrics.source_count, metrics.stream_count
    (2, 1, 1))doc")
      .def_ro("total_events_ingested", &M::total_events_ingested, "Rows accepted.")
      .def_ro("total_events_emitted", &M::total_events_emitted,
              "Rows of net change that the streams made; see `StreamMetrics.total_events`.")
      .def_ro("total_events_dropped", &M::total_events_dropped,
              "Rows that came late, failed in an expression, or were left out for subscribers that were too slow.")
      .def_ro("dropped", &M::dropped,
              "`total_events_dropped` by reason: `{\"late\": …, \"error\": …, \"overflow\": …}`.")
      .def_ro("total_events_processed", &M::total_events_processed,
              "Rows that steps have carried through; the others of `total_events_ingested` are pending.")
      .def_ro("total_cycles", &M::total_cycles, "Steps of the engine.")
      .def_ro("total_batches", &M::total_batches, "Calls that brought rows.")
      .def_ro("uptime_secs", &M::uptime_secs, "Seconds since the database was opened.")
      .def_prop_ro(
          "state", [](const M& self) { return StateName(self.state); }, nb::sig("def state(self) -> str"),
          "\"Created\", \"Running\", \"ShuttingDown\" or \"Stopped\".")
      .def_ro("source_count", &M::source_count, "How many sources.")
      .def_ro("stream_count", &M::stream_count, "How many streams and views.")
      .def_ro("sink_count", &M::sink_count, "How many sinks.")
      .def_ro("pipeline_watermark", &M::pipeline_watermark, kWatermarkDoc)
      .def("__repr__", [](const M& self) {
        return fmt::format(
            "PipelineMetrics(total_events_ingested={}, total_events_emitted={}, total_events_dropped={}, "
            "total_cycles={}, total_batches={}, uptime_secs={:.3f}, state='{}', source_count={}, stream_count={}, "
            "sink_count={}, pipeline_watermark={})",
            self.total_events_ingested, self.total_events_emitted, self.total_events_dropped, self.total_cycles,
            self.total_batches, self.uptime_secs, StateName(self.state), self.source_count, self.stream_count,
            self.sink_count, self.pipeline_watermark);
      });
}

}  // namespace

void RegisterMetrics(nb::module_& module) {
  RegisterPipelineMetrics(module);
  using Source = SourceMetrics;
  nb::class_<Source>(module, "SourceMetrics", nb::is_final(),
                     R"doc(A source in numbers, from `Connection.source_metrics`.

Example:
    >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": -1}])
    2
    >>> metrics = conn.source_metrics("t")
    >>> metrics.total_events, metrics.pending, metrics.is_backpressured
    (2, 0, False))doc")
      .def_ro("name", &Source::name, "Its name.")
      .def_ro("total_events", &Source::total_events, "Rows accepted.")
      .def_ro("pending", &Source::pending, "Rows that no step has carried through yet.")
      .def_ro("capacity", &Source::capacity, "Rows that may be pending before writers wait.")
      .def_ro("is_backpressured", &Source::is_backpressured, "Whether writers wait.")
      .def_ro("watermark", &Source::watermark, kWatermarkDoc)
      .def_ro("utilization", &Source::utilization, "pending / capacity.")
      .def("__repr__", [](const Source& self) {
        return fmt::format(
            "SourceMetrics(name='{}', total_events={}, pending={}, capacity={}, is_backpressured={}, watermark={}, "
            "utilization={:.3f})",
            self.name, self.total_events, self.pending, self.capacity, Bool(self.is_backpressured), self.watermark,
            self.utilization);
      });
  using Stream = StreamMetrics;
  nb::class_<Stream>(module, "StreamMetrics", nb::is_final(),
                     R"doc(A stream in numbers, from `Connection.stream_metrics`.

Example:
    >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": -1}])
    2
    >>> metrics = conn.stream_metrics("positive")
    >>> metrics.total_events, metrics.late_events, metrics.error_events
    (1, 0, 0))doc")
      .def_ro("name", &Stream::name, "Its name.")
      .def_ro("total_events", &Stream::total_events,
              "Rows of net change it has made. With no subscriber and no stream reading it, an aggregating stream "
              "keeps its "
              "result and makes no changes, so there are none to count.")
      .def_ro("late_events", &Stream::late_events, "Rows dropped because all their windows had closed.")
      .def_ro("error_events", &Stream::error_events, "Rows set aside because an expression failed.")
      .def_ro("dropped", &Stream::dropped,
              "What it did not deliver, by reason: `late_events`, `error_events`, and \"overflow\", rows left out for "
              "subscribers that were too slow (`on_overflow='drop_oldest'`).")
      .def_ro("pending", &Stream::pending,
              "Rows of change that the slowest subscriber has not read, of the stream or of a query of it.")
      .def_ro("capacity", &Stream::capacity, "Rows that may be pending before they leave memory.")
      .def_ro("is_backpressured", &Stream::is_backpressured, "Whether a subscriber is `capacity` or more behind.")
      .def_ro("watermark", &Stream::watermark, kWatermarkDoc)
      .def_ro("sql", &Stream::sql, "The query that defines it.")
      .def("__repr__", [](const Stream& self) {
        return fmt::format(
            "StreamMetrics(name='{}', total_events={}, late_events={}, error_events={}, pending={}, capacity={}, "
            "is_backpressured={}, watermark={}, sql={})",
            self.name, self.total_events, self.late_events, self.error_events, self.pending, self.capacity,
            Bool(self.is_backpressured), self.watermark, nb::repr(nb::str(self.sql.c_str(), self.sql.size())).c_str());
      });
}

}  // namespace laminar::python
