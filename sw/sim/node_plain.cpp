#include <Vnode.h>
#include <Vnode__Syms.h>
#include <Vnode___024root.h>

#include "sim/dip_end.hpp"
#include "sim/edge_end.hpp"
#include "sim/rtl_machine.hpp"
#include "sim/verilated_node.hpp"

// Made by scripts/verilate.py.
extern const unsigned long long Vnode_hash;  // NOLINT(readability-identifier-naming): named by Verilator

namespace dojo::sim {

std::unique_ptr<NodeModel> make_plain_node(const NodeOptions& options) {
  // One context for all nodes: they share nothing in it but settings that never change.
  static VerilatedContext context;
  return std::make_unique<VerilatedNode<Vnode>>(context, options);
}

std::uint64_t rtl_bytes_per_node() {
  return sizeof(Vnode__Syms);
}

std::uint64_t rtl_hash() {
  return Vnode_hash ^ edge_end_hash() ^ dip_end_hash();
}

}  // namespace dojo::sim
