#include <Vnode.h>
#include <Vnode__Syms.h>
#include <Vnode___024root.h>

#include "sim/rtl_machine.hpp"
#include "sim/verilated_node.hpp"

namespace dojo::sim {

std::unique_ptr<NodeModel> make_plain_node(const NodeOptions& options) {
  // One context for all nodes: they share nothing in it but settings that never change.
  static VerilatedContext context;
  return std::make_unique<VerilatedNode<Vnode>>(context, options);
}

std::uint64_t rtl_bytes_per_node() {
  return sizeof(Vnode__Syms);
}

}  // namespace dojo::sim
