// Names, schemas and metrics of the C interface.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "main/c/guard.h"
#include "main/c/handles.h"

using laminar::c::Guard;
using laminar::c::Need;
using laminar::c::Of;
using laminar::c::Text;

namespace {

template <typename Names>
laminar_status List(laminar_list** list, laminar_error** error, Names names) {
  if (list != nullptr) *list = nullptr;
  return Guard(error, [&] {
    laminar_list*& out = Need(list, "list");
    out = new laminar_list{names()};
  });
}

/// As much of `facts` as the caller's structure, which may be that of an older header, has room for.
template <typename Facts>
void Fill(Facts* out, size_t size, const Facts& facts) {
  std::memcpy(&Need(out, "out"), &facts, std::min(size, sizeof(facts)));
}

[[noreturn]] void ThrowNone(const char* what, std::string_view name) {
  throw laminar::Error(laminar::ErrorCode::kTableNotFound, fmt::format("there is no {} named \"{}\"", what, name));
}

}  // namespace

laminar_status laminar_list_tables(laminar_connection* connection, laminar_list** list, laminar_error** error) {
  return List(list, error, [&] { return Of(connection).ListTables(); });
}

laminar_status laminar_list_sources(laminar_connection* connection, laminar_list** list, laminar_error** error) {
  return List(list, error, [&] {
    std::vector<std::string> names;
    for (laminar::SourceInfo& source : Of(connection).Sources()) names.push_back(std::move(source.name));
    return names;
  });
}

laminar_status laminar_list_streams(laminar_connection* connection, laminar_list** list, laminar_error** error) {
  return List(list, error, [&] { return Of(connection).ListStreams(); });
}

laminar_status laminar_list_sinks(laminar_connection* connection, laminar_list** list, laminar_error** error) {
  return List(list, error, [&] {
    std::vector<std::string> names;
    for (laminar::SinkInfo& sink : Of(connection).Sinks()) names.push_back(std::move(sink.name));
    return names;
  });
}

size_t laminar_list_size(const laminar_list* list) { return list == nullptr ? 0 : list->names.size(); }

const char* laminar_list_get(const laminar_list* list, size_t index) {
  return list == nullptr || index >= list->names.size() ? nullptr : list->names[index].c_str();
}

void laminar_list_free(laminar_list* list) { delete list; }

laminar_status laminar_export_schema(laminar_connection* connection, const char* name, struct ArrowSchema* out,
                                     laminar_error** error) {
  return Guard(error, [&] { Of(connection).SchemaOf(Text(name, "name")).Export(&Need(out, "out")); });
}

laminar_status laminar_get_metrics(laminar_connection* connection, laminar_metrics* out, size_t size,
                                   laminar_error** error) {
  return Guard(error, [&] {
    const laminar::PipelineMetrics metrics = Of(connection).Metrics();
    laminar_metrics facts{};
    facts.total_events_ingested = metrics.total_events_ingested;
    facts.total_events_emitted = metrics.total_events_emitted;
    facts.total_events_dropped = metrics.total_events_dropped;
    facts.total_cycles = metrics.total_cycles;
    facts.total_batches = metrics.total_batches;
    facts.uptime_secs = metrics.uptime_secs;
    facts.state = static_cast<laminar_pipeline_state>(metrics.state);
    facts.source_count = metrics.source_count;
    facts.stream_count = metrics.stream_count;
    facts.sink_count = metrics.sink_count;
    facts.pipeline_watermark = metrics.pipeline_watermark;
    Fill(out, size, facts);
  });
}

laminar_status laminar_get_source_metrics(laminar_connection* connection, const char* name,
                                          laminar_relation_metrics* out, size_t size, laminar_error** error) {
  return Guard(error, [&] {
    const auto metrics = Of(connection).MetricsOfSource(Text(name, "name"));
    if (!metrics) ThrowNone("source", name);
    laminar_relation_metrics facts{};
    facts.total_events = metrics->total_events;
    facts.pending = metrics->pending;
    facts.capacity = metrics->capacity;
    facts.is_backpressured = metrics->is_backpressured ? 1 : 0;
    facts.watermark = metrics->watermark;
    Fill(out, size, facts);
  });
}

laminar_status laminar_get_stream_metrics(laminar_connection* connection, const char* name,
                                          laminar_relation_metrics* out, size_t size, laminar_error** error) {
  return Guard(error, [&] {
    const auto metrics = Of(connection).MetricsOfStream(Text(name, "name"));
    if (!metrics) ThrowNone("stream", name);
    laminar_relation_metrics facts{};
    facts.total_events = metrics->total_events;
    facts.late_events = metrics->late_events;
    facts.error_events = metrics->error_events;
    facts.pending = metrics->pending;
    facts.capacity = metrics->capacity;
    facts.is_backpressured = metrics->is_backpressured ? 1 : 0;
    facts.watermark = metrics->watermark;
    Fill(out, size, facts);
  });
}
