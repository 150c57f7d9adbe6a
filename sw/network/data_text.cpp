// Characters of text files.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "common/error.hpp"
#include "network/data.hpp"

namespace dojo::network {
namespace {

constexpr char first_printable = ' ';
constexpr char last_printable = '~';
constexpr std::uint8_t line_end = last_printable - first_printable + 1;
static_assert(line_end + 1 == TextData::classes);

std::vector<std::uint8_t> characters_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    throw InputError(fmt::format("{}: the text cannot be read", file.string()));
  }
  std::vector<std::uint8_t> characters;
  for (auto it = std::istreambuf_iterator<char>(stream); it != std::istreambuf_iterator<char>(); ++it) {
    if (*it == '\n') characters.push_back(line_end);
    if (*it >= first_printable && *it <= last_printable) {
      characters.push_back(static_cast<std::uint8_t>(*it - first_printable));
    }
  }
  return characters;
}

class Text : public DataSet {
 public:
  explicit Text(const TextData& settings) : length_(settings.length) {
    constexpr std::size_t tenths = 10;
    for (const std::filesystem::path& file : settings.files) {
      const std::vector<std::uint8_t> characters = characters_of(file);
      const std::size_t first = text_.size();
      const std::size_t cut = first + characters.size() / tenths * (tenths - 1);
      text_.insert(text_.end(), characters.begin(), characters.end());
      add(train_, first, cut, settings.stride);
      add(held_out_, cut, text_.size(), length_);
      if (train_.empty() || held_out_.empty()) {
        throw InputError(fmt::format("{}: {} characters; samples of {} need {} at least", file.string(),
                                     characters.size(), length_, tenths * (length_ + 1)));
      }
    }
  }

  [[nodiscard]] std::size_t samples(Part part) const override { return of(part).size(); }

  void fill(Part part, std::span<const std::uint32_t> samples, std::span<Tensor> batch) const override {
    for (Tensor& tensor : batch) tensor.resize(samples.size(), {length_});
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto first = text_.begin() + static_cast<std::ptrdiff_t>(of(part)[samples[i]]);
      std::copy_n(first, length_, batch[0].sample(i));
      std::copy_n(first + 1, length_, batch[1].sample(i));
    }
  }

 private:
  /// Samples whose characters, and the next one, lie in [first, last).
  void add(std::vector<std::size_t>& starts, std::size_t first, std::size_t last, std::size_t stride) const {
    for (; first + length_ < last; first += stride) starts.push_back(first);
  }
  [[nodiscard]] const std::vector<std::size_t>& of(Part part) const { return part == Part::train ? train_ : held_out_; }
  std::size_t length_;
  std::vector<std::uint8_t> text_;
  std::vector<std::size_t> train_;  ///< where samples begin
  std::vector<std::size_t> held_out_;
};

}  // namespace

std::unique_ptr<DataSet> load_text_data(const TextData& settings) {
  return std::make_unique<Text>(settings);
}

}  // namespace dojo::network
