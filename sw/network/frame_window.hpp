#pragma once
// The last frames of a film that is decoded while it is used.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "network/video_file.hpp"

namespace dojo::network {

/// Any frame can be had, but to go back by more than the window the film begins anew.
class FrameWindow {
 public:
  /// Keeps the last `frames` frames.
  FrameWindow(OpenFilm open, std::size_t frames) : open_(std::move(open)), most_(frames) {}

  /// Frame `index`, until the next call. Throws what reading throws, and InputError when the film ends before it.
  [[nodiscard]] const std::vector<std::uint8_t>& frame(std::size_t index);
  /// How often the film has begun.
  [[nodiscard]] std::size_t beginnings() const { return beginnings_; }

 private:
  OpenFilm open_;
  std::size_t most_;
  std::unique_ptr<FrameReader> reader_;
  std::deque<std::vector<std::uint8_t>> frames_;
  std::size_t end_ = 0;  ///< frames read
  std::size_t beginnings_ = 0;
};

}  // namespace dojo::network
