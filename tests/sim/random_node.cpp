#include "random_node.hpp"

#include <Vnode.h>
#include <Vnode___024root.h>

#include <vector>

#include "sim/verilated_node.hpp"

namespace dojo::sim {

std::unique_ptr<NodeModel> make_random_node(const NodeOptions& options) {
  static VerilatedContext context;
  constexpr int random_bits = 2;
  context.randReset(random_bits);
  // Verilator takes 0 for a seed of its own choice.
  context.randSeed(static_cast<int>(options.seed % 0x7fffffff) + 1);
  auto node = std::make_unique<VerilatedNode<Vnode>>(context, options);
  // As after the self-test at power-up: random data, but code words everywhere.
  const std::span<const std::byte> cells = node->sram();
  node->write_sram(0, std::vector<std::byte>(cells.begin(), cells.end()));
  return node;
}

}  // namespace dojo::sim
