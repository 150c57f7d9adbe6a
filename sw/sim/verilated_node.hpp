#pragma once
// Joins a Verilated class of rtl/node/node.sv to NodeModel. Included by the source file of each such class.

#include <verilated.h>

#include <cstring>
#include <memory>
#include <string>

#include "sim/node_model.hpp"
#include "sim/wave_groups.hpp"

namespace dojo::sim {

/// Ports of a Verilated node of any class.
template <class Verilated>
NodePorts ports_of(Verilated& node) {
  NodePorts ports{};
  ports.reset_n = &node.rst_ni;
  ports.cycle = &node.cycle_i;
  ports.flit_valid_in = &node.flit_valid_i;
  ports.credit_in = &node.credit_i;
  ports.host_valid = &node.host_valid_i;
  ports.host_address = &node.host_address_i;
  ports.host_data = &node.host_data_i;
  ports.flit_valid_out = &node.flit_valid_o;
  ports.credit_out = &node.credit_o;
  for (unsigned d = 0; d < directions; ++d) {
    ports.flit_header_in[d] = node.flit_header_i[d].data();
    ports.flit_data_in[d] = node.flit_data_i[d].data();
    ports.flit_header_out[d] = node.flit_header_o[d].data();
    ports.flit_data_out[d] = node.flit_data_o[d].data();
  }
  ports.idle = &node.idle_o;
  ports.wake_cycle = &node.wake_cycle_o;
  ports.hart_state = &node.hart_state_o;
  ports.fault = &node.fault_o;
  return ports;
}

/// A node of the Verilated class `Verilated`.
template <class Verilated>
class VerilatedNode : public NodeModel {
 public:
  VerilatedNode(VerilatedContext& context, const NodeOptions& options)
      : node_(&context, instance_name(options.position).c_str()) {
    ports = ports_of(node_);
    node_.x_i = static_cast<std::uint16_t>(options.position.x);
    node_.y_i = static_cast<std::uint16_t>(options.position.y);
    node_.clk_i = 0;
  }

  std::span<std::byte> sram() override {
    return std::as_writable_bytes(std::span(&node_.rootp->node__DOT__u_sram__DOT__u_array__DOT__memory[0], hw::sram_lines));
  }

  HartStatus hart_status(unsigned hart) const override {
    HartStatus status;
    status.state = static_cast<hw::HartState>(node_.hart_state_o >> (3 * hart) & 7);
    return status;
  }
  std::uint64_t fault_register() const override { return 0; }
  std::uint32_t semaphore(unsigned) const override { return 0; }
  std::uint64_t counter(unsigned, unsigned) const override { return 0; }
  std::uint64_t instructions_retired(unsigned) const override { return 0; }
  Retirement retirement() const override { return {}; }
  NetworkEvent packet_applied() const override { return {}; }
  NetworkEvent read_accepted() const override { return {}; }

  void evaluate() override {
    node_.clk_i = 1;
    node_.eval();
    node_.clk_i = 0;
    node_.eval();
  }

 protected:
  Verilated node_;
};

}  // namespace dojo::sim
