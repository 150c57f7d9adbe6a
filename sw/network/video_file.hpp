#pragma once
// Films, decoded by libav (Debian packages libavformat-dev, libavcodec-dev, libswscale-dev).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace dojo::network {

/// Grey frames of one size, one behind the other, row by row.
struct Film {
  std::size_t columns = 0;
  std::size_t rows = 0;
  std::vector<std::uint8_t> pixels;

  [[nodiscard]] std::size_t frame_pixels() const { return columns * rows; }
  [[nodiscard]] std::size_t frames() const { return pixels.size() / frame_pixels(); }
  [[nodiscard]] std::span<const std::uint8_t> frame(std::size_t index) const {
    return std::span(pixels).subspan(index * frame_pixels(), frame_pixels());
  }
};

/// All frames of a file's first film, scaled to `columns` x `rows` (each pixel the mean of the area that it covers).
/// Throws InputError, one line, when the file is missing or damaged, or when this was built without libav.
[[nodiscard]] Film read_film(const std::filesystem::path& file, std::size_t columns, std::size_t rows);

}  // namespace dojo::network
