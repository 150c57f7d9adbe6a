#pragma once
// A failure that came up in the evaluation of one node.

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "common/backend.hpp"
#include "common/error.hpp"

namespace dojo::sim {

class NodeError : public RunError {
 public:
  /// `cause` is what was thrown there, of which `text` tells.
  NodeError(const std::string& text, Coordinates node, std::uint64_t cycle, std::exception_ptr cause)
      : RunError(text), node_(node), cycle_(cycle), cause_(std::move(cause)) {}

  [[nodiscard]] Coordinates node() const { return node_; }
  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  [[nodiscard]] const std::exception_ptr& cause() const { return cause_; }

 private:
  Coordinates node_;
  std::uint64_t cycle_;
  std::exception_ptr cause_;
};

}  // namespace dojo::sim
