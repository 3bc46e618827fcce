#include "laminar/config.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace laminar {
namespace {

std::string Refused(void (*change)(Config&)) {
  Config config;
  change(config);
  try {
    config.Validate();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "ok";
}

TEST(ConfigTest, DefaultsAreValid) {
  EXPECT_NO_THROW(Config().Validate());
  EXPECT_EQ(Refused([](Config& c) { c.checkpoint_interval_secs = 0.5; }), "ok");
}

TEST(ConfigTest, BadValuesNameTheField) {
  EXPECT_EQ(Refused([](Config& c) { c.buffer_size = 0; }), "buffer_size must be a positive number of rows, not 0");
  EXPECT_EQ(Refused([](Config& c) { c.storage_dir = ""; }), "storage_dir must be a directory, not an empty string");
  EXPECT_EQ(Refused([](Config& c) { c.checkpoint_interval_secs = std::nan(""); }),
            "checkpoint_interval_secs must be a positive number of seconds, not nan");
  EXPECT_EQ(Refused([](Config& c) { c.table_spill_threshold = -1; }),
            "table_spill_threshold must be a positive number of rows, not -1");
  EXPECT_EQ(Refused([](Config& c) { c.memory_limit = -1; }),
            "memory_limit must be a number of bytes, or 0 for the default, not -1");
  EXPECT_EQ(Refused([](Config& c) { c.durability = static_cast<Durability>(9); }),
            "durability must be one of commit, interval and none, not 9");
  EXPECT_EQ(Refused([](Config& c) { c.workers = -2; }),
            "workers must be a number of threads, or 0 for one per core, not -2");
  EXPECT_EQ(Refused([](Config& c) { c.backpressure_timeout = std::numeric_limits<double>::infinity(); }),
            "backpressure_timeout must be a positive number of seconds, not inf");
}

}  // namespace
}  // namespace laminar
