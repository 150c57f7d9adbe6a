#include "network/nodes/stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "common/error.hpp"
#include "kernels/tiles.hpp"

namespace dojo::network {
namespace {

constexpr std::size_t field_limit = 15;  // of descriptors: kernels, strides, dilations, paddings

[[noreturn]] void refuse(const std::string& name, const std::string& reason) {
  throw InputError(fmt::format("layer '{}': {}", name, reason));
}

bool square(const std::array<std::size_t, 3>& sizes) {
  return sizes[1] == sizes[2];
}

class StageMaker {
 public:
  explicit StageMaker(const Recipe& recipe) : recipe_(recipe) {}

  Stages make() {
    check_recipe();
    const Graph& graph = recipe_.graph;
    const Shape& data = graph.tensors()[0].shape;
    const bool image = data.size() >= 3 && std::holds_alternative<Convolution>(graph.layers().front().settings);
    result_.tensors.push_back(image ? image_tensor("data", data) : matrix_tensor("data", elements_of(data)));
    std::size_t input = 0;
    for (std::size_t l = 0; l < graph.layers().size(); ++l) {
      const GraphLayer& layer = graph.layers()[l];
      if (layer.inputs != std::vector{input}) refuse(layer.name, "nodes train chains of layers only");
      input = graph.tensors().size() + l;
      std::visit([&](const auto& settings) { add(layer, settings); }, layer.settings);
      parameter_ += layer.parameters.size();
    }
    check_last();
    set_pitches();
    return std::move(result_);
  }

 private:
  void check_recipe() const {
    const Graph& graph = recipe_.graph;
    if (graph.layers().empty()) throw InputError("a network without layers");
    const bool labels = graph.tensors()[recipe_.loss.target].shape.empty();
    if (recipe_.loss.value != graph.last_value() || recipe_.loss.target == 0 ||
        (recipe_.loss.kind == LossKind::cross_entropy && !labels)) {
      throw InputError(
          "loss: nodes train with the last layer's binary cross-entropy, or cross-entropy with one label per sample");
    }
    if (recipe_.loss.scale != 1) throw InputError("loss: nodes do not scale the loss");
  }

  void check_last() {
    const std::string& name = recipe_.graph.layers().back().name;
    const auto* const last = std::get_if<ProductStage>(&result_.stages.back().work);
    const StageTensor& logits = input();
    if (logits.dropout != 0) refuse(name, "the last layer makes the logits");
    result_.loss = recipe_.loss.kind;
    if (result_.loss == LossKind::binary_cross_entropy) {
      if (last == nullptr || last->relu || !logits.image || logits.frames != 1) {
        refuse(name, "on nodes a convolution of images makes the logits of binary cross-entropy");
      }
      result_.predictions = logits.channels * logits.width * logits.height;
    } else {
      if (last == nullptr || last->relu || logits.image) refuse(name, "on nodes the last layer is a linear one");
      result_.classes = logits.channels;
    }
  }

  /// Channels x rows x columns, or channels x frames x rows x columns.
  static StageTensor image_tensor(const std::string& name, const Shape& shape) {
    const std::size_t frames = shape.size() == 4 ? shape[1] : 1;
    const std::size_t height = shape[shape.size() - 2];
    return {.name = name,
            .image = true,
            .channels = shape[0],
            .frames = frames,
            .width = shape.back(),
            .height = height,
            .pitch = height,
            .tiles = frames * tiles_for(shape[0])};
  }
  static StageTensor matrix_tensor(const std::string& name, std::size_t features) {
    return {.name = name, .image = false, .channels = features, .tiles = tiles_for(features)};
  }
  void add_stage(const GraphLayer& layer, const decltype(Stage::work)& work, StageTensor output) {
    result_.stages.push_back({layer.name, work});
    result_.tensors.push_back(std::move(output));
  }
  StageTensor& input() { return result_.tensors.back(); }

  void add(const GraphLayer& layer, const Convolution& settings) {
    if (settings.groups != 1) refuse(layer.name, "nodes convolve without groups");
    if (!settings.bias) refuse(layer.name, "on nodes every layer has a bias");
    if (!square(settings.kernel) || !square(settings.stride) || !square(settings.padding) ||
        !square(settings.dilation)) {
      refuse(layer.name, "nodes convolve with the same kernel, stride, padding and dilation in both directions only");
    }
    if (std::max({settings.kernel[1], settings.stride[1], settings.padding[1], settings.dilation[1]}) > field_limit) {
      refuse(layer.name, fmt::format("kernel, stride, padding and dilation of nodes are at most {}", field_limit));
    }
    ProductStage stage{.convolution = settings, .parameter = parameter_};
    const std::size_t pixels = settings.kernel[1] * settings.kernel[2];
    const std::size_t frames = settings.dimensions == 3 ? recipe_.graph.shape(layer.inputs[0])[1] : 1;
    const bool all_frames = settings.kernel[0] == frames && settings.padding[0] == 0;
    const bool first = result_.stages.empty();
    const std::size_t neighbours = settings.kernel[0] * pixels * input().channels;
    if (first && (!all_frames || tiles_for(neighbours) < pixels * input().tiles)) {
      result_.patches = settings;
      stage.convolution = {.channels = settings.channels};
      stage.each_frame = settings.dimensions == 3;
      Shape shape = layer.shape;
      shape[0] = neighbours;
      input() = image_tensor("data", shape);
    } else if (!all_frames) {
      refuse(layer.name, "behind the first layer nodes convolve over all frames at once, without frames of padding");
    } else if (!first && settings.dilation[1] * (settings.kernel[1] - 1) < settings.padding[1]) {
      refuse(layer.name, "padding as wide as the kernel");
    }
    add_stage(layer, stage, image_tensor(layer.name, layer.shape));
  }

  void add(const GraphLayer& layer, const Linear& settings) {
    if (!settings.bias) refuse(layer.name, "on nodes every layer has a bias");
    if (input().image) refuse(layer.name, "on nodes a reshape makes rows of images before a linear layer");
    add_stage(layer, ProductStage{.convolution = {.channels = settings.outputs}, .parameter = parameter_},
              matrix_tensor(layer.name, settings.outputs));
  }

  void add(const GraphLayer& layer, const Pool& settings) {
    const bool fits = settings.kernel[0] == settings.kernel[1] && settings.stride[0] == settings.stride[1] &&
                      settings.kernel[0] <= settings.stride[0] && settings.padding[0] == 0 && settings.padding[1] == 0;
    if (!fits) refuse(layer.name, "nodes pool square windows that do not overlap, without padding");
    if (result_.stages.empty()) refuse(layer.name, "on nodes the first layer is a convolution or a linear one");
    if (input().frames != 1) refuse(layer.name, "nodes pool images, not films");
    if (input().dropout != 0) refuse(layer.name, "nodes pool before dropout");
    add_stage(layer, PoolStage{settings}, image_tensor(layer.name, layer.shape));
  }

  void add(const GraphLayer& layer, const Activation& settings) {
    if (settings.function != Function::relu) refuse(layer.name, "of activations nodes know relu");
    auto* const product = result_.stages.empty() ? nullptr : std::get_if<ProductStage>(&result_.stages.back().work);
    if (product == nullptr) refuse(layer.name, "on nodes a relu follows a convolution or a linear layer");
    product->relu = true;
  }

  void add(const GraphLayer& layer, const Dropout& settings) {
    if (result_.stages.empty()) refuse(layer.name, "on nodes the first layer is a convolution or a linear one");
    if (input().dropout != 0) refuse(layer.name, "nodes drop values once");
    input().dropout = settings.rate;
  }

  void add(const GraphLayer& layer, const Reshape&) {
    const Shape& shape = layer.shape;
    const StageTensor& from = input();
    // Weights behind it find channels and frames where they are.
    const bool same_images =
        from.image && shape.size() > 1 && shape.back() == from.width && shape[shape.size() - 2] == from.height;
    if (same_images || (!from.image && shape.size() == 1)) return;
    if (shape.size() != 1)
      refuse(layer.name, "nodes reshape to a row, or images to others of the same rows and columns");
    if (result_.stages.empty()) refuse(layer.name, "on nodes the first layer is a convolution or a linear one");
    StageTensor rows = matrix_tensor(layer.name, elements_of(layer.shape));
    rows.tiles = from.width * from.height * from.tiles;
    add_stage(layer, FlattenStage{}, rows);
  }

  template <typename Settings>
  void add(const GraphLayer& layer, const Settings&) {
    refuse(layer.name, "nodes know conv2d, conv3d, linear, relu, dropout, max_pool, avg_pool and reshape");
  }

  /// Behind each image there are rows of zeros, so that the images of a node are one tall image, over which the
  /// gradient of the weights is one product.
  void set_pitches() {
    bool changed = true;
    while (changed) {
      changed = false;
      for (std::size_t s = 0; s < result_.stages.size(); ++s) {
        const auto* const product = std::get_if<ProductStage>(&result_.stages[s].work);
        StageTensor& in = result_.tensors[s];
        StageTensor& out = result_.tensors[s + 1];
        if (product == nullptr || !in.image) continue;
        const std::size_t stride = product->convolution.stride[1];
        const std::size_t needed = std::max(in.pitch, in.height + product->convolution.padding[1]);
        const std::size_t rows = std::max(out.pitch, (needed + stride - 1) / stride);
        changed = changed || rows != out.pitch || rows * stride != in.pitch;
        out.pitch = rows;
        in.pitch = rows * stride;
      }
    }
  }

  const Recipe& recipe_;
  Stages result_;
  std::size_t parameter_ = 0;
};

}  // namespace

Stages make_stages(const Recipe& recipe) {
  return StageMaker(recipe).make();
}

Stages pipeline_part(const Stages& chain, const std::vector<std::string>& begins, std::size_t part) {
  std::vector<std::size_t> firsts{0};
  for (const std::string& name : begins) {
    const auto found = std::ranges::find(chain.stages, name, &Stage::name);
    const auto stage = static_cast<std::size_t>(found - chain.stages.begin());
    if (found == chain.stages.end() || !std::holds_alternative<ProductStage>(found->work)) {
      refuse(name, "a part of a pipeline begins with a convolution or a linear layer");
    }
    // What makes rows of images is done where they are read.
    const bool flattened = stage > 0 && std::holds_alternative<FlattenStage>(chain.stages[stage - 1].work);
    firsts.push_back(flattened ? stage - 1 : stage);
    if (firsts.back() <= firsts[firsts.size() - 2]) refuse(name, "parts of a pipeline are in the order of the network");
  }
  firsts.push_back(chain.stages.size());
  const auto first = static_cast<std::ptrdiff_t>(firsts[part]);
  const auto end = static_cast<std::ptrdiff_t>(firsts[part + 1]);
  Stages result = chain;
  result.stages.assign(chain.stages.begin() + first, chain.stages.begin() + end);
  result.tensors.assign(chain.tensors.begin() + first, chain.tensors.begin() + end + 1);
  return result;
}

Stages tensor_part(const Stages& chain, const std::vector<std::string>& layers, std::size_t groups, std::size_t group) {
  Stages result = chain;
  result.groups = groups;
  result.group = group;
  for (const std::string& name : layers) {
    const auto found = std::ranges::find(result.stages, name, &Stage::name);
    auto* const own = found == result.stages.end() ? nullptr : std::get_if<ProductStage>(&found->work);
    if (own == nullptr) refuse(name, "groups share the outputs of a convolution or a linear layer");
    if (own->split != Split::none) refuse(name, "its inputs or outputs are shared already");
    own->split = Split::outputs;
    auto stage = static_cast<std::size_t>(found - result.stages.begin());
    for (ProductStage* next = nullptr; next == nullptr;) {
      StageTensor& tensor = result.tensors[++stage];
      if (stage == result.stages.size()) refuse(name, "the loss needs all outputs of the last layer in each group");
      if (tensor.channels % (groups * tile_edge) != 0) {
        refuse(name, fmt::format("{} channels cannot be divided among {} groups by eights", tensor.channels, groups));
      }
      tensor.channels /= groups;
      tensor.tiles /= groups;
      next = std::get_if<ProductStage>(&result.stages[stage].work);
      if (next != nullptr && next->split != Split::none) refuse(name, "the layer behind it has its outputs shared");
      if (next != nullptr) next->split = Split::inputs;
    }
  }
  return result;
}

}  // namespace dojo::network
