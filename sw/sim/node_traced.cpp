#include <Vnode_traced.h>
#include <Vnode_traced___024root.h>
#include <verilated_fst_c.h>

#include "sim/verilated_node.hpp"
#include "sim/wave_file.hpp"

namespace dojo::sim {
namespace {

constexpr int all_levels = 99;

VerilatedContext& traced_context() {
  static VerilatedContext context;
  context.traceEverOn(true);
  return context;
}

/// A node that records itself. Inputs are applied while the clock is low, so that the waves show them before the edge.
class TracedNode : public VerilatedNode<Vnode_traced> {
 public:
  TracedNode(const NodeOptions& options, WaveFile& file) : VerilatedNode(traced_context(), options), file_(file) {
    node_.trace(&file.writer(), all_levels);
  }

  void evaluate() override {
    const bool records = node_.rst_ni != 0 && file_.records(node_.cycle_i);
    if (records) file_.before_change(node_.cycle_i);
    node_.clk_i = 0;
    node_.eval();
    if (records) file_.dump(node_.cycle_i, false);
    node_.clk_i = 1;
    node_.eval();
    if (records) file_.dump(node_.cycle_i, true);
  }

 private:
  WaveFile& file_;
};

}  // namespace

std::unique_ptr<NodeModel> make_traced_node(const NodeOptions& options, WaveFile& file) {
  return std::make_unique<TracedNode>(options, file);
}

}  // namespace dojo::sim
