// Random lists on all channels of the transfer engine, started in the memory or from the ring, good and bad, beside
// packets of nodes, at random paces, against the golden model.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tb/dip/processor_bench.hpp"
#include "tests/dip/random_lists.hpp"

namespace dojo::tb {
namespace {

class DipTransferRandom : public testing::TestWithParam<int> {};

TEST_P(DipTransferRandom, AgreesWithTheModel) {
  ProcessorBench bench(GetParam());
  RandomLists(bench, static_cast<std::uint64_t>(GetParam())).run(5);
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
}

INSTANTIATE_TEST_SUITE_P(Seeds, DipTransferRandom, testing::Values(1, 2, 3));

TEST(DipTransferRandom, StateAfterResetDoesNotMatter) {
  std::vector<std::uint64_t> hashes;
  for (const int reset_seed : {1, 2, 3}) {
    ProcessorBench bench(reset_seed);
    RandomLists(bench, 7).run(1);
    hashes.push_back(bench.hash());
  }
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[0], hashes[2]);
}

}  // namespace
}  // namespace dojo::tb
