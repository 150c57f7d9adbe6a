#pragma once
// Image data sets in the IDX format of MNIST and Fashion-MNIST, plain or compressed with gzip.
// Source of the format: http://yann.lecun.com/exdb/mnist (file formats).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace dojo::train {

/// Labelled grey images of one size.
struct ImageSet {
  std::size_t count = 0;
  std::size_t pixels_per_image = 0;
  std::vector<std::uint8_t> pixels;  ///< image by image
  std::vector<std::uint8_t> labels;  ///< one per image

  [[nodiscard]] std::span<const std::uint8_t> image(std::size_t index) const {
    return std::span(pixels).subspan(index * pixels_per_image, pixels_per_image);
  }
};

struct Dataset {
  ImageSet train;
  ImageSet test;
};

/// Where Debian's package dataset-fashion-mnist puts its files.
inline constexpr const char* fashion_mnist_folder = "/usr/share/datasets/fashion-mnist";

/// Reads a file of images and the file of their labels. Throws InputError, one line that names the file, when a file is
/// missing, damaged or not IDX, when both differ in their number, or when a label is not below `classes`.
[[nodiscard]] ImageSet load_images(const std::filesystem::path& images, const std::filesystem::path& labels,
                                   unsigned classes);

/// Reads {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz of a folder: 28x28 pixels, 10 classes.
[[nodiscard]] Dataset load_fashion_mnist(const std::filesystem::path& folder = fashion_mnist_folder);

}  // namespace dojo::train
