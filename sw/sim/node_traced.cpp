#include <Vnode.h>
#include <Vnode___024root.h>
#include <Vnode_traced.h>
#include <Vnode_traced___024root.h>
#include <verilated_fst_c.h>

#include <algorithm>
#include <iterator>

#include "sim/verilated_node.hpp"
#include "sim/wave_file.hpp"

// What Verilator runs once at the start: signals that follow from others get their values.
// NOLINTBEGIN(readability-identifier-naming): named by Verilator
void Vnode___024root___eval_settle(Vnode___024root* root);
void Vnode_traced___024root___eval_settle(Vnode_traced___024root* root);
// NOLINTEND(readability-identifier-naming)

namespace dojo::sim {
namespace {

constexpr int all_levels = 99;
/// Bit 2 of each 3-bit hart_state: set in state faulted only.
constexpr std::uint16_t any_hart_faulted = 04444;
static_assert(static_cast<unsigned>(hw::HartState::faulted) == 4);

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
    // What Verilator does in the first evaluation only is done.
    node_.eval();
  }

  void evaluate() override {
    const bool records = is_recorded_ && file_.records(node_.cycle_i);
    if (is_recorded_) file_.before_change(node_.cycle_i);
    node_.clk_i = 0;
    node_.eval();
    if (records) file_.dump(node_.cycle_i, false);
    node_.clk_i = 1;
    node_.eval();
    if (!records) return;
    file_.dump(node_.cycle_i, true);
    note_instructions();
    if (node_.fault_o != 0 || (node_.hart_state_o & any_hart_faulted) != 0) file_.note_fault(node_.cycle_i);
  }

  void set_recorded(bool is_recorded) override { is_recorded_ = is_recorded; }

  void get_state(std::vector<std::byte>& bytes) override {
    const std::unique_ptr<NodeModel> plain = make_plain();
    copy_state(*this, *plain);
    plain->get_state(bytes);
  }
  void set_state(std::span<const std::byte> bytes) override {
    const std::unique_ptr<NodeModel> plain = make_plain();
    plain->set_state(bytes);
    copy_state(*plain, *this);
  }

 private:
  /// A node of the class whose states are saved.
  [[nodiscard]] std::unique_ptr<NodeModel> make_plain() {
    std::unique_ptr<NodeModel> plain = make_plain_node({.position = {.x = node_.x_i, .y = node_.y_i}});
    plain->evaluate();
    return plain;
  }

  /// What the harts have fetched: all that retires is among it.
  void note_instructions() {
    const auto& root = *node_.rootp;
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      if ((root.node__DOT__u_core__DOT__ir_valid >> hart & 1) == 0) continue;
      file_.note_instruction(root.node__DOT__u_core__DOT__ir_pc[hart], root.node__DOT__u_core__DOT__ir_insn[hart]);
    }
  }

  WaveFile& file_;
  bool is_recorded_ = true;
};

template <typename Value>
void copy_member(Value& to, const Value& from) {
  if constexpr (std::is_array_v<Value>) {
    std::copy(std::begin(from), std::end(from), std::begin(to));
  } else {
    to = from;
  }
}

template <class From, class To>
void copy_members(const From& from, To& to) {
#define DOJO_STATE(member) copy_member(to.member, from.member);
#include "node_state.inc"
#undef DOJO_STATE
}

}  // namespace

std::unique_ptr<NodeModel> make_traced_node(const NodeOptions& options, WaveFile& file) {
  return std::make_unique<TracedNode>(options, file);
}

void copy_state(NodeModel& from, NodeModel& to) {
  auto* const plain_from = dynamic_cast<VerilatedNode<Vnode>*>(&from);
  auto* const plain_to = dynamic_cast<VerilatedNode<Vnode>*>(&to);
  auto* const traced_from = dynamic_cast<VerilatedNode<Vnode_traced>*>(&from);
  auto* const traced_to = dynamic_cast<VerilatedNode<Vnode_traced>*>(&to);
  if (plain_from != nullptr && traced_to != nullptr) {
    copy_members(plain_from->root(), traced_to->root());
    Vnode_traced___024root___eval_settle(&traced_to->root());
  } else if (traced_from != nullptr && plain_to != nullptr) {
    copy_members(traced_from->root(), plain_to->root());
    Vnode___024root___eval_settle(&plain_to->root());
    plain_to->lower_clock();
  } else {
    throw RunError("waves: this class of node cannot be recorded");
  }
}

}  // namespace dojo::sim
