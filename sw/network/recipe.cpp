#include "network/recipe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "common/error.hpp"
#include "common/yaml_file.hpp"
#include "network/random.hpp"

namespace dojo::network {
namespace {

constexpr std::size_t size_limit = std::size_t{1} << 24;  // of a number of things; products stay far below 2^64

/// Names and what they stand for.
template <typename Value>
using Names = std::initializer_list<std::pair<std::string_view, Value>>;

constexpr unsigned largest_bias = 63;  // of CFloat8

constexpr std::initializer_list<std::pair<std::string_view, NumberFormat>> format_names = {
    {"bf16", NumberFormat::bf16}, {"cf8_143", NumberFormat::cf8_143}, {"cf8_152", NumberFormat::cf8_152}};

/// The keys of a map that set the members of a structure; those that are left out stay as they are.
class Keys {
 public:
  Keys(const YamlFile& file, const YAML::Node& map, std::initializer_list<std::string_view> known)
      : file_(file), map_(map), keys_(file.entries(map, known)) {}

  [[nodiscard]] const YAML::Node* find(std::string_view key) const {
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : &found->second.value;
  }
  [[nodiscard]] const YAML::Node& need(std::string_view key) const {
    const YAML::Node* const value = find(key);
    if (value == nullptr) file_.fail(map_.Mark(), fmt::format("the key '{}' must be there", key));
    return *value;
  }
  template <typename Number>
  void number(std::string_view key, Number& value, Number least, Number most) const {
    if (const YAML::Node* const node = find(key)) value = file_.number_between(*node, least, most);
  }
  void size(std::string_view key, std::size_t& value) const { number(key, value, std::size_t{1}, size_limit); }
  void needed_size(std::string_view key, std::size_t& value) const {
    (void)need(key);
    size(key, value);
  }
  void flag(std::string_view key, bool& value) const {
    if (const YAML::Node* const node = find(key)) value = file_.is_true(*node);
  }
  /// One of some names.
  template <typename Value>
  void choice(std::string_view key, Value& value, Names<Value> names) const {
    if (const YAML::Node* const node = find(key)) value = chosen(file_, *node, key, names);
  }
  template <typename Value>
  void choice(std::string_view key, std::optional<Value>& value, Names<Value> names) const {
    if (const YAML::Node* const node = find(key)) value = chosen(file_, *node, key, names);
  }
  template <typename Value>
  static Value chosen(const YamlFile& file, const YAML::Node& node, std::string_view what, Names<Value> names) {
    std::vector<std::string_view> known;
    const std::string word = file.text(node, what);
    for (const auto& [name, value] : names) {
      if (name == word) return value;
      known.push_back(name);
    }
    file.fail(node.Mark(), fmt::format("{} '{}': there are {}", what, word, fmt::join(known, ", ")));
  }
  /// One number for the last `dimensions` dimensions of `value`, or one for each of them.
  template <std::size_t N>
  void sizes(std::string_view key, std::array<std::size_t, N>& value, std::size_t dimensions, std::size_t least) const {
    const YAML::Node* const node = find(key);
    if (node == nullptr) return;
    if (node->IsScalar()) {
      std::fill(value.end() - static_cast<std::ptrdiff_t>(dimensions), value.end(),
                file_.number_between(*node, least, size_limit));
      return;
    }
    const std::string expected = fmt::format("a number or a list of {}", dimensions);
    const auto list = file_.list(*node, expected);
    if (list.size() != dimensions) file_.fail(node->Mark(), fmt::format("expected {}", expected));
    for (std::size_t d = 0; d < dimensions; ++d) {
      value.at(N - dimensions + d) = file_.number_between(list[d], least, size_limit);
    }
  }

 private:
  const YamlFile& file_;
  YAML::Node map_;
  YamlFile::Entries keys_;
};

class RecipeFile : private YamlFile {
 public:
  explicit RecipeFile(const std::filesystem::path& file) : YamlFile(file, "recipe") {}

  Recipe read() const {
    const YAML::Node root = load();
    const Keys keys(*this, root,
                    {"name", "data", "network", "loss", "optimiser", "schedule", "formats", "placement", "training"});
    Recipe recipe{.name = text(keys.need("name"), "the recipe's name"),
                  .data = data(keys.need("data")),
                  .graph = Graph({}),
                  .loss = {},
                  .optimiser = {},
                  .schedule = {}};
    recipe.graph = graph(keys.need("network"), tensors_of(recipe.data));
    recipe.loss = loss(keys.need("loss"), recipe.graph);
    recipe.optimiser = optimiser(keys.need("optimiser"));
    recipe.schedule = schedule(keys.need("schedule"));
    if (const YAML::Node* const node = keys.find("formats")) recipe.formats = formats(*node, recipe.graph);
    if (const YAML::Node* const node = keys.find("placement")) recipe.placement = placement(*node, recipe.graph);
    const Keys training(*this, keys.need("training"), {"batch", "epochs", "seed"});
    training.size("batch", recipe.batch);
    training.number("epochs", recipe.epochs, 1U, 1U << 20);
    training.number("seed", recipe.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
    return recipe;
  }

 private:
  [[nodiscard]] DataSettings data(const YAML::Node& node) const {
    if (!node.IsMap() || !node["set"]) fail(node.Mark(), "data: the key 'set' must be there");
    const DataSettings start =
        Keys::chosen<DataSettings>(*this, node["set"], "data set",
                                   {{"fashion-mnist", FashionData{}}, {"text", TextData{}}, {"video", VideoData{}}});
    const DataSettings result = std::visit([&](auto settings) { return DataSettings(data(node, settings)); }, start);
    at(node, [&] { check_data(result); });
    return result;
  }
  [[nodiscard]] FashionData data(const YAML::Node& node, FashionData settings) const {
    const Keys keys(*this, node, {"set", "folder"});
    if (const YAML::Node* const folder = keys.find("folder")) settings.folder = text(*folder, "a folder");
    return settings;
  }
  [[nodiscard]] TextData data(const YAML::Node& node, TextData settings) const {
    const Keys keys(*this, node, {"set", "files", "length", "stride"});
    for (const YAML::Node& file : list(keys.need("files"), "a list of files")) {
      settings.files.emplace_back(text(file, "a file"));
    }
    if (settings.files.empty()) fail(keys.need("files").Mark(), "no files");
    keys.size("length", settings.length);
    keys.size("stride", settings.stride);
    return settings;
  }
  [[nodiscard]] VideoData data(const YAML::Node& node, VideoData settings) const {
    const Keys keys(*this, node,
                    {"set", "file", "columns", "rows", "frames", "ahead", "cell", "held_out", "window", "mirrored",
                     "threshold", "covered"});
    settings.file = text(keys.need("file"), "a film");
    keys.size("columns", settings.columns);
    keys.size("rows", settings.rows);
    keys.size("frames", settings.frames);
    keys.size("ahead", settings.ahead);
    keys.size("cell", settings.cell);
    keys.number("held_out", settings.held_out, 0.05f, 0.95f);
    keys.size("window", settings.window);
    keys.flag("mirrored", settings.mirrored);
    keys.number<std::size_t>("threshold", settings.threshold, 1, 254);
    keys.number("covered", settings.covered, 0.0f, 1.0f);
    return settings;
  }

  [[nodiscard]] Graph graph(const YAML::Node& node, std::vector<DataTensor> tensors) const {
    Graph graph(std::move(tensors));
    const auto layers = list(node, "a list of layers");
    if (layers.empty()) fail(node.Mark(), "no layers");
    std::size_t last = 0;
    for (const YAML::Node& layer : layers) {
      at(layer, [&] {
        if (!layer.IsMap() || !layer["kind"] || !layer["name"]) {
          throw InputError("a layer has the keys 'name' and 'kind'");
        }
      });
      const std::string name = layer_name(layer["name"]);
      const LayerSettings start = Keys::chosen<LayerSettings>(*this, layer["kind"], "kind",
                                                              {{"linear", Linear{}},
                                                               {"conv2d", Convolution{}},
                                                               {"conv3d", Convolution{.dimensions = 3}},
                                                               {"max_pool", Pool{}},
                                                               {"average_pool", Pool{.maximum = false}},
                                                               {"batch_norm", BatchNorm{}},
                                                               {"layer_norm", LayerNorm{}},
                                                               {"relu", Activation{Function::relu}},
                                                               {"gelu", Activation{Function::gelu}},
                                                               {"sigmoid", Activation{Function::sigmoid}},
                                                               {"softmax", Activation{Function::softmax}},
                                                               {"attention", Attention{}},
                                                               {"embedding", Embedding{}},
                                                               {"position", Position{}},
                                                               {"dropout", Dropout{}},
                                                               {"add", Add{}},
                                                               {"reshape", Reshape{}}});
      const LayerSettings settings =
          std::visit([&](auto kind) { return LayerSettings(layer_settings(layer, kind)); }, start);
      const std::vector<std::size_t> inputs = inputs_of(layer, graph, last);
      try {
        last = graph.add(name, settings, inputs);
      } catch (const InputError& error) {
        fail(layer.Mark(), fmt::format("layer '{}': {}", name, error.what()));
      }
    }
    return graph;
  }

  [[nodiscard]] std::string layer_name(const YAML::Node& node) const {
    std::string name = text(node, "the layer's name");
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    if (name.empty() || !std::ranges::all_of(name, allowed)) {
      fail(node.Mark(), fmt::format("name '{}': expected small letters, digits and _", name));
    }
    return name;
  }

  /// What 'from' names; without it the layer before, or the first tensor of the data.
  [[nodiscard]] std::vector<std::size_t> inputs_of(const YAML::Node& layer, const Graph& graph,
                                                   std::size_t last) const {
    const YAML::Node from = layer["from"];
    if (!from) return {last};
    std::vector<std::size_t> inputs;
    for (const YAML::Node& name : from.IsScalar() ? std::vector{from} : list(from, "a name or a list of names")) {
      at(name, [&] { inputs.push_back(graph.value(text(name, "the name of a layer or tensor"))); });
    }
    if (inputs.empty()) fail(from.Mark(), "no inputs");
    return inputs;
  }

  [[nodiscard]] Linear layer_settings(const YAML::Node& node, Linear linear) const {
    const Keys keys(*this, node, {"name", "kind", "from", "outputs", "bias", "initial"});
    keys.needed_size("outputs", linear.outputs);
    keys.flag("bias", linear.bias);
    keys.choice("initial", linear.initial, {{"he", Initial::he}, {"xavier", Initial::xavier}});
    return linear;
  }
  [[nodiscard]] Convolution layer_settings(const YAML::Node& node, Convolution convolution) const {
    const Keys keys(
        *this, node,
        {"name", "kind", "from", "channels", "kernel", "stride", "padding", "dilation", "groups", "bias", "initial"});
    keys.needed_size("channels", convolution.channels);
    (void)keys.need("kernel");
    keys.sizes("kernel", convolution.kernel, convolution.dimensions, 1);
    keys.sizes("stride", convolution.stride, convolution.dimensions, 1);
    keys.sizes("padding", convolution.padding, convolution.dimensions, 0);
    keys.sizes("dilation", convolution.dilation, convolution.dimensions, 1);
    keys.size("groups", convolution.groups);
    keys.flag("bias", convolution.bias);
    keys.choice("initial", convolution.initial, {{"he", Initial::he}, {"xavier", Initial::xavier}});
    return convolution;
  }
  [[nodiscard]] Pool layer_settings(const YAML::Node& node, Pool pool) const {
    const Keys keys(*this, node, {"name", "kind", "from", "kernel", "stride", "padding"});
    (void)keys.need("kernel");
    keys.sizes("kernel", pool.kernel, 2, 1);
    pool.stride = pool.kernel;
    keys.sizes("stride", pool.stride, 2, 1);
    keys.sizes("padding", pool.padding, 2, 0);
    return pool;
  }
  [[nodiscard]] BatchNorm layer_settings(const YAML::Node& node, BatchNorm norm) const {
    const Keys keys(*this, node, {"name", "kind", "from", "epsilon", "momentum"});
    keys.number("epsilon", norm.epsilon, 1e-12f, 1.0f);
    keys.number("momentum", norm.momentum, 0.0f, 1.0f);
    return norm;
  }
  [[nodiscard]] LayerNorm layer_settings(const YAML::Node& node, LayerNorm norm) const {
    const Keys keys(*this, node, {"name", "kind", "from", "epsilon"});
    keys.number("epsilon", norm.epsilon, 1e-12f, 1.0f);
    return norm;
  }
  [[nodiscard]] Attention layer_settings(const YAML::Node& node, Attention attention) const {
    const Keys keys(*this, node, {"name", "kind", "from", "heads", "causal"});
    keys.size("heads", attention.heads);
    keys.flag("causal", attention.causal);
    return attention;
  }
  [[nodiscard]] Embedding layer_settings(const YAML::Node& node, Embedding embedding) const {
    const Keys keys(*this, node, {"name", "kind", "from", "vocabulary", "width"});
    keys.needed_size("vocabulary", embedding.vocabulary);
    keys.needed_size("width", embedding.width);
    return embedding;
  }
  [[nodiscard]] Dropout layer_settings(const YAML::Node& node, Dropout dropout) const {
    const Keys keys(*this, node, {"name", "kind", "from", "rate"});
    keys.number("rate", dropout.rate, 0.0f, 0.99f);
    return dropout;
  }
  [[nodiscard]] Reshape layer_settings(const YAML::Node& node, Reshape reshape) const {
    const Keys keys(*this, node, {"name", "kind", "from", "shape"});
    if (const YAML::Node* const shape = keys.find("shape")) {
      for (const YAML::Node& size : list(*shape, "a list of sizes")) {
        reshape.shape.push_back(number_between(size, std::size_t{1}, size_limit));
      }
    }
    return reshape;
  }
  /// Kinds of which nothing more is to be said.
  template <typename Kind>
  [[nodiscard]] Kind layer_settings(const YAML::Node& node, Kind kind) const {
    (void)entries(node, {"name", "kind", "from"});
    return kind;
  }

  [[nodiscard]] LossSettings loss(const YAML::Node& node, const Graph& graph) const {
    const Keys keys(*this, node, {"kind", "of", "target", "scale"});
    LossSettings settings{.value = graph.last_value()};
    (void)keys.need("kind");
    keys.choice("kind", settings.kind,
                {{"cross_entropy", LossKind::cross_entropy}, {"binary_cross_entropy", LossKind::binary_cross_entropy}});
    if (const YAML::Node* const of = keys.find("of")) {
      at(*of, [&] { settings.value = graph.value(text(*of, "the name of a layer")); });
    }
    const YAML::Node& target = keys.need("target");
    at(target, [&] { settings.target = graph.value(text(target, "the name of a tensor of the data")); });
    keys.number("scale", settings.scale, 1.0f, 0x1p40f);
    at(node, [&] { check_loss(settings, graph); });
    return settings;
  }

  static void check_loss(const LossSettings& settings, const Graph& graph) {
    const std::size_t tensors = graph.tensors().size();
    if (settings.value < tensors) throw InputError("the loss is of a layer's output, not of data");
    if (settings.target >= tensors) throw InputError("the target of a loss is a tensor of the data");
    const DataTensor& target = graph.tensors()[settings.target];
    Shape expected = target.shape;
    if (settings.kind == LossKind::cross_entropy) {
      if (target.classes == 0) throw InputError(fmt::format("'{}' are no indices of classes", target.name));
      expected.push_back(target.classes);
    } else if (target.classes != 0) {
      throw InputError(fmt::format("'{}' are indices of classes, not numbers from 0 to 1", target.name));
    }
    if (graph.shape(settings.value) != expected) {
      throw InputError(fmt::format("the logits are {}; '{}' needs {}", text_of(graph.shape(settings.value)),
                                   target.name, text_of(expected)));
    }
  }

  [[nodiscard]] OptimiserSettings optimiser(const YAML::Node& node) const {
    const Keys keys(*this, node, {"kind", "momentum", "beta1", "beta2", "epsilon", "decay", "clip"});
    OptimiserSettings settings;
    (void)keys.need("kind");
    keys.choice("kind", settings.kind, {{"sgd", OptimiserKind::sgd}, {"adamw", OptimiserKind::adamw}});
    const bool sgd = settings.kind == OptimiserKind::sgd;
    for (const std::string_view key : {"momentum", "beta1", "beta2", "epsilon"}) {
      const YAML::Node* const value = keys.find(key);
      if (value != nullptr && sgd != (key == "momentum")) {
        fail(value->Mark(), fmt::format("'{}' is not a setting of this optimiser", key));
      }
    }
    keys.number("momentum", settings.momentum, 0.0f, 0.9999f);
    keys.number("beta1", settings.beta1, 0.0f, 0.9999f);
    keys.number("beta2", settings.beta2, 0.0f, 0.999999f);
    keys.number("epsilon", settings.epsilon, 1e-12f, 1.0f);
    keys.number("decay", settings.decay, 0.0f, 1.0f);
    keys.number("clip", settings.clip, 0.0f, 1e9f);
    return settings;
  }

  [[nodiscard]] ScheduleSettings schedule(const YAML::Node& node) const {
    const Keys keys(*this, node, {"kind", "rate", "final_rate", "warm_up"});
    ScheduleSettings settings;
    keys.choice(
        "kind", settings.kind,
        {{"constant", ScheduleKind::constant}, {"linear", ScheduleKind::linear}, {"cosine", ScheduleKind::cosine}});
    (void)keys.need("rate");
    keys.number("rate", settings.rate, 1e-9f, 999.0f);
    keys.number("final_rate", settings.final_rate, 0.0f, 1.0f);
    keys.number<std::size_t>("warm_up", settings.warm_up, 0, size_limit);
    return settings;
  }

  [[nodiscard]] PlacementSettings placement(const YAML::Node& node, const Graph& graph) const {
    const Keys keys(*this, node, {"pipeline", "tensor", "optimiser"});
    PlacementSettings settings;
    const auto layers = [&](const YAML::Node& names, std::vector<std::string>& result) {
      for (const YAML::Node& layer : list(names, "a list of layers")) {
        result.push_back(text(layer, "the name of a layer"));
        at(layer, [&] { (void)graph.value(result.back()); });
      }
    };
    if (const YAML::Node* const names = keys.find("pipeline")) layers(*names, settings.pipeline);
    keys.choice("optimiser", settings.dram, {{"sram", false}, {"dram", true}});
    if (const YAML::Node* const tensor = keys.find("tensor")) {
      if (!settings.pipeline.empty()) fail(tensor->Mark(), "placement: pipeline or tensor, not both");
      const Keys own(*this, *tensor, {"groups", "layers"});
      (void)own.need("groups");
      own.number("groups", settings.groups, 2U, 5U);
      const YAML::Node& names = own.need("layers");
      layers(names, settings.tensor);
      if (settings.tensor.empty()) fail(names.Mark(), "layers: at least one, whose outputs the groups share");
    }
    return settings;
  }

  /// A name, or {number: NAME, bias: BIAS}.
  [[nodiscard]] std::optional<TensorFormat> format(const Keys& keys, std::string_view key) const {
    const YAML::Node* const node = keys.find(key);
    if (node == nullptr) return std::nullopt;
    if (node->IsScalar()) return TensorFormat{Keys::chosen(*this, *node, key, format_names)};
    const Keys own(*this, *node, {"number", "bias"});
    TensorFormat result{Keys::chosen(*this, own.need("number"), key, format_names)};
    const YAML::Node* const bias = own.find("bias");
    if (bias == nullptr) return result;
    if (result.number == NumberFormat::bf16) fail(bias->Mark(), "bias: only CFloat8 has one");
    result.fixed_bias = number_between(*bias, 0U, largest_bias);
    return result;
  }

  [[nodiscard]] FormatSettings formats(const YAML::Node& node, const Graph& graph) const {
    const Keys keys(*this, node, {"weights", "activations", "gradients", "rounding", "margin", "layers"});
    FormatSettings settings;
    settings.weights = format(keys, "weights").value_or(TensorFormat());
    settings.activations = format(keys, "activations").value_or(TensorFormat());
    settings.gradients = format(keys, "gradients").value_or(TensorFormat());
    keys.choice("rounding", settings.stochastic, {{"nearest", false}, {"stochastic", true}});
    keys.number("margin", settings.margin, 0u, 8u);
    const YAML::Node* const layers = keys.find("layers");
    if (layers == nullptr) return settings;
    if (!layers->IsMap()) fail(layers->Mark(), "formats of layers: a map of their names");
    for (const auto& entry : *layers) {
      const std::string name = text(entry.first, "the name of a layer");
      at(entry.first, [&] { (void)graph.value(name); });
      const Keys own(*this, entry.second, {"weights", "activations", "gradients"});
      settings.layers[name] = {.weights = format(own, "weights"),
                               .activations = format(own, "activations"),
                               .gradients = format(own, "gradients")};
    }
    return settings;
  }
};

}  // namespace

Recipe read_recipe(const std::filesystem::path& file) {
  return RecipeFile(file).read();
}

std::filesystem::path find_recipe(std::string_view text) {
  const std::filesystem::path file(text);
  if (text.find_first_of("/.") != std::string_view::npos || std::filesystem::is_regular_file(file)) return file;
  std::error_code error;
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path folder = (executable.parent_path() / DOJO_RECIPES_DIR).lexically_normal();
  const std::filesystem::path found = folder / fmt::format("{}.yaml", text);
  if (std::filesystem::is_regular_file(found)) return found;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) names.push_back(entry.path().stem());
  std::ranges::sort(names);
  throw InputError(fmt::format("unknown recipe '{}': there are {}, and files", text, fmt::join(names, ", ")));
}

std::vector<std::uint32_t> sample_order(std::uint64_t seed, std::size_t samples, unsigned epoch) {
  return permutation(RandomStream(seed, "order of samples").at(epoch), samples);
}

}  // namespace dojo::network
