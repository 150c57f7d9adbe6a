#pragma once
// Films, decoded by libav (Debian packages libavformat-dev, libavcodec-dev, libswscale-dev).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
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

/// The frames of a film, one after the other.
class FrameReader {
 public:
  FrameReader() = default;
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  virtual ~FrameReader() = default;
  /// The next frame; empty at the end. Throws InputError, one line, when it cannot be decoded.
  [[nodiscard]] virtual std::vector<std::uint8_t> read() = 0;
};

/// Begins a film.
using OpenFilm = std::function<std::unique_ptr<FrameReader>()>;

/// The frames of a file's first film, decoded as they are read and scaled as read_film() does. Throws as it does.
[[nodiscard]] std::unique_ptr<FrameReader> open_film(const std::filesystem::path& file, std::size_t columns,
                                                     std::size_t rows);

/// All frames of a file's first film, scaled to `columns` x `rows` (each pixel the mean of the area that it covers).
/// Throws InputError, one line, when the file is missing or damaged, or when this was built without libav.
[[nodiscard]] Film read_film(const std::filesystem::path& file, std::size_t columns, std::size_t rows);

}  // namespace dojo::network
