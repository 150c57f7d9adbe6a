// Random bursts, good and bad, at random paces, against the golden model; every cover property is reached.

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "tb/dip/channel_bench.hpp"
#include "tb/noc/cover_counts.hpp"

namespace dojo::tb {
namespace {

class RandomBursts {
 public:
  RandomBursts(ChannelBench& bench, std::uint64_t seed) : bench_(bench), random_(seed) {
    bench_.set_pace([this] {
      return AxiPace{.ar = below(8) < speed_[0],
                     .aw = below(8) < speed_[1],
                     .w = below(8) < speed_[2],
                     .r = below(8) < speed_[3],
                     .b = below(8) < speed_[4]};
    });
  }

  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) {
      if (i % 700 == 0) change();
      if (below(16) < density_ && bench_.queued() < 8) offer();
      bench_.step();
    }
    bench_.set_pace({});
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  // New paces and kinds of traffic.
  void change() {
    for (std::uint64_t& speed : speed_) speed = 1 + below(8);
    density_ = below(17);
    longest_ = below(3) == 0 ? 256 : 1 + below(12);
    rows_ = 1 + below(40);
    writes_ = below(9);
    bad_ = below(4) == 0 ? 4 : 0;
    base_ = below(hw::dip_channel_lines - 100000);
  }

  void offer() {
    AxiRequest request{.id = static_cast<unsigned>(below(ChannelBench::ids)),
                       .length = static_cast<unsigned>(below(longest_))};
    const std::uint64_t line = base_ + below(rows_) * 1024 + below(40);
    request.address = line * hw::line_bytes + below(hw::line_bytes);
    if (below(16) < bad_) {
      const std::uint64_t what = below(4);
      if (what == 0) request.kind = static_cast<hw::AxiBurst>(below(4));
      if (what == 1) request.size = static_cast<unsigned>(below(8));
      if (what == 2) request.address = (hw::dip_channel_lines - below(300)) * hw::line_bytes;
      if (what == 3) request.address = (random_() % (std::uint64_t{1} << hw::offset_bits));
    }
    if (below(8) < writes_) {
      if (!bench_.may_write(request)) return;
      std::vector<AxiWriteBeat> beats(request.length + 1);
      for (AxiWriteBeat& beat : beats) {
        for (std::uint32_t& word : beat.data) word = static_cast<std::uint32_t>(random_());
        beat.strobes = below(2) == 0 ? ~std::uint64_t{0} : random_();
      }
      bench_.write(request, std::move(beats));
    } else if (bench_.may_read(request)) {
      bench_.read(request);
    }
  }

  ChannelBench& bench_;
  std::mt19937_64 random_;
  std::array<std::uint64_t, 5> speed_{};
  std::uint64_t density_ = 0;
  std::uint64_t longest_ = 1;
  std::uint64_t rows_ = 1;
  std::uint64_t writes_ = 0;
  std::uint64_t bad_ = 0;
  std::uint64_t base_ = 0;
};

class DipChannelRandom : public testing::TestWithParam<int> {};

TEST_P(DipChannelRandom, AgreesWithTheModel) {
  ChannelBench bench(GetParam());
  RandomBursts(bench, static_cast<std::uint64_t>(GetParam())).run(120000);
  ASSERT_TRUE(bench.settle(100000));
  for (const std::string& error : bench.errors()) ADD_FAILURE() << error;
  EXPECT_EQ(bench.wrong_lines(), 0U);
  EXPECT_GT(bench.beats_read(), 10000U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, DipChannelRandom, testing::Values(1, 2, 3));

// What reset leaves alone has no influence.
TEST(DipChannelRandom, StateAfterResetDoesNotMatter) {
  std::vector<std::uint64_t> hashes;
  for (const int reset_seed : {1, 2, 3}) {
    ChannelBench bench(reset_seed);
    RandomBursts(bench, 7).run(20000);
    ASSERT_TRUE(bench.settle(100000));
    hashes.push_back(bench.hash());
  }
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[0], hashes[2]);
}

TEST(DipChannelRandom, ReachesEveryCase) {
  ChannelBench bench;
  RandomBursts(bench, 5).run(150000);
  ASSERT_TRUE(bench.settle(100000));
  // Hits that overtake a conflict as often as they may, then reads that nobody takes for a while.
  for (unsigned i = 0; i < 8; ++i) bench.read({.address = 0});
  bench.read({.id = 1, .address = (1024 + hw::dip_row_lines) * hw::line_bytes});
  for (unsigned i = 0; i < 800; ++i) bench.read({.id = 2, .address = i % hw::dip_row_lines * hw::line_bytes});
  ASSERT_TRUE(bench.drain(100000));
  for (unsigned i = 0; i < 300; ++i) bench.read({.id = 2, .address = i * hw::line_bytes});
  bench.set_pace([&] { return AxiPace{.r = bench.cycle() % 2000 > 1000}; });
  ASSERT_TRUE(bench.settle(100000));
  const auto counts = cover_counts(bench.context(), "dip_memory_channel");
  EXPECT_EQ(counts.size(), 21U);
  for (const auto& [name, count] : counts) EXPECT_GT(count, 0U) << name << " was never reached";
}

}  // namespace
}  // namespace dojo::tb
