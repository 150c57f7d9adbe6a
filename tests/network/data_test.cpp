// Data sets: labels of a synthetic film, parts that share nothing, characters.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "common/error.hpp"
#include "network/data.hpp"
#include "network/occupancy.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::network {
namespace {

constexpr std::size_t columns = 32;
constexpr std::size_t rows = 16;
constexpr std::size_t side = 8;  // of the square

/// Where the square's left edge is.
std::size_t place_of(std::size_t frame) {
  return frame % (columns + side);
}

/// A bright square that crosses a grey background with a gradient and some noise, from left to right, again and again.
Film moving_square(std::size_t frames) {
  Film film{.columns = columns, .rows = rows, .pixels = {}};
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        const std::size_t right = place_of(frame);  // the square is [right - side, right)
        const bool inside = row >= 4 && row < 4 + side && column < right && column + side >= right;
        const std::size_t noise = (row * 7 + column * 13 + frame * 5) % 9;
        film.pixels.push_back(static_cast<std::uint8_t>(inside ? 200 : 60 + column + noise));
      }
    }
  }
  return film;
}

TEST(Occupancy, OpeningRemovesNoiseAndKeepsShapes) {
  Mask mask(10 * 6);
  for (std::size_t row = 1; row < 5; ++row)
    std::fill_n(mask.begin() + static_cast<std::ptrdiff_t>(row * 10 + 2), 5, std::uint8_t{1});
  const Mask shape = mask;
  mask[5 * 10 + 9] = 1;                                        // a speck
  mask[1 * 10 + 8] = mask[2 * 10 + 8] = mask[3 * 10 + 8] = 1;  // a line
  EXPECT_EQ(opened(mask, 10, 6), shape);
}

TEST(Occupancy, FollowsASquare) {
  const Film film = moving_square(120);
  const std::vector<Mask> grids = occupancy_of(film, 120, 20, 4, 0.5f);
  ASSERT_EQ(grids.size(), 120);
  for (std::size_t frame = 0; frame < grids.size(); ++frame) {
    for (std::size_t cell = 0; cell < 8 * 4; ++cell) {
      const std::size_t left = cell % 8 * 4;
      const std::size_t right = place_of(frame);
      std::size_t covered = 0;
      for (std::size_t column = left; column < left + 4; ++column)
        covered += column < right && column + side >= right ? 1 : 0;
      // A part of less than 3 columns at the edge of the frame is opened away.
      const bool row_inside = cell / 8 == 1 || cell / 8 == 2;
      if (row_inside && covered == 2 && (right < 3 || right > columns + side - 3)) continue;
      EXPECT_EQ(grids[frame][cell], row_inside && covered >= 2 ? 1 : 0) << "frame " << frame << ", cell " << cell;
    }
  }
}

TEST(Occupancy, BackgroundFollowsSlowly) {
  Film film{.columns = 4, .rows = 4, .pixels = {}};
  for (int frame = 0; frame < 200; ++frame) film.pixels.insert(film.pixels.end(), 16, frame < 100 ? 100 : 130);
  Background background(film, 100);
  EXPECT_EQ(background.pixels()[0], 100);
  std::size_t foreground = 0;
  for (std::size_t frame = 0; frame < 200; ++frame) foreground += background.foreground(film.frame(frame), 20)[0];
  EXPECT_GT(foreground, 30);
  EXPECT_LT(foreground, 50) << "what stands becomes background";
  EXPECT_EQ(background.pixels()[0], 125);
}

TEST(VideoSamples, ShareNoFramesBetweenTheParts) {
  const Film film = moving_square(200);
  VideoData settings{.file = "film",
                     .columns = columns,
                     .rows = rows,
                     .frames = 3,
                     .ahead = 2,
                     .cell = 4,
                     .held_out = 0.5f,
                     .mirrored = true,
                     .covered = 0.5f};
  const auto data = make_video_data(settings, film);
  // 100 frames to train with, a gap of 5, 95 held out.
  EXPECT_EQ(data->samples(Part::train), 2 * 96);
  EXPECT_EQ(data->samples(Part::held_out), 91);
  ASSERT_TRUE(data->baseline_error());
  EXPECT_GT(*data->baseline_error(), 0.02);

  std::vector<Tensor> batch(2);
  data->fill(Part::train, std::vector<std::uint32_t>{20, 96 + 20}, batch);
  EXPECT_EQ(batch[0].shape, (Shape{2, 1, 3, rows, columns}));
  EXPECT_EQ(batch[1].shape, (Shape{2, 4, 8}));
  // The target is the frame 2 after the last of 20, 21, 22, where the square is [16, 24).
  EXPECT_EQ(std::vector<float>(batch[1].sample(0) + 8, batch[1].sample(0) + 16),
            (std::vector<float>{0, 0, 0, 0, 1, 1, 0, 0}));
  EXPECT_EQ(std::vector<float>(batch[1].sample(1) + 8, batch[1].sample(1) + 16),
            (std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0}));
  for (std::size_t row = 0; row < 3 * rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      ASSERT_EQ(batch[0].sample(0)[row * columns + column], batch[0].sample(1)[row * columns + columns - 1 - column]);
    }
  }
  data->fill(Part::held_out, std::vector<std::uint32_t>{0}, batch);
  const std::size_t right = place_of(105 + 2 + 2);
  for (std::size_t cell = 0; cell < 8; ++cell) {
    const std::size_t left = cell * 4;
    EXPECT_EQ(batch[1].values[8 + cell], left + 2 < right && left + 2 + side >= right ? 1 : 0) << cell;
  }
  settings.held_out = 0.95f;
  settings.ahead = 10;
  EXPECT_THROW((void)make_video_data(settings, film), InputError);
}

TEST(VideoSamples, OfAMissingFilmAreRefused) {
  try {
    (void)load_data(VideoData{.file = "/no/such/film.avi"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/no/such/film.avi"));
    EXPECT_THAT(error.what(), testing::HasSubstr("opencv-doc"));
  }
}

TEST(TextSamples, AreStretchesOfTheirFiles) {
  const train::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "text";
  std::string text;
  for (int i = 0; i < 100; ++i) text += "abcdefgh~\n";
  std::ofstream(file) << text;
  const TextData settings{.files = {file}, .length = 8, .stride = 4};
  const auto data = load_data(settings);
  EXPECT_EQ(data->samples(Part::train), (900 - 8 - 1) / 4 + 1);
  EXPECT_EQ(data->samples(Part::held_out), (100 - 8 - 1) / 8 + 1);
  std::vector<Tensor> batch(2);
  data->fill(Part::train, std::vector<std::uint32_t>{1}, batch);
  EXPECT_EQ(batch[0].values,
            (std::vector<float>{'e' - ' ', 'f' - ' ', 'g' - ' ', 'h' - ' ', '~' - ' ', 95, 'a' - ' ', 'b' - ' '}));
  EXPECT_EQ(batch[1].values,
            (std::vector<float>{'f' - ' ', 'g' - ' ', 'h' - ' ', '~' - ' ', 95, 'a' - ' ', 'b' - ' ', 'c' - ' '}));
  EXPECT_THROW((void)load_data(TextData{.files = {file}, .length = 200}), InputError);
  EXPECT_THROW((void)load_data(TextData{.files = {folder.path() / "none"}}), InputError);
}

}  // namespace
}  // namespace dojo::network
