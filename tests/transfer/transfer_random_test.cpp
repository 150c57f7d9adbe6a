// Random transfers among all nodes of small meshes, with an SRAM that refuses at random, against the expected memories
// and semaphores.

#include <gtest/gtest.h>

#include "tests/transfer/random_transfers.hpp"

namespace dojo::tb {
namespace {

class RandomTransfer : public testing::TestWithParam<RandomMesh> {};

TEST_P(RandomTransfer, MemoriesAndSemaphoresAreAsExpected) {
  const RandomMesh& s = GetParam();
  TransferMesh mesh(s.options());
  RandomTransfers transfers(mesh, s.columns, s.seed);
  transfers.add(600);
  mesh.settle(200000);
  EXPECT_EQ(transfers.difference(), "");
  for (int i = 0; i < 20; ++i) mesh.step();
  EXPECT_TRUE(mesh.idle());
}

INSTANTIATE_TEST_SUITE_P(Meshes, RandomTransfer,
                         testing::Values(RandomMesh{2, 1, 0, 1}, RandomMesh{2, 1, 0.3, 2}, RandomMesh{2, 1, 0.8, 3},
                                         RandomMesh{2, 2, 0, 4}, RandomMesh{2, 2, 0.5, 5}, RandomMesh{3, 3, 0.1, 6},
                                         RandomMesh{1, 1, 0.2, 7}, RandomMesh{4, 2, 0.5, 8}));

std::uint64_t hash_of_run(int reset_seed) {
  TransferMesh mesh({.columns = 2, .rows = 2, .reset_seed = reset_seed, .refusal = 0.2});
  RandomTransfers transfers(mesh, 2, 1);
  transfers.add(100);
  mesh.settle(20000);
  return mesh.hash();
}

TEST(RandomTransferReset, NothingDependsOnUninitialisedState) {
  const std::uint64_t first = hash_of_run(1);
  EXPECT_EQ(hash_of_run(2), first);
  EXPECT_EQ(hash_of_run(77), first);
}

}  // namespace
}  // namespace dojo::tb
