#include "network/occupancy.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace dojo::network {
namespace {

constexpr std::size_t follow_interval = 4;  // frames

/// For each pixel whether all, or any, of the 3x3 around it are in the mask; outside is nothing.
Mask around(const Mask& mask, std::size_t columns, std::size_t rows, bool all) {
  Mask result(mask.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      std::size_t count = 0;
      for (std::size_t r = row == 0 ? 0 : row - 1; r < std::min(rows, row + 2); ++r) {
        for (std::size_t c = column == 0 ? 0 : column - 1; c < std::min(columns, column + 2); ++c) {
          count += mask[r * columns + c];
        }
      }
      constexpr std::size_t square = 9;
      result[row * columns + column] = count >= (all ? square : 1) ? 1 : 0;
    }
  }
  return result;
}

}  // namespace

Mask opened(const Mask& mask, std::size_t columns, std::size_t rows) {
  return around(around(mask, columns, rows, true), columns, rows, false);
}

Background::Background(const Film& film, std::size_t frames) : median_(film.frame_pixels()) {
  for (std::size_t pixel = 0; pixel < median_.size(); ++pixel) {
    std::array<std::size_t, 256> counts{};
    for (std::size_t frame = 0; frame < frames; ++frame) ++counts.at(film.pixels[frame * median_.size() + pixel]);
    std::size_t below = 0;
    std::size_t level = 0;
    while ((below += counts.at(level)) * 2 < frames) ++level;
    median_[pixel] = static_cast<std::uint8_t>(level);
  }
}

Mask Background::foreground(std::span<const std::uint8_t> frame, std::size_t threshold) {
  Mask mask(frame.size());
  const bool follows = ++seen_ % follow_interval == 0;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const int difference = frame[i] - median_[i];
    mask[i] = std::abs(difference) > static_cast<int>(threshold) ? 1 : 0;
    if (follows && difference != 0) median_[i] = static_cast<std::uint8_t>(median_[i] + (difference > 0 ? 1 : -1));
  }
  return mask;
}

std::vector<Mask> occupancy_of(const Film& film, std::size_t start, std::size_t threshold, std::size_t cell,
                               float covered) {
  const std::size_t grid_columns = film.columns / cell;
  const std::size_t grid_rows = film.rows / cell;
  Background background(film, start);
  std::vector<Mask> grids;
  for (std::size_t frame = 0; frame < film.frames(); ++frame) {
    const Mask mask = opened(background.foreground(film.frame(frame), threshold), film.columns, film.rows);
    std::vector<std::size_t> counts(grid_columns * grid_rows);
    for (std::size_t row = 0; row < grid_rows * cell; ++row) {
      for (std::size_t column = 0; column < grid_columns * cell; ++column) {
        counts[row / cell * grid_columns + column / cell] += mask[row * film.columns + column];
      }
    }
    Mask grid(counts.size());
    std::ranges::transform(counts, grid.begin(), [&](std::size_t count) {
      return count > 0 && static_cast<float>(count) >= covered * static_cast<float>(cell * cell) ? 1 : 0;
    });
    grids.push_back(std::move(grid));
  }
  return grids;
}

}  // namespace dojo::network
