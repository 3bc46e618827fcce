#include "planner/binder/features.h"

#include <fmt/format.h>

#include "planner/binder/bind_error.h"

namespace laminar {

namespace {

constexpr std::string_view kTexts[] = {
#define LAMINAR_FEATURE(name, text) text,
    LAMINAR_FEATURES_TO_COME(LAMINAR_FEATURE)
#undef LAMINAR_FEATURE
};

}  // namespace

void ThrowNotSupported(Feature feature, std::string_view sql, SourceSpan span) {
  ThrowAt(sql, span, fmt::format("{} not supported yet", kTexts[static_cast<size_t>(feature)]));
}

void ThrowNotSupported(std::string_view subject, std::string_view sql, SourceSpan span) {
  ThrowAt(sql, span, fmt::format("{} is not supported yet", subject));
}

}  // namespace laminar
