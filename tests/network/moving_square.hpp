#pragma once
// A synthetic film.

#include <cstddef>
#include <cstdint>

#include "network/data.hpp"

namespace dojo::network {

inline constexpr std::size_t columns = 32;
inline constexpr std::size_t rows = 16;
inline constexpr std::size_t side = 8;  // of the square

/// Where the square's left edge is.
inline std::size_t place_of(std::size_t frame) {
  return frame % (columns + side);
}

/// A bright square that crosses a grey background with a gradient and some noise, from left to right, again and again.
inline Film moving_square(std::size_t frames) {
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

/// A data set of it: half of the film is to train with.
inline VideoData square_settings(std::size_t window) {
  return {.file = "film",
          .columns = columns,
          .rows = rows,
          .frames = 3,
          .ahead = 2,
          .cell = 4,
          .held_out = 0.5f,
          .window = window,
          .mirrored = true,
          .covered = 0.5f};
}

}  // namespace dojo::network
