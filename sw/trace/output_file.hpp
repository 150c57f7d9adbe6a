#pragma once
// A text file that is written piece by piece.

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/error.hpp"

namespace dojo::trace {

/// Buffers; memory does not grow with the file.
class OutputFile {
 public:
  /// Throws InputError when the file cannot be written.
  explicit OutputFile(std::string name) : name_(std::move(name)), file_(std::fopen(name_.c_str(), "w")) {
    if (!file_) throw InputError(fmt::format("--trace {}: the file cannot be written", name_));
  }

  template <typename... Arguments>
  void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(fmt::appender(buffer_), format, std::forward<Arguments>(arguments)...);
    if (buffer_.size() >= buffer_bytes) flush();
  }
  /// Text, filled up with spaces behind it.
  void print_column(std::string_view text, std::size_t width) {
    buffer_.append(text);
    for (std::size_t i = text.size(); i < width; ++i) buffer_.push_back(' ');
  }
  /// Throws RunError when not all could be written.
  void close() {
    flush();
    const bool closed = std::fclose(file_.release()) == 0;
    if (failed_ || !closed) throw RunError(fmt::format("--trace {}: the file could not be written whole", name_));
  }

 private:
  static constexpr std::size_t buffer_bytes = 1 << 16;
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void flush() {
    failed_ |= std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size();
    buffer_.clear();
  }

  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
  fmt::memory_buffer buffer_;
  bool failed_ = false;
};

}  // namespace dojo::trace
