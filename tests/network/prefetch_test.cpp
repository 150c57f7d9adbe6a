// Batches made ahead of time: their order, how far ahead, errors; trainings have the same bits.

#include "network/prefetch.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "network/trainer.hpp"
#include "tests/network/moving_square.hpp"

namespace dojo::network {
namespace {

TEST(Prefetch, GivesAllInOrderAndIsNotTooFarAhead) {
  for (const std::size_t depth : {0U, 1U, 3U}) {
    std::atomic<std::size_t> begun = 0;
    Prefetch<std::size_t> prefetch(
        [&begun](std::size_t number) {
          ++begun;
          return number * number;
        },
        5, depth);
    for (std::size_t number = 5; number < 25; ++number) {
      EXPECT_EQ(prefetch.position(), number);
      EXPECT_EQ(prefetch.next(), number * number);
      EXPECT_LE(begun, number - 5 + 1 + depth);
    }
  }
}

TEST(Prefetch, MakesTheNextWhileNobodyAsks) {
  for (const std::size_t depth : {0U, 1U}) {
    std::atomic<std::size_t> made = 0;
    Prefetch<std::size_t> prefetch([&made](std::size_t) { return ++made; }, 0, depth);
    EXPECT_EQ(prefetch.next(), 1);
    while (made < 1 + depth) std::this_thread::yield();
    EXPECT_EQ(prefetch.next(), 2);
    EXPECT_GT(prefetch.worked(), 0);
  }
}

TEST(Prefetch, ThrowsWhenItIsAskedForWhatCouldNotBeMade) {
  for (const std::size_t depth : {0U, 2U}) {
    Prefetch<std::size_t> prefetch(
        [](std::size_t number) {
          if (number == 2) throw std::runtime_error("two");
          return number;
        },
        0, depth);
    EXPECT_EQ(prefetch.next(), 0);
    EXPECT_EQ(prefetch.next(), 1);
    EXPECT_THROW((void)prefetch.next(), std::runtime_error);
  }
}

/// A training on a film, which is decoded meanwhile if `window` is not 0.
TEST(Prefetch, LeavesTheBitsOfATraining) {
  for (const std::size_t window : {0U, 20U}) {
    const VideoData settings = square_settings(window);
    Recipe recipe{.name = "film",
                  .data = settings,
                  .graph = Graph(tensors_of(settings)),
                  .loss = {},
                  .optimiser = {},
                  .schedule = {.rate = 0.02f}};
    std::size_t value = recipe.graph.add(
        "film", Convolution{.dimensions = 3, .channels = 1, .kernel = {3, 4, 4}, .stride = {1, 4, 4}}, {0});
    value = recipe.graph.add("grid", Reshape{{4, 8}}, {value});
    recipe.loss = {.kind = LossKind::binary_cross_entropy, .value = value, .target = 1};
    recipe.batch = 7;
    recipe.epochs = 2;
    const auto data = make_video_data(settings, moving_square(60));
    std::vector<std::uint64_t> hashes;
    for (const std::size_t ahead : {0U, 2U}) {
      Trainer trainer(recipe, *data, 1);
      trainer.prepare_ahead(ahead);
      while (trainer.steps_done() < trainer.steps()) {
        trainer.step();
        if (trainer.steps_done() % 5 == 0) (void)trainer.evaluate();
      }
      hashes.push_back(hash_parameters(trainer.network().parameters()));
      EXPECT_GT(trainer.input_times().worked, 0);
      if (ahead == 0) EXPECT_GE(trainer.input_times().waited, trainer.input_times().worked);
    }
    EXPECT_EQ(hashes[0], hashes[1]) << "window " << window;
  }
}

}  // namespace
}  // namespace dojo::network
