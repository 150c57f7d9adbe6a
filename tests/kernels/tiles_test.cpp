#include "kernels/tiles.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace dojo {
namespace {

std::vector<float> count_up(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i + 1);
  return values;
}

TEST(Tiles, PlaceElementsByRowsOfTiles) {
  const TileLayout layout{.rows = 16, .columns = 24};
  EXPECT_EQ(layout.index(0, 0), 0u);
  EXPECT_EQ(layout.index(1, 0), 8u);
  EXPECT_EQ(layout.index(0, 8), 64u);
  EXPECT_EQ(layout.index(8, 0), 3u * 64u);
  EXPECT_EQ(layout.index(9, 17), 5u * 64u + 8u + 1u);
}

TEST(Tiles, PlaceElementsByColumnsOfTiles) {
  const TileLayout layout{.rows = 16, .columns = 24, .order = TileOrder::by_columns};
  EXPECT_EQ(layout.index(8, 0), 64u);
  EXPECT_EQ(layout.index(0, 8), 2u * 64u);
}

TEST(Tiles, ComeBackUnchangedAndPadWithZeros) {
  for (const TileOrder order : {TileOrder::by_rows, TileOrder::by_columns}) {
    const TileLayout layout{.rows = 11, .columns = 13, .order = order};
    const std::vector<float> matrix = count_up(layout.rows * layout.columns);
    const std::vector<float> tiles = pack_fp32(matrix, layout);
    ASSERT_EQ(tiles.size(), 4u * 64u);
    EXPECT_EQ(unpack_fp32(tiles, layout), matrix);
    float sum = 0;
    for (const float value : tiles) sum += value;
    EXPECT_EQ(sum, 143.0f * 144.0f / 2.0f) << "padding is not zero";
    EXPECT_EQ(unpack_bf16(pack_bf16(matrix, layout), layout), matrix) << "small integers are exact in BF16";
  }
}

TEST(Tiles, RejectOtherSizes) {
  const std::vector<float> matrix(10);
  EXPECT_THROW((void)pack_fp32(matrix, {.rows = 3, .columns = 4}), std::invalid_argument);
  EXPECT_THROW((void)unpack_fp32(matrix, {.rows = 2, .columns = 5}), std::invalid_argument);
}

TEST(Tiles, RepeatABiasInEveryRow) {
  const std::vector<float> bias = count_up(10);
  const std::vector<float> tiles = pack_bias(bias);
  ASSERT_EQ(tiles.size(), 2u * 64u);
  for (std::size_t row = 0; row < 8; ++row) {
    for (std::size_t column = 0; column < 16; ++column) {
      EXPECT_EQ(tiles[column / 8 * 64 + row * 8 + column % 8], column < 10 ? bias[column] : 0.0f);
    }
  }
}

TEST(Bf16, RoundsToNearestEven) {
  EXPECT_EQ(to_bf16(1.0f), 0x3f80);
  EXPECT_EQ(to_bf16(1.0f + 1.0f / 256), 0x3f80);
  EXPECT_EQ(to_bf16(1.0f + 3.0f / 256), 0x3f82);
  EXPECT_EQ(to_bf16(std::numeric_limits<float>::infinity()), 0x7f80);
  EXPECT_EQ(from_bf16(0xc000), -2.0f);
}

}  // namespace
}  // namespace dojo
