// The golden model against QEMU user emulation on random programs of scalar, floating-point and vector instructions.
// DOJO_NIGHTLY=1 runs many more programs; DOJO_SEED=n runs the one of that seed.

#include <gtest/gtest.h>

#include <cstdlib>

#include <fmt/format.h>

#include "qemu_run.hpp"
#include "user_program.hpp"

namespace dojo::qemu {
namespace {

constexpr unsigned items_per_program = 240;

std::string compare(std::uint64_t seed, std::span<const Item> items) {
  const Execution execution = execute(seed, items);
  if (!execution.ran) return {};
  try {
    return difference(execution, run_under_qemu(execution.image));
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// The fewest items that still differ.
std::vector<Item> shrink(std::uint64_t seed, std::vector<Item> items) {
  for (std::size_t part = items.size() / 2; part != 0; part /= 2) {
    for (std::size_t first = 0; first + part <= items.size();) {
      std::vector<Item> fewer(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(first));
      fewer.insert(fewer.end(), items.begin() + static_cast<std::ptrdiff_t>(first + part), items.end());
      if (compare(seed, fewer).empty()) {
        first += part;
      } else {
        items = fewer;
      }
    }
  }
  return items;
}

/// Runs the programs of `count` seeds from `first` on.
void run_programs(std::uint64_t first, unsigned count) {
  std::size_t executed = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::vector<Item> items = make_items(seed, items_per_program);
    executed += items.size();
    if (compare(seed, items).empty()) continue;
    const std::vector<Item> fewest = shrink(seed, items);
    FAIL() << "seed " << seed << ", shrunk from " << items.size() << " items to " << fewest.size() << ":\n"
           << listing(fewest) << compare(seed, fewest);
  }
  EXPECT_GE(executed, std::size_t{count} * items_per_program / 2);
  testing::Test::RecordProperty("items", static_cast<int>(executed));
}

TEST(QemuUserMode, RandomProgramsComputeTheSame) {
  if (const char* seed = std::getenv("DOJO_SEED"); seed != nullptr)
    return run_programs(std::strtoull(seed, nullptr, 0), 1);
  const bool nightly = std::getenv("DOJO_NIGHTLY") != nullptr;
  run_programs(1, nightly ? 20000 : 200);
}

}  // namespace
}  // namespace dojo::qemu
