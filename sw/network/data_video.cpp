// Frames of a film, and the occupancy some frames later.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.hpp"
#include "network/data.hpp"
#include "network/occupancy.hpp"

namespace dojo::network {
namespace {

class VideoSet : public DataSet {
 public:
  VideoSet(const VideoData& settings, const Film& film) : settings_(settings) {
    const std::size_t cut = train_frames(film.frames());
    const std::size_t span = settings.frames + settings.ahead;
    if (cut < span || film.frames() < cut + 2 * span) {
      throw InputError(fmt::format("{}: {} frames; samples of {} and a gap between both parts do not fit",
                                   settings.file.string(), film.frames(), span));
    }
    train_ = cut - span + 1;
    first_held_out_ = cut + span;
    held_out_ = film.frames() - first_held_out_ - span + 1;
    occupancy_ = occupancy_of(film, cut, settings.threshold, settings.cell, settings.covered);
    normalise(film, cut);
  }

  [[nodiscard]] std::size_t samples(Part part) const override {
    return part == Part::train ? train_ * (settings_.mirrored ? 2 : 1) : held_out_;
  }

  void fill(Part part, std::span<const std::uint32_t> samples, std::span<Tensor> batch) const override {
    const std::size_t grid_rows = settings_.rows / settings_.cell;
    const std::size_t grid_columns = settings_.columns / settings_.cell;
    batch[0].resize(samples.size(), {1, settings_.frames, settings_.rows, settings_.columns});
    batch[1].resize(samples.size(), {grid_rows, grid_columns});
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const bool mirrored = part == Part::train && samples[i] >= train_;
      const std::size_t first =
          part == Part::held_out ? first_held_out_ + samples[i] : samples[i] - (mirrored ? train_ : 0);
      const auto pixels = inputs_.begin() + static_cast<std::ptrdiff_t>(first * settings_.rows * settings_.columns);
      copy_rows(pixels, batch[0].sample(i), settings_.frames * settings_.rows, settings_.columns, mirrored);
      copy_rows(occupancy_[target(first)].begin(), batch[1].sample(i), grid_rows, grid_columns, mirrored);
    }
  }

  /// That of "nothing moves": the occupancy at the last frame of the input.
  [[nodiscard]] std::optional<double> baseline_error() const override {
    std::size_t wrong = 0;
    std::size_t cells = 0;
    for (std::size_t sample = first_held_out_; sample < first_held_out_ + held_out_; ++sample) {
      const Mask& now = occupancy_[sample + settings_.frames - 1];
      const Mask& later = occupancy_[target(sample)];
      for (std::size_t i = 0; i < now.size(); ++i) wrong += now[i] != later[i] ? 1 : 0;
      cells += now.size();
    }
    return static_cast<double>(wrong) / static_cast<double>(cells);
  }

 private:
  [[nodiscard]] std::size_t train_frames(std::size_t frames) const {
    return static_cast<std::size_t>(static_cast<double>(frames) * (1 - static_cast<double>(settings_.held_out)));
  }
  /// The frame whose occupancy a sample is to predict, given its first frame.
  [[nodiscard]] std::size_t target(std::size_t first) const { return first + settings_.frames - 1 + settings_.ahead; }

  template <typename From>
  static void copy_rows(From from, float* to, std::size_t rows, std::size_t columns, bool mirrored) {
    for (std::size_t row = 0; row < rows; ++row) {
      std::copy_n(from, columns, to);
      if (mirrored) std::reverse(to, to + columns);
      from += static_cast<std::ptrdiff_t>(columns);
      to += columns;
    }
  }

  /// Pixels less the mean image of the frames to train with, over their deviation from it.
  void normalise(const Film& film, std::size_t frames) {
    const std::size_t pixels = film.frame_pixels();
    std::vector<double> mean(pixels);
    for (std::size_t i = 0; i < frames * pixels; ++i) mean[i % pixels] += film.pixels[i];
    for (double& value : mean) value /= static_cast<double>(frames);
    double squares = 0;
    for (std::size_t i = 0; i < frames * pixels; ++i) {
      const double difference = film.pixels[i] - mean[i % pixels];
      squares += difference * difference;
    }
    const double deviation = std::sqrt(squares / static_cast<double>(frames * pixels));
    inputs_.resize(film.pixels.size());
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      // A film in which nothing ever changes has no deviation.
      inputs_[i] = static_cast<float>((film.pixels[i] - mean[i % pixels]) / std::max(deviation, 1.0));
    }
  }

  VideoData settings_;
  std::vector<float> inputs_;  ///< frame by frame
  std::vector<Mask> occupancy_;
  std::size_t train_ = 0;  ///< samples, not mirrored
  std::size_t first_held_out_ = 0;
  std::size_t held_out_ = 0;
};

}  // namespace

std::unique_ptr<DataSet> make_video_data(const VideoData& settings, const Film& film) {
  return std::make_unique<VideoSet>(settings, film);
}

std::unique_ptr<DataSet> load_video_data(const VideoData& settings) {
  return make_video_data(settings, read_film(settings.file, settings.columns, settings.rows));
}

}  // namespace dojo::network
