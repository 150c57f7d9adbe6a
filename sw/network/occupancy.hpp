#pragma once
// Where something moves in a film of a camera that stands still: background subtraction on the host.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "network/video_file.hpp"

namespace dojo::network {

/// A mask: 1 for each pixel that counts, row by row.
using Mask = std::vector<std::uint8_t>;

/// Morphological opening with a square of 3x3 pixels: only pixels of such squares that are wholly in the mask stay
/// (outside the frame nothing is in it). Noise goes, shapes stay (Serra, "Image analysis and mathematical morphology").
[[nodiscard]] Mask opened(const Mask& mask, std::size_t columns, std::size_t rows);

/// A running approximation of the median of each pixel (McFarlane and Schofield, "Segmentation and tracking of piglets
/// in images"): in every fourth frame it goes one grey level towards what is seen, so that light may change and what
/// stands for long becomes background.
class Background {
 public:
  /// Begins with the median of the film's first `frames` frames.
  Background(const Film& film, std::size_t frames);
  /// The pixels of the next frame that differ by more than `threshold` grey levels. Then the background follows.
  [[nodiscard]] Mask foreground(std::span<const std::uint8_t> frame, std::size_t threshold);
  [[nodiscard]] const std::vector<std::uint8_t>& pixels() const { return median_; }

 private:
  std::vector<std::uint8_t> median_;
  std::size_t seen_ = 0;
};

/// For each frame a grid of rows / cell x columns / cell: 1 where at least `covered` of a cell's pixels are in the
/// opened foreground. The background begins with the median of the first `start` frames.
[[nodiscard]] std::vector<Mask> occupancy_of(const Film& film, std::size_t start, std::size_t threshold,
                                             std::size_t cell, float covered);

}  // namespace dojo::network
