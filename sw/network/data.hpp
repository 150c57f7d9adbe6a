#pragma once
// Data sets: batches of named tensors, in a part to train with and a part that is held out.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "network/graph.hpp"
#include "network/tensor.hpp"
#include "network/video_file.hpp"
#include "train/dataset.hpp"

namespace dojo::network {

/// Fashion-MNIST (Debian package dataset-fashion-mnist). Tensors: images 1x28x28, (pixel / 255 - mean) / deviation;
/// labels, 10 classes. Held out: its 10,000 test images.
struct FashionData {
  std::filesystem::path folder = train::fashion_mnist_folder;
  float mean = 0.2860f;  ///< of the training images
  float deviation = 0.3530f;
};

/// Characters of text files, one behind the other: the printable ones of ASCII and the end of a line, in this order;
/// others are left out. A sample is a stretch of each file's first nine tenths; held out are stretches of the last
/// tenth, side by side. Tensors: characters (length) and next (length), which are one further; 96 classes.
struct TextData {
  std::vector<std::filesystem::path> files;
  std::size_t length = 128;
  std::size_t stride = 16;  ///< from one training sample to the next, in characters

  static constexpr std::size_t classes = 96;
};

/// A film, seen by a camera that does not move (docs/training.md, "Video"). Tensors: frames 1 x frames x rows x
/// columns, (grey - mean image) / deviation; occupancy rows / cell x columns / cell: 1 in cells where something moves
/// `ahead` frames after the last frame of the input. Held out: the last `held_out` of the film, after a gap so wide
/// that no frame is in both parts.
struct VideoData {
  std::filesystem::path file;
  std::size_t columns = 96;  ///< of the frames after scaling
  std::size_t rows = 72;
  std::size_t frames = 4;  ///< of a sample
  std::size_t ahead = 8;   ///< frames
  std::size_t cell = 4;    ///< pixels of a side
  float held_out = 0.3f;
  /// Frames to train with are decoded anew in each epoch, and samples are shuffled among this many frames that follow
  /// each other; 0: all frames are kept, samples are shuffled as a whole.
  std::size_t window = 0;
  bool mirrored = false;       ///< every training sample is there twice, left and right exchanged
  std::size_t threshold = 20;  ///< grey levels from the background that make a pixel foreground
  float covered = 0.25f;       ///< share of a cell's pixels that makes it occupied
};

using DataSettings = std::variant<FashionData, TextData, VideoData>;

enum class Part { train, held_out };

/// Samples that can be had in any order, by several threads. In order() is the cheapest one.
class DataSet {
 public:
  DataSet() = default;
  DataSet(const DataSet&) = delete;
  DataSet& operator=(const DataSet&) = delete;
  virtual ~DataSet() = default;

  [[nodiscard]] virtual std::size_t samples(Part part) const = 0;
  /// Fills `batch`, a tensor for each of tensors_of(), with these samples of a part.
  virtual void fill(Part part, std::span<const std::uint32_t> samples, std::span<Tensor> batch) const = 0;
  /// The order of the training samples in one epoch: a permutation that depends on seed and epoch.
  [[nodiscard]] virtual std::vector<std::uint32_t> order(std::uint64_t seed, unsigned epoch) const;
  /// Share of the held-out predictions that are wrong when nothing is learned, if there is a measure of that.
  [[nodiscard]] virtual std::optional<double> baseline_error() const { return std::nullopt; }
};

/// The tensors of a batch; known without the data.
[[nodiscard]] std::vector<DataTensor> tensors_of(const DataSettings& settings);

/// Throws InputError when settings cannot be.
void check_data(const DataSettings& settings);

/// Puts `path` in the place of the folder, file or files of the settings.
void replace_source(DataSettings& settings, const std::filesystem::path& path);

/// Reads and decodes. Throws InputError, one line that names file or package, when something is missing or damaged.
[[nodiscard]] std::unique_ptr<DataSet> load_data(const DataSettings& settings);

/// As load_data(), from images or a film that are there already.
[[nodiscard]] std::unique_ptr<DataSet> make_image_data(const FashionData& settings, train::Dataset images);
/// `open` begins the film anew, for a `window`; without it that is `film`.
[[nodiscard]] std::unique_ptr<DataSet> make_video_data(const VideoData& settings, const Film& film,
                                                       const OpenFilm& open = {});
[[nodiscard]] std::unique_ptr<DataSet> load_text_data(const TextData& settings);
[[nodiscard]] std::unique_ptr<DataSet> load_video_data(const VideoData& settings);

}  // namespace dojo::network
