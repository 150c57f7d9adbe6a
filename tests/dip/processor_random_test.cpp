// Random packets, good and bad, at random paces on all ports, against the golden model.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tb/dip/processor_bench.hpp"
#include "tests/dip/random_packets.hpp"

namespace dojo::tb {
namespace {

class InterfaceProcessorRandom : public testing::TestWithParam<int> {};

TEST_P(InterfaceProcessorRandom, AgreesWithTheModel) {
  ProcessorBench bench(GetParam());
  RandomPackets(bench, static_cast<std::uint64_t>(GetParam())).run(8, 1500);
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
  EXPECT_GT(bench.sent(0), 1000U);
  EXPECT_GT(bench.golden().refused(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, InterfaceProcessorRandom, testing::Values(1, 2, 3));

// What reset leaves alone has no influence.
TEST(InterfaceProcessorRandom, StateAfterResetDoesNotMatter) {
  std::vector<std::uint64_t> hashes;
  for (const int reset_seed : {1, 2, 3}) {
    ProcessorBench bench(reset_seed);
    RandomPackets(bench, 9).run(3, 700);
    hashes.push_back(bench.hash());
  }
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[0], hashes[2]);
}

}  // namespace
}  // namespace dojo::tb
