// Frames of a film, and the occupancy some frames later.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include "common/error.hpp"
#include "network/data.hpp"
#include "network/frame_window.hpp"
#include "network/occupancy.hpp"
#include "network/random.hpp"

namespace dojo::network {
namespace {

/// The frames of a film in memory.
class FilmReader : public FrameReader {
 public:
  explicit FilmReader(const Film& film) : film_(film) {}
  std::vector<std::uint8_t> read() override {
    if (next_ == film_.frames()) return {};
    const std::span<const std::uint8_t> frame = film_.frame(next_++);
    return {frame.begin(), frame.end()};
  }

 private:
  Film film_;
  std::size_t next_ = 0;
};

class VideoSet : public DataSet {
 public:
  VideoSet(const VideoData& settings, const Film& film, OpenFilm open)
      : settings_(settings), film_(film), window_(std::move(open), settings.window + settings.frames) {
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
    set_scale(cut);
    if (settings.window == 0) return;
    kept_ = first_held_out_;
    film_.pixels.erase(film_.pixels.begin(),
                       film_.pixels.begin() + static_cast<std::ptrdiff_t>(kept_ * film_.frame_pixels()));
  }

  [[nodiscard]] std::size_t samples(Part part) const override {
    return part == Part::train ? train_ * (settings_.mirrored ? 2 : 1) : held_out_;
  }

  void fill(Part part, std::span<const std::uint32_t> samples, std::span<Tensor> batch) const override {
    const std::size_t grid_rows = settings_.rows / settings_.cell;
    const std::size_t grid_columns = settings_.columns / settings_.cell;
    batch[0].resize(samples.size(), {1, settings_.frames, settings_.rows, settings_.columns});
    batch[1].resize(samples.size(), {grid_rows, grid_columns});
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const bool mirrored = part == Part::train && samples[i] >= train_;
      const std::size_t first =
          part == Part::held_out ? first_held_out_ + samples[i] : samples[i] - (mirrored ? train_ : 0);
      float* to = batch[0].sample(i);
      for (std::size_t frame = first; frame < first + settings_.frames; ++frame) {
        normalise(frame >= kept_ ? film_.frame(frame - kept_) : window_.frame(frame), to);
        to += film_.frame_pixels();
      }
      if (mirrored) mirror(batch[0].sample(i), settings_.frames * settings_.rows, settings_.columns);
      std::ranges::copy(occupancy_[target(first)], batch[1].sample(i));
      if (mirrored) mirror(batch[1].sample(i), grid_rows, grid_columns);
    }
  }

  /// With a window: each sample, mirrored or not, comes at its place in the film plus a random part of the window.
  [[nodiscard]] std::vector<std::uint32_t> order(std::uint64_t seed, unsigned epoch) const override {
    if (settings_.window == 0) return DataSet::order(seed, epoch);
    const RandomStream random = RandomStream(seed, "order of samples").at(epoch);
    std::vector<std::pair<float, std::uint32_t>> places;
    for (std::uint32_t sample = 0; sample < samples(Part::train); ++sample) {
      const float moved = random.uniform(sample) * static_cast<float>(settings_.window);
      places.emplace_back(static_cast<float>(sample % train_) + moved, sample);
    }
    std::ranges::sort(places);
    std::vector<std::uint32_t> order;
    order.reserve(places.size());
    for (const auto& [place, sample] : places) order.push_back(sample);
    return order;
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

  static void mirror(float* values, std::size_t rows, std::size_t columns) {
    for (std::size_t row = 0; row < rows; ++row) std::reverse(values + row * columns, values + (row + 1) * columns);
  }

  /// Mean image of the frames to train with, and their deviation from it.
  void set_scale(std::size_t frames) {
    const std::size_t pixels = film_.frame_pixels();
    mean_.resize(pixels);
    for (std::size_t i = 0; i < frames * pixels; ++i) mean_[i % pixels] += film_.pixels[i];
    for (double& value : mean_) value /= static_cast<double>(frames);
    double squares = 0;
    for (std::size_t i = 0; i < frames * pixels; ++i) {
      const double difference = film_.pixels[i] - mean_[i % pixels];
      squares += difference * difference;
    }
    // A film in which nothing ever changes has no deviation.
    deviation_ = std::max(std::sqrt(squares / static_cast<double>(frames * pixels)), 1.0);
  }

  void normalise(std::span<const std::uint8_t> frame, float* to) const {
    for (std::size_t i = 0; i < frame.size(); ++i) to[i] = static_cast<float>((frame[i] - mean_[i]) / deviation_);
  }

  VideoData settings_;
  Film film_;             ///< from frame `kept_` on
  std::size_t kept_ = 0;  ///< those before are decoded anew, by window_
  std::vector<double> mean_;
  double deviation_ = 1;
  std::vector<Mask> occupancy_;
  std::size_t train_ = 0;  ///< samples, not mirrored
  std::size_t first_held_out_ = 0;
  std::size_t held_out_ = 0;
  mutable std::mutex mutex_;  ///< of window_
  mutable FrameWindow window_;
};

}  // namespace

std::unique_ptr<DataSet> make_video_data(const VideoData& settings, const Film& film, const OpenFilm& open) {
  if (open) return std::make_unique<VideoSet>(settings, film, open);
  return std::make_unique<VideoSet>(settings, film, [film] { return std::make_unique<FilmReader>(film); });
}

std::unique_ptr<DataSet> load_video_data(const VideoData& settings) {
  return make_video_data(settings, read_film(settings.file, settings.columns, settings.rows),
                         [settings] { return open_film(settings.file, settings.columns, settings.rows); });
}

}  // namespace dojo::network
