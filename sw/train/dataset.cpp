#include "train/dataset.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <system_error>

#include "common/error.hpp"

namespace dojo::train {
namespace {

constexpr std::uint8_t type_unsigned_byte = 8;
constexpr std::size_t largest_file = std::size_t{1} << 30;  // bytes; a damaged header must not ask for more

/// A file that is read from its start; gzip or plain.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : name_(file.string()), file_(nullptr, gzclose) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
      throw InputError(fmt::format("{}: no such file (Debian package dataset-fashion-mnist has the data set)", name_));
    }
    file_.reset(gzopen(name_.c_str(), "rb"));
    if (!file_) throw InputError(fmt::format("{}: cannot be opened", name_));
  }

  std::vector<std::uint8_t> read(std::size_t bytes) {
    std::vector<std::uint8_t> data(bytes);
    std::size_t done = 0;
    while (done < bytes) {
      const auto part = static_cast<unsigned>(std::min<std::size_t>(bytes - done, std::numeric_limits<int>::max()));
      const int got = gzread(file_.get(), data.data() + done, part);
      if (got < 0) throw InputError(fmt::format("{}: damaged: {}", name_, message()));
      if (got == 0) throw InputError(fmt::format("{}: ends after {} of {} bytes", name_, done, bytes));
      done += static_cast<std::size_t>(got);
    }
    return data;
  }

  /// The header of an array of unsigned bytes: its dimensions.
  std::vector<std::size_t> read_dimensions(std::size_t expected) {
    const std::vector<std::uint8_t> magic = read(4);
    if (magic[0] != 0 || magic[1] != 0 || magic[2] != type_unsigned_byte || magic[3] != expected) {
      throw InputError(fmt::format("{}: not an IDX file of unsigned bytes with {} dimension{}", name_, expected,
                                   expected == 1 ? "" : "s"));
    }
    std::vector<std::size_t> dimensions(expected);
    std::size_t bytes = 1;
    for (std::size_t& dimension : dimensions) {
      for (const std::uint8_t byte : read(4)) dimension = dimension << 8 | byte;
      if (dimension == 0 || dimension > largest_file / bytes) {
        throw InputError(fmt::format("{}: damaged: a dimension of {}", name_, dimension));
      }
      bytes *= dimension;
    }
    return dimensions;
  }

  /// Nothing may follow, and the checksum of a compressed file must be right.
  void finish() {
    std::uint8_t byte = 0;
    const int got = gzread(file_.get(), &byte, 1);
    if (got > 0) throw InputError(fmt::format("{}: longer than its header says", name_));
    if (got < 0 || gzclose_r(file_.release()) != Z_OK)
      throw InputError(fmt::format("{}: damaged: wrong checksum or length", name_));
  }

 private:
  std::string message() {
    int code = Z_OK;
    const std::string text = gzerror(file_.get(), &code);
    // zlib puts the file's name first, as the caller does.
    return text.starts_with(name_ + ": ") ? text.substr(name_.size() + 2) : text;
  }

  std::string name_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

}  // namespace

ImageSet load_images(const std::filesystem::path& images, const std::filesystem::path& labels, unsigned classes) {
  ImageSet set;
  Reader image_reader(images);
  const std::vector<std::size_t> size = image_reader.read_dimensions(3);
  set.count = size[0];
  set.pixels_per_image = size[1] * size[2];
  set.pixels = image_reader.read(set.count * set.pixels_per_image);
  image_reader.finish();

  Reader label_reader(labels);
  const std::size_t label_count = label_reader.read_dimensions(1)[0];
  if (label_count != set.count) {
    throw InputError(
        fmt::format("{}: {} labels for the {} images of {}", labels.string(), label_count, set.count, images.string()));
  }
  set.labels = label_reader.read(label_count);
  label_reader.finish();
  const auto bad =
      std::find_if(set.labels.begin(), set.labels.end(), [&](std::uint8_t label) { return label >= classes; });
  if (bad != set.labels.end()) {
    throw InputError(fmt::format("{}: label {} of image {}: there are {} classes", labels.string(), *bad,
                                 bad - set.labels.begin(), classes));
  }
  return set;
}

Dataset load_fashion_mnist(const std::filesystem::path& folder) {
  constexpr unsigned classes = 10;
  constexpr std::size_t pixels = 28 * 28;
  const auto load = [&](const std::string& part) {
    const std::filesystem::path images = folder / (part + "-images-idx3-ubyte.gz");
    ImageSet set = load_images(images, folder / (part + "-labels-idx1-ubyte.gz"), classes);
    if (set.pixels_per_image != pixels) {
      throw InputError(
          fmt::format("{}: images of {} pixels instead of {}", images.string(), set.pixels_per_image, pixels));
    }
    return set;
  };
  return {.train = load("train"), .test = load("t10k")};
}

}  // namespace dojo::train
