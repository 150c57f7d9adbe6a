#include "network/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "common/error.hpp"
#include "network/recipe.hpp"

namespace dojo::network {
namespace {

constexpr std::size_t image_side = 28;
constexpr std::size_t image_classes = 10;

class ImageData : public DataSet {
 public:
  ImageData(const FashionData& settings, train::Dataset images) : images_(std::move(images)) {
    for (std::size_t pixel = 0; pixel < inputs_.size(); ++pixel) {
      inputs_.at(pixel) = (static_cast<float>(pixel) / 255.0f - settings.mean) / settings.deviation;
    }
  }

  [[nodiscard]] std::size_t samples(Part part) const override { return of(part).count; }

  void fill(Part part, std::span<const std::uint32_t> samples, std::span<Tensor> batch) const override {
    batch[0].resize(samples.size(), {1, image_side, image_side});
    batch[1].resize(samples.size(), {});
    for (std::size_t i = 0; i < samples.size(); ++i) {
      std::ranges::transform(of(part).image(samples[i]), batch[0].sample(i),
                             [this](std::uint8_t pixel) { return inputs_.at(pixel); });
      batch[1].values[i] = of(part).labels[samples[i]];
    }
  }

 private:
  [[nodiscard]] const train::ImageSet& of(Part part) const {
    return part == Part::train ? images_.train : images_.test;
  }
  train::Dataset images_;
  std::array<float, 256> inputs_{};
};

}  // namespace

std::vector<std::uint32_t> DataSet::order(std::uint64_t seed, unsigned epoch) const {
  return sample_order(seed, samples(Part::train), epoch);
}

std::vector<DataTensor> tensors_of(const DataSettings& settings) {
  struct Tensors {
    std::vector<DataTensor> operator()(const FashionData&) const {
      return {{.name = "images", .shape = {1, image_side, image_side}},
              {.name = "labels", .shape = {}, .classes = image_classes}};
    }
    std::vector<DataTensor> operator()(const TextData& text) const {
      return {{.name = "characters", .shape = {text.length}, .classes = TextData::classes},
              {.name = "next", .shape = {text.length}, .classes = TextData::classes}};
    }
    std::vector<DataTensor> operator()(const VideoData& video) const {
      return {{.name = "frames", .shape = {1, video.frames, video.rows, video.columns}},
              {.name = "occupancy", .shape = {video.rows / video.cell, video.columns / video.cell}}};
    }
  };
  return std::visit(Tensors{}, settings);
}

void check_data(const DataSettings& settings) {
  const auto* const video = std::get_if<VideoData>(&settings);
  if (video != nullptr && (video->rows % video->cell != 0 || video->columns % video->cell != 0)) {
    throw InputError(
        fmt::format("cells of {} pixels do not divide frames of {}x{}", video->cell, video->columns, video->rows));
  }
}

void replace_source(DataSettings& settings, const std::filesystem::path& path) {
  struct Replace {
    const std::filesystem::path& path;
    void operator()(FashionData& data) const { data.folder = path; }
    void operator()(TextData& data) const { data.files = {path}; }
    void operator()(VideoData& data) const { data.file = path; }
  };
  std::visit(Replace{path}, settings);
}

std::unique_ptr<DataSet> load_data(const DataSettings& settings) {
  struct Load {
    std::unique_ptr<DataSet> operator()(const FashionData& data) const {
      return make_image_data(data, train::load_fashion_mnist(data.folder));
    }
    std::unique_ptr<DataSet> operator()(const TextData& data) const { return load_text_data(data); }
    std::unique_ptr<DataSet> operator()(const VideoData& data) const { return load_video_data(data); }
  };
  return std::visit(Load{}, settings);
}

std::unique_ptr<DataSet> make_image_data(const FashionData& settings, train::Dataset images) {
  return std::make_unique<ImageData>(settings, std::move(images));
}

}  // namespace dojo::network
