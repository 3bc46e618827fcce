#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "laminar/subscription.h"

namespace laminar {
namespace {

bool IsReadable(int fd) {
  pollfd descriptor{fd, POLLIN, 0};
  return poll(&descriptor, 1, 0) == 1;
}

TEST(ReadyQueueTest, IsReadableWhileSomethingIsQueued) {
  ReadyQueue queue;
  EXPECT_FALSE(IsReadable(queue.fd()));
  EXPECT_TRUE(queue.Drain().empty());
  queue.Post(1);
  queue.Post(2);
  EXPECT_TRUE(IsReadable(queue.fd()));
  EXPECT_EQ(queue.Drain(), (std::vector<uint64_t>{1, 2}));
  EXPECT_FALSE(IsReadable(queue.fd()));
  queue.Post(3);
  EXPECT_TRUE(IsReadable(queue.fd()));
}

TEST(ReadyQueueTest, NothingIsLostBetweenThreads) {
  constexpr uint64_t kTags = 20'000;
  ReadyQueue queue;
  std::thread poster([&] {
    for (uint64_t tag = 0; tag < kTags; ++tag) queue.Post(tag);
  });
  uint64_t expected = 0;
  while (expected < kTags) {
    pollfd descriptor{queue.fd(), POLLIN, 0};
    ASSERT_EQ(poll(&descriptor, 1, 10'000), 1);
    for (const uint64_t tag : queue.Drain()) ASSERT_EQ(tag, expected++);
  }
  poster.join();
  EXPECT_FALSE(IsReadable(queue.fd()));
}

}  // namespace
}  // namespace laminar
