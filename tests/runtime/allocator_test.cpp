// Allocation of a node's memory.

#include "runtime/allocator.hpp"

#include <gtest/gtest.h>

namespace dojo {
namespace {

TEST(Allocator, GivesAlignedRangesInsideItsInterval) {
  Allocator allocator(1001, 2000);
  EXPECT_EQ(allocator.first(), 1024u);
  EXPECT_EQ(allocator.end(), 1984u);
  EXPECT_EQ(allocator.allocate(1), 1024u);
  EXPECT_EQ(allocator.allocate(65), 1088u);
  EXPECT_EQ(allocator.allocate(0), 1216u);
}

TEST(Allocator, RefusesWhatDoesNotFit) {
  Allocator allocator(0, 256);
  EXPECT_FALSE(allocator.allocate(257));
  EXPECT_FALSE(allocator.allocate(~std::uint64_t{0}));
  EXPECT_EQ(allocator.allocate(256), 0u);
  EXPECT_FALSE(allocator.allocate(1));
  EXPECT_EQ(allocator.largest_hole(), 0u);
}

TEST(Allocator, FillsTheFirstHoleThatIsLargeEnough) {
  Allocator allocator(0, 640);
  EXPECT_EQ(allocator.allocate(64), 0u);
  EXPECT_EQ(allocator.allocate(128), 64u);
  EXPECT_EQ(allocator.allocate(64), 192u);
  allocator.release(64);
  EXPECT_EQ(allocator.largest_hole(), 384u);
  EXPECT_EQ(allocator.allocate(192), 256u);
  EXPECT_EQ(allocator.allocate(64), 64u);
  EXPECT_EQ(allocator.allocate(64), 128u);
}

TEST(Allocator, IsEmptyWhenAllIsReleased) {
  Allocator allocator(0, 640);
  EXPECT_TRUE(allocator.empty());
  allocator.allocate(64);
  EXPECT_FALSE(allocator.empty());
  allocator.release(0);
  EXPECT_TRUE(allocator.empty());
}

TEST(Allocator, HasNoRoomWhenTheImageReachesTheEnd) {
  Allocator allocator(640, 600);
  EXPECT_FALSE(allocator.allocate(0));
}

}  // namespace
}  // namespace dojo
