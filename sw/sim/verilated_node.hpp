#pragma once
// Joins a Verilated class of rtl/node/node.sv to NodeModel. Included by the source file of each such class.

#include <verilated.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/ecc.hpp"
#include "sim/node_model.hpp"
#include "sim/verilated_queues.hpp"
#include "sim/verilated_state.hpp"
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
  ports.tree_valid_in = &node.tree_valid_i;
  ports.tree_credit_in = &node.tree_credit_i;
  ports.token_in = &node.token_i[0];
  ports.host_valid = &node.host_valid_i;
  ports.host_address = &node.host_address_i;
  ports.host_data = &node.host_data_i;
  ports.flit_valid_out = &node.flit_valid_o;
  ports.credit_out = &node.credit_o;
  ports.tree_valid_out = &node.tree_valid_o;
  ports.tree_credit_out = &node.tree_credit_o;
  ports.token_out = &node.token_o[0];
  for (unsigned d = 0; d < directions; ++d) {
    ports.flit_header_in[d] = node.flit_header_i[d].data();
    ports.flit_data_in[d] = node.flit_data_i.data() + d * payload_words;
    ports.flit_header_out[d] = node.flit_header_o[d].data();
    ports.flit_data_out[d] = node.flit_data_o.data() + d * payload_words;
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
    return std::as_writable_bytes(
        std::span(&node_.rootp->node__DOT__u_sram__DOT__u_array__DOT__memory[0], hw::sram_lines));
  }

  void write_sram(std::size_t offset, std::span<const std::byte> bytes) override {
    ecc_write(sram(), std::span(&node_.rootp->node__DOT__u_sram__DOT__u_array__DOT__check[0], hw::sram_lines), offset,
              bytes);
  }

  void get_state(std::vector<std::byte>& bytes) override {
    if constexpr (Savable<Verilated>) {
      state_of(node_, bytes);
    } else {
      NodeModel::get_state(bytes);
    }
  }

  void set_state(std::span<const std::byte> bytes) override {
    if constexpr (Savable<Verilated>) {
      set_state_of(node_, bytes);
    } else {
      NodeModel::set_state(bytes);
    }
  }

  /// All of its members, as Verilator has them.
  [[nodiscard]] auto& root() { return *node_.rootp; }

  HartStatus hart_status(unsigned hart) const override {
    const auto& root = *node_.rootp;
    return {.state = static_cast<hw::HartState>(node_.hart_state_o >> (3 * hart) & 7),
            .exit_code = root.node__DOT__u_control__DOT__exit_code_q[hart],
            .pc = root.node__DOT__u_core__DOT__pc_q[hart],
            .mcause = root.node__DOT__u_core__DOT__u_csr__DOT__mcause_q[hart],
            .mepc = root.node__DOT__u_core__DOT__u_csr__DOT__mepc_q[hart],
            .mtval = root.node__DOT__u_core__DOT__u_csr__DOT__mtval_q[hart],
            .semaphore = root.node__DOT__park_id[hart],
            .semaphore_amount = root.node__DOT__park_amount[hart]};
  }

  std::uint64_t fault_register() const override { return node_.rootp->node__DOT__u_control__DOT__fault_q; }

  NodeErrors errors() const override {
    const auto& root = *node_.rootp;
    return {.ecc = root.node__DOT__u_guard__DOT__ecc_error_q,
            .access = root.node__DOT__u_guard__DOT__access_error_q,
            .remote = root.node__DOT__u_guard__DOT__remote_error_q};
  }

  std::uint32_t semaphore(unsigned id) const override { return node_.rootp->node__DOT__u_semaphore__DOT__count_q[id]; }

  std::uint64_t counter(unsigned index, unsigned hart) const override {
    const auto& root = *node_.rootp;
    switch (static_cast<hw::Counter>(index)) {
      case hw::Counter::fetch_stalls:
        return root.node__DOT__u_core__DOT__u_csr__DOT__fetch_stalls_q[hart];
      case hw::Counter::memory_stalls:
        return root.node__DOT__u_core__DOT__u_csr__DOT__memory_stalls_q[hart];
      case hw::Counter::command_stalls:
        return root.node__DOT__u_core__DOT__u_csr__DOT__command_stalls_q[hart];
      case hw::Counter::slot_stalls:
        return root.node__DOT__u_core__DOT__u_csr__DOT__slot_stalls_q[hart];
      case hw::Counter::mispredictions:
        return root.node__DOT__u_core__DOT__u_csr__DOT__mispredictions_q[hart];
      default:
        return root.node__DOT__node_counter[index];
    }
  }

  std::uint64_t instructions_retired(unsigned hart) const override {
    return node_.rootp->node__DOT__u_core__DOT__u_csr__DOT__instret_q[hart];
  }

  HartRegisters registers(unsigned hart) const override {
    const auto& root = *node_.rootp;
    constexpr unsigned registers = 32;
    HartRegisters result;
    result.pc = root.node__DOT__u_core__DOT__pc_q[hart];
    for (unsigned i = 0; i < registers; ++i) {
      // {hart, register}; f registers from 32 on
      const auto& scalar = root.node__DOT__u_core__DOT__u_issue__DOT__registers_q;
      result.x[i] = scalar[2 * registers * hart + i];
      result.f[i] = static_cast<std::uint32_t>(scalar[2 * registers * hart + registers + i]);
      const auto& vector = root.node__DOT__u_vector__DOT__u_registers__DOT__registers_q[registers * hart + i];
      std::memcpy(result.v[i].data(), vector.data(), result.v[i].size());
    }
    for (std::size_t i = 0; i < hw::csr_table.size(); ++i) result.csr[i] = csr(hart, hw::csr_table[i].address);
    return result;
  }

  NodeQueues queues() const override { return queues_of(*node_.rootp); }

  LateResult late_result() const override {
    return {.valid = node_.late_valid_o != 0,
            .hart = node_.late_hart_o,
            .writes_register = node_.late_we_o != 0,
            .destination = node_.late_rd_o,
            .data = node_.late_data_o,
            .stores = node_.late_stored_valid_o != 0,
            .stored = node_.late_stored_o};
  }

  Retirement retirement(unsigned port) const override {
    const auto flag = [port](unsigned flags) { return (flags >> port & 1) != 0; };
    return {.valid = flag(node_.retire_valid_o),
            .hart = node_.retire_hart_o[port],
            .pc = node_.retire_pc_o[port],
            .instruction = node_.retire_insn_o[port],
            .writes_register = flag(node_.retire_rd_we_o),
            .late = flag(node_.retire_late_o),
            .destination = node_.retire_rd_o[port],
            .destination_data = node_.retire_rd_data_o[port],
            .memory = node_.retire_mem_o[port],
            .memory_size = node_.retire_mem_size_o[port],
            .memory_address = node_.retire_mem_addr_o[port],
            .memory_data = node_.retire_mem_data_o[port],
            .trap = flag(node_.retire_trap_o),
            .cause = node_.retire_cause_o[port],
            .trap_value = node_.retire_tval_o[port],
            .vector = port == 0 && node_.retire_vector_o != 0,
            .vector_tag = node_.retire_vector_tag_o};
  }

  VectorWrite vector_write(unsigned port) const override {
    const auto& root = *node_.rootp;
    if ((root.node__DOT__u_vector__DOT__write_valid >> port & 1) == 0) return {};
    // register_write_t: data, byte enables, register, tag, hart from bit 0 on
    const auto& write = port == 0   ? root.node__DOT__u_vector__DOT__load_0_write
                        : port == 1 ? root.node__DOT__u_vector__DOT__load_1_write
                                    : root.node__DOT__u_vector__DOT__execute_write;
    const std::uint32_t place = write[payload_words + 2];
    VectorWrite result{.valid = true,
                       .hart = place >> 9 & 3,
                       .tag = place >> 5 & 15,
                       .synchronous = is_synchronous(place >> 5 & 15),
                       .destination = place & 31,
                       .byte_enable = write[payload_words] | std::uint64_t{write[payload_words + 1]} << 32};
    std::memcpy(result.data.data(), write.data(), result.data.size());
    return result;
  }

  VectorEnd vector_end(unsigned pipe) const override {
    const auto& root = *node_.rootp;
    if ((root.node__DOT__u_vector__DOT__end_valid >> pipe & 1) == 0) return {};
    const unsigned tag = root.node__DOT__u_vector__DOT__end_tag[pipe];
    return {.valid = true,
            .hart = root.node__DOT__u_vector__DOT__entry_hart_q[tag],
            .tag = tag,
            .synchronous = is_synchronous(tag)};
  }

  NetworkEvent packet_applied() const override {
    const auto& root = *node_.rootp;
    return event_of(root.node__DOT__u_network__DOT__applied_valid_q, root.node__DOT__u_network__DOT__applied_header_q,
                    root.node__DOT__u_network__DOT__applied_data_q);
  }

  NetworkEvent read_accepted() const override {
    const auto& root = *node_.rootp;
    return event_of(root.node__DOT__u_network__DOT__read_accepted_valid_q,
                    root.node__DOT__u_network__DOT__read_accepted_header_q,
                    root.node__DOT__u_network__DOT__read_accepted_data_q);
  }

  NodeActivity activity() const override {
    const auto& root = *node_.rootp;
    constexpr unsigned matrix = 0;  // by bit 1 of hw::Unit
    constexpr unsigned transfer = 1;
    NodeActivity result;
    if (root.node__DOT__command_valid != 0) {
      result.command = {
          .unit = (root.node__DOT__command_valid >> transfer & 1) != 0 ? hw::Unit::transfer : hw::Unit::matrix,
          .hart = root.node__DOT__command_hart,
          .address = root.node__DOT__command_address};
    }
    if ((root.node__DOT__done_valid >> matrix & 1) != 0) result.matrix_done = root.node__DOT__done_sem[matrix];
    if ((root.node__DOT__done_valid >> transfer & 1) != 0) result.transfer_done = root.node__DOT__done_sem[transfer];
    if (root.node__DOT__net_sem_valid) {
      result.network_increment = {.semaphore = root.node__DOT__net_sem_id, .amount = root.node__DOT__net_sem_amount};
    }
    for (unsigned i = 0; i < result.arrivals.size(); ++i) {
      if ((root.node__DOT__arrive_valid >> i & 1) != 0) result.arrivals[i] = root.node__DOT__arrive_tree[i];
    }
    const bool to_tree = root.node__DOT__line_valid != 0;
    if (root.node__DOT__inject_valid || to_tree) {
      FlitHeader packed;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled in the next line
      std::memcpy(packed.data(), root.node__DOT__inject_header.data(), sizeof packed);
      (to_tree ? result.line : result.injected) = hw::PacketHeader::decode(packed);
    }
    if (root.node__DOT__u_matrix__DOT__descriptor_valid) {
      result.matrix = {.address = root.node__DOT__u_matrix__DOT__descriptor_address,
                       .taken = root.node__DOT__u_matrix__DOT__descriptor_ready != 0};
    }
    if (root.node__DOT__u_transfer__DOT__offer_valid && root.node__DOT__u_transfer__DOT__offer_taken) {
      result.transfer = transfer_start(root.node__DOT__u_transfer__DOT__offer);
    }
    result.active_streams = root.node__DOT__u_transfer__DOT__active_q;
    for (unsigned c = 0; c < result.waits.size(); ++c) {
      if ((root.node__DOT__list_park_valid >> c & 1) != 0) {
        result.waits[c] = {.semaphore = root.node__DOT__list_park_id[c], .amount = root.node__DOT__list_park_amount[c]};
      }
    }
    // In a cycle in which a packet counts, the release waits.
    if (root.node__DOT__release_valid && !root.node__DOT__net_sem_valid) {
      result.release = {.semaphore = root.node__DOT__release_id, .amount = root.node__DOT__release_amount};
    }
    return result;
  }

  LocalFlits local_flits() const override {
    const auto& root = *node_.rootp;
    return {.to_router = root.node__DOT__inject_valid != 0 ? root.node__DOT__inject_header.data() : nullptr,
            .from_router = root.node__DOT__eject_valid != 0 ? root.node__DOT__eject_header.data() : nullptr};
  }

  /// One rising edge. Nothing in a node happens at the falling edge, so where the class keeps the last clock in a
  /// member that we know, the member is set low instead of evaluating the node again.
  void evaluate() override {
    node_.clk_i = 1;
    node_.eval();
    lower_clock();
  }

  /// What evaluate() ends with.
  void lower_clock() {
    node_.clk_i = 0;
    if constexpr (requires(Verilated& node) { node.rootp->__Vtrigrprev__TOP__clk_i = 0; }) {
      node_.rootp->__Vtrigrprev__TOP__clk_i = 0;
    } else {
      node_.eval();
    }
  }

 protected:
  Verilated node_;

 private:
  /// What an instruction of the hart would read; none: there is no such register.
  [[nodiscard]] std::optional<std::uint64_t> csr(unsigned hart, unsigned address) const {
    const auto& root = *node_.rootp;
    constexpr std::uint64_t misa = 0x8000000000001125;
    const auto bit = [hart](std::uint64_t flags, unsigned place) { return (flags >> hart & 1) << place; };
    const std::uint64_t fflags = root.node__DOT__u_core__DOT__u_extension_csr__DOT__fflags_q[hart];
    const std::uint64_t frm = root.node__DOT__u_core__DOT__u_extension_csr__DOT__frm_q[hart];
    const std::uint64_t vxrm = root.node__DOT__u_core__DOT__u_extension_csr__DOT__vxrm_q[hart];
    const std::uint64_t vxsat = bit(root.node__DOT__u_core__DOT__u_extension_csr__DOT__vxsat_q, 0);
    const std::uint64_t fs = root.node__DOT__u_core__DOT__u_extension_csr__DOT__float_status_q[hart];
    const std::uint64_t vs = root.node__DOT__u_core__DOT__u_extension_csr__DOT__vector_status_q[hart];
    constexpr unsigned entries = hw::pmp_entries;
    if (address - hw::csr_pmpaddr0 < entries) {
      return root.node__DOT__u_core__DOT__u_pmp__DOT__address_q[entries * hart + address - hw::csr_pmpaddr0];
    }
    if (address == hw::csr_pmpcfg0 || address == hw::csr_pmpcfg2) {
      std::uint64_t value = 0;
      for (unsigned i = 0; i < 8; ++i) {
        const unsigned entry = entries * hart + (address == hw::csr_pmpcfg2 ? 8 : 0) + i;
        const std::uint64_t stored = root.node__DOT__u_core__DOT__u_pmp__DOT__configuration_q[entry];
        value |= ((stored & 0x20) << 2 | (stored & 0x1f)) << (8 * i);
      }
      return value;
    }
    switch (address) {
      case hw::csr_fflags:
        return fflags;
      case hw::csr_frm:
        return frm;
      case hw::csr_fcsr:
        return frm << 5 | fflags;
      case hw::csr_vstart:
        return root.node__DOT__u_core__DOT__u_extension_csr__DOT__vstart_q[hart];
      case hw::csr_vxsat:
        return vxsat;
      case hw::csr_vxrm:
        return vxrm;
      case hw::csr_vcsr:
        return vxrm << 1 | vxsat;
      case hw::csr_xcfflags:
        return root.node__DOT__u_core__DOT__u_extension_csr__DOT__xcfflags_q[hart];
      case hw::csr_xseed:
        return root.node__DOT__u_core__DOT__u_extension_csr__DOT__seed_q[hart];
      case hw::csr_vl:
        return root.node__DOT__u_core__DOT__u_extension_csr__DOT__vl_q[hart];
      case hw::csr_vtype:
        return bit(root.node__DOT__u_core__DOT__u_extension_csr__DOT__vill_q, 63) != 0
                   ? std::uint64_t{1} << 63
                   : root.node__DOT__u_core__DOT__u_extension_csr__DOT__vtype_q[hart];
      case hw::csr_vlenb:
        return hw::line_bytes;
      case hw::csr_cycle:
      case hw::csr_time:
      case hw::csr_mcycle:
        return node_.cycle_i;
      case hw::csr_instret:
      case hw::csr_minstret:
        return root.node__DOT__u_core__DOT__u_csr__DOT__instret_q[hart];
      case hw::csr_mvendorid:
      case hw::csr_marchid:
      case hw::csr_mimpid:
      case hw::csr_mconfigptr:
        return 0;
      case hw::csr_mhartid:
        return hart;
      case hw::csr_mstatus:
        return std::uint64_t{fs == 3 || vs == 3} << 63 | fs << 13 | std::uint64_t{3} << 11 | vs << 9 |
               bit(root.node__DOT__u_core__DOT__u_csr__DOT__status_mpie_q, 7) |
               bit(root.node__DOT__u_core__DOT__u_csr__DOT__status_mie_q, 3);
      case hw::csr_misa:
        return misa;
      case hw::csr_mie:
        return bit(root.node__DOT__u_core__DOT__u_csr__DOT__mie_external_q, 11) |
               bit(root.node__DOT__u_core__DOT__u_csr__DOT__mie_timer_q, 7) |
               bit(root.node__DOT__u_core__DOT__u_csr__DOT__mie_software_q, 3);
      case hw::csr_mip:
        return bit(root.node__DOT__u_core__DOT__u_csr__DOT__mip_external_q, 11) |
               bit(root.node__DOT__u_core__DOT__u_csr__DOT__mip_timer_q, 7) |
               bit(root.node__DOT__u_core__DOT__u_csr__DOT__mip_software_q, 3);
      case hw::csr_mtvec:
        return root.node__DOT__u_core__DOT__u_csr__DOT__mtvec_q[hart];
      case hw::csr_mscratch:
        return root.node__DOT__u_core__DOT__u_csr__DOT__mscratch_q[hart];
      case hw::csr_mepc:
        return root.node__DOT__u_core__DOT__u_csr__DOT__mepc_q[hart];
      case hw::csr_mcause:
        return root.node__DOT__u_core__DOT__u_csr__DOT__mcause_q[hart];
      case hw::csr_mtval:
        return root.node__DOT__u_core__DOT__u_csr__DOT__mtval_q[hart];
      case hw::csr_xnode:
        return node_.x_i | std::uint64_t{node_.y_i} << 16;
      default:
        return std::nullopt;
    }
  }

  [[nodiscard]] bool is_synchronous(unsigned tag) const {
    return (node_.rootp->node__DOT__u_vector__DOT__entry_synchronous_q >> tag & 1) != 0;
  }

  /// offer_t of transfer_pkg: descriptor, uncorrectable, bad, address, hart, number, channel from bit 0 on.
  static TransferStart transfer_start(const VlWide<18>& offer) {
    constexpr unsigned descriptor_words = sizeof(hw::TransferDescriptor) / 4;
    const std::uint64_t tag = offer[descriptor_words] | std::uint64_t{offer[descriptor_words + 1]} << 32;
    TransferStart result{.channel = static_cast<unsigned>(tag >> 38 & 3),
                         .hart = static_cast<unsigned>(tag >> 34 & 3),
                         .address = static_cast<std::uint32_t>(tag >> 2),
                         .bad = (tag & 3) != 0};
    std::memcpy(&result.descriptor, offer.data(), sizeof result.descriptor);
    return result;
  }

  static NetworkEvent event_of(bool valid, const VlWide<header_words>& header, const VlWide<payload_words>& payload) {
    NetworkEvent event;
    if (!valid) return event;
    event.valid = true;
    std::memcpy(event.header.data(), header.data(), sizeof event.header);
    std::memcpy(event.payload.data(), payload.data(), sizeof event.payload);
    return event;
  }
};

}  // namespace dojo::sim
