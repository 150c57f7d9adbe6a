// Data sets: labels of a synthetic film, parts that share nothing, characters.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "common/error.hpp"
#include "network/data.hpp"
#include "network/frame_window.hpp"
#include "network/occupancy.hpp"
#include "tests/network/moving_square.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::network {
namespace {

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
  VideoData settings = square_settings(0);
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

/// Counts how often a film is begun, and its frames.
struct Counts {
  std::size_t begun = 0;
  std::size_t frames = 0;
};

class CountingReader : public FrameReader {
 public:
  CountingReader(const Film& film, Counts& counts) : film_(film), counts_(counts) { ++counts_.begun; }
  std::vector<std::uint8_t> read() override {
    if (next_ == film_.frames()) return {};
    ++counts_.frames;
    const auto frame = film_.frame(next_++);
    return {frame.begin(), frame.end()};
  }

 private:
  const Film& film_;
  Counts& counts_;
  std::size_t next_ = 0;
};

TEST(FrameWindow, KeepsTheLastFrames) {
  const Film film = moving_square(20);
  Counts counts;
  FrameWindow window([&] { return std::make_unique<CountingReader>(film, counts); }, 4);
  const auto expect_frame = [&](std::size_t index) {
    EXPECT_TRUE(std::ranges::equal(window.frame(index), film.frame(index))) << index;
  };
  for (const std::size_t index : {2U, 0U, 3U, 0U, 9U, 6U}) expect_frame(index);
  EXPECT_EQ(counts.begun, 1);
  EXPECT_EQ(counts.frames, 10);
  expect_frame(5);
  EXPECT_EQ(counts.begun, 2);
  EXPECT_EQ(counts.frames, 16);
  EXPECT_THROW((void)window.frame(20), InputError);
}

TEST(VideoSamples, AreTheSameFromAFilmThatIsDecodedMeanwhile) {
  const Film film = moving_square(200);
  Counts counts;
  const auto kept = make_video_data(square_settings(0), film);
  const auto decoded =
      make_video_data(square_settings(24), film, [&] { return std::make_unique<CountingReader>(film, counts); });
  std::vector<Tensor> batch(2);
  std::vector<Tensor> expected(2);
  std::vector<std::uint32_t> before;
  for (unsigned epoch = 0; epoch < 2; ++epoch) {
    const std::vector<std::uint32_t> order = decoded->order(1, epoch);
    EXPECT_EQ(order, decoded->order(1, epoch));
    EXPECT_NE(order, before);
    EXPECT_THAT(order, testing::UnorderedElementsAreArray(kept->order(1, epoch)));
    for (std::size_t first = 0; first < order.size(); first += 16) {
      const std::span<const std::uint32_t> samples = std::span(order).subspan(first, 16);
      decoded->fill(Part::train, samples, batch);
      kept->fill(Part::train, samples, expected);
      EXPECT_EQ(batch[0].values, expected[0].values);
      EXPECT_EQ(batch[1].values, expected[1].values);
    }
    EXPECT_EQ(counts.begun, epoch + 1) << "one pass over the film in each epoch";
    EXPECT_EQ(counts.frames, (epoch + 1) * 98) << "up to the last input; the last sample begins with frame 95";
    before = order;
  }
  const std::vector<std::uint32_t> held_out{0, 90};
  decoded->fill(Part::held_out, held_out, batch);
  kept->fill(Part::held_out, held_out, expected);
  EXPECT_EQ(batch[0].values, expected[0].values);
  EXPECT_EQ(decoded->baseline_error(), kept->baseline_error());
  EXPECT_EQ(counts.begun, 2) << "frames that are held out are kept";
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
