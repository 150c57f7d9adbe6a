// Large objects in huge pages.

#include "sim/huge_pages.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>

namespace dojo::sim {
namespace {

struct alignas(64) Large {
  std::array<std::uint8_t, 1500000> bytes{};
};

std::uintptr_t address_of(const std::unique_ptr<Large>& object) {
  return reinterpret_cast<std::uintptr_t>(object.get());
}

TEST(HugePages, ObjectsLieOneAfterTheOther) {
  const HugePageScope scope(3 * sizeof(Large) + 3 * 4096);
  const auto first = std::make_unique<Large>();
  const auto second = std::make_unique<Large>();
  EXPECT_EQ(address_of(first) % (2 << 20), 0u);
  EXPECT_GE(address_of(second), address_of(first) + sizeof(Large));
  EXPECT_LT(address_of(second), address_of(first) + sizeof(Large) + 4096);
}

TEST(HugePages, HeapServesWhatDoesNotFit) {
  const HugePageScope scope(sizeof(Large) + 4096);
  const auto first = std::make_unique<Large>();
  const auto second = std::make_unique<Large>();
  second->bytes.back() = 1;
  const bool follows = address_of(second) >= address_of(first) && address_of(second) < address_of(first) + (4 << 20);
  EXPECT_FALSE(follows);
}

TEST(HugePages, ObjectsMayOutliveTheScope) {
  std::unique_ptr<Large> object;
  {
    const HugePageScope scope(sizeof(Large) + 4096);
    object = std::make_unique<Large>();
  }
  object->bytes.back() = 7;
  EXPECT_EQ(object->bytes.back(), 7);
  const auto later = std::make_unique<Large>();
  EXPECT_NE(address_of(later), address_of(object));
}

}  // namespace
}  // namespace dojo::sim
