#pragma once
// All state of a model that was verilated with SAVABLE, as bytes. Included by source files that know such a class.

#include <verilated.h>
#include <verilated_save.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "common/error.hpp"

namespace dojo::sim {

/// Appends what a model writes.
class StateSink : public VerilatedSerialize {
 public:
  explicit StateSink(std::vector<std::byte>& bytes) : bytes_(bytes) {}
  void flush() override {
    const auto written = std::as_bytes(std::span(m_bufp, m_cp));
    bytes_.insert(bytes_.end(), written.begin(), written.end());
    m_cp = m_bufp;
  }

 private:
  std::vector<std::byte>& bytes_;
};

/// Gives a model what it wrote.
class StateSource : public VerilatedDeserialize {
 public:
  /// Behind the end, the model may look at as much as it reads at a time.
  explicit StateSource(std::span<const std::byte> bytes) : bytes_(bytes.size() + bufferInsertSize()) {
    std::transform(bytes.begin(), bytes.end(), bytes_.begin(), std::to_integer<std::uint8_t>);
    m_cp = bytes_.data();
    m_endp = m_cp + bytes_.size();
  }
  void fill() override { throw InputError("the snapshot is of another model"); }
  [[nodiscard]] bool is_at_end() const { return m_endp - m_cp == static_cast<std::ptrdiff_t>(bufferInsertSize()); }

 private:
  std::vector<std::uint8_t> bytes_;
};

template <class Model>
concept Savable = requires(VerilatedSerialize& sink, VerilatedDeserialize& source, Model& model) {
  sink << model;
  source >> model;
};

/// Puts it in `bytes`, in place of what was there.
template <Savable Model>
void state_of(Model& model, std::vector<std::byte>& bytes) {
  bytes.clear();
  StateSink sink(bytes);
  sink << model;
  sink.flush();
}

/// Throws InputError when `bytes` are not the state of a model of this class.
template <Savable Model>
void set_state_of(Model& model, std::span<const std::byte> bytes) {
  StateSource source(bytes);
  source >> model;
  if (!source.is_at_end()) throw InputError("the snapshot is of another model");
}

}  // namespace dojo::sim
