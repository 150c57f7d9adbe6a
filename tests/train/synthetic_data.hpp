#pragma once
// Small data sets for tests: images whose class shows in their pixels, and IDX files.

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "train/dataset.hpp"

namespace dojo::train {

/// Noise with a bright stripe whose place is the class: easy to learn.
inline ImageSet make_images(std::size_t count, std::uint64_t seed, std::size_t pixels = 784) {
  ImageSet set{.count = count, .pixels_per_image = pixels, .pixels = {}, .labels = {}};
  std::mt19937_64 generator(seed);
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint8_t>(generator() % 10);
    set.labels.push_back(label);
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
      const bool bright = pixel / (pixels / 10) == label;
      set.pixels.push_back(static_cast<std::uint8_t>(generator() % 100 + (bright ? 150 : 0)));
    }
  }
  return set;
}

inline Dataset make_dataset(std::size_t train_images, std::size_t test_images) {
  return {.train = make_images(train_images, 1), .test = make_images(test_images, 2)};
}

/// Bytes of an IDX file of unsigned bytes.
inline std::vector<std::uint8_t> idx_bytes(const std::vector<std::uint32_t>& dimensions,
                                           const std::vector<std::uint8_t>& data) {
  std::vector<std::uint8_t> bytes{0, 0, 8, static_cast<std::uint8_t>(dimensions.size())};
  for (const std::uint32_t dimension : dimensions) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(dimension >> shift));
  }
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

inline void write_gzip(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes) {
  const gzFile stream = gzopen(file.c_str(), "wb");
  gzwrite(stream, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(stream);
}

/// A folder that is removed at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dojo_train_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_image_set(const std::filesystem::path& folder, const std::string& part, const ImageSet& set) {
  write_gzip(folder / (part + "-images-idx3-ubyte.gz"),
             idx_bytes({static_cast<std::uint32_t>(set.count), 28, 28}, set.pixels));
  write_gzip(folder / (part + "-labels-idx1-ubyte.gz"), idx_bytes({static_cast<std::uint32_t>(set.count)}, set.labels));
}

}  // namespace dojo::train
