#pragma once
// Where dies meet between windows of cycles: beats go over to the far ends of the links, and all learn whether the run
// goes on.

#include <utility>
#include <vector>

#include "sim/edge_end.hpp"
#include "sim/mesh_engine.hpp"

namespace dojo::sim {

/// An exchange among the dies that simulate a machine, wherever they are.
class DieExchange {
 public:
  DieExchange() = default;
  DieExchange(const DieExchange&) = delete;
  DieExchange& operator=(const DieExchange&) = delete;
  virtual ~DieExchange() = default;

  /// Gives every end what its far end has sent since the last call.
  virtual void move_beats() = 0;
  /// The sum of what all take part with.
  virtual WindowReport combine(const WindowReport& report) = 0;
};

/// All dies are in this process.
class LocalExchange : public DieExchange {
 public:
  /// Two ends of a link; they must outlive the exchange.
  void join(EdgeEnd& first, EdgeEnd& second) { links_.emplace_back(&first, &second); }

  void move_beats() override {
    for (const auto& [first, second] : links_) {
      first->receive(second->sent());
      second->receive(first->sent());
      first->clear_sent();
      second->clear_sent();
    }
  }
  WindowReport combine(const WindowReport& report) override { return report; }

 private:
  std::vector<std::pair<EdgeEnd*, EdgeEnd*>> links_;
};

}  // namespace dojo::sim
