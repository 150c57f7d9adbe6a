#include "sim/wave_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "sim/node_model.hpp"

namespace dojo::sim {
namespace {

constexpr auto bits = WaveFormat::bits;
constexpr auto hexadecimal = WaveFormat::hexadecimal;
constexpr auto decimal = WaveFormat::decimal;
constexpr auto named = WaveFormat::named;

constexpr unsigned transfer_channels = 4;
constexpr std::array<std::string_view, directions> direction_names{"north", "east", "south", "west"};

WaveGroup clock_group() {
  return {.title = "node",
          .block = "node",
          .signals = {{"clock", "clk_i", bits},
                      {"cycle", "cycle_i", decimal},
                      {"idle", "idle_o", bits},
                      {"unit fault", "fault_o", bits},
                      {"wake at cycle", "wake_cycle_o", hexadecimal},
                      {"host write", "host_valid_i", bits},
                      {"host address", "host_address_i", hexadecimal},
                      {"host data", "host_data_i", hexadecimal}}};
}

WaveGroup hart_group(unsigned hart) {
  const std::string index = fmt::format("[{}]", hart);
  return {.title = fmt::format("core: hart {}", hart),
          .block = fmt::format("u_core {}", hart),
          .signals = {{"state", "u_core.u_harts.state_q" + index, named},
                      {"next PC", "u_core.pc_q" + index, hexadecimal, WaveNames::code},
                      {"fetched PC", "u_core.ir_pc" + index, hexadecimal, WaveNames::code},
                      {"fetched instruction", "u_core.ir_insn" + index, hexadecimal, WaveNames::instruction},
                      {"harts that wait for a semaphore", "park_valid", bits},
                      {"semaphore it waits for", "park_id" + index, decimal},
                      {"amount it waits for", "park_amount" + index, decimal},
                      {"mcause", "u_core.u_csr.mcause_q" + index, hexadecimal, WaveNames::cause},
                      {"mepc", "u_core.u_csr.mepc_q" + index, hexadecimal, WaveNames::code},
                      {"mtval", "u_core.u_csr.mtval_q" + index, hexadecimal},
                      {"mtvec", "u_core.u_csr.mtvec_q" + index, hexadecimal, WaveNames::code},
                      {"instructions retired", "u_core.u_csr.instret_q" + index, decimal}}};
}

WaveGroup execute_group(unsigned slot) {
  const std::string index = fmt::format("[{}]", slot);
  return {.title = fmt::format("core: execute, slot {}", slot),
          .block = "u_core execute",
          .signals = {{"slots valid", "u_core.x_valid", bits},
                      {"slots on hold", "u_core.hold", bits},
                      {"hart", "u_core.x_hart" + index, decimal},
                      {"PC", "u_core.x_pc" + index, hexadecimal, WaveNames::code},
                      {"instruction", "u_core.x_insn" + index, hexadecimal, WaveNames::instruction},
                      {"operation", "u_core.x_op" + index, named},
                      {"operand a", "u_core.x_a" + index, hexadecimal},
                      {"operand b", "u_core.x_b" + index, hexadecimal},
                      {"result", "u_core.result" + index, hexadecimal},
                      {"trap in slot 0", "u_core.trap", bits}}};
}

WaveGroup retire_group(unsigned slot) {
  const std::string index = fmt::format("[{}]", slot);
  return {.title = fmt::format("core: retirement, slot {}", slot),
          .block = "u_core retire",
          .signals = {{"slots valid", "retire_valid_o", bits},
                      {"hart", "retire_hart_o" + index, decimal},
                      {"PC", "retire_pc_o" + index, hexadecimal, WaveNames::code},
                      {"instruction", "retire_insn_o" + index, hexadecimal, WaveNames::instruction},
                      {"registers written", "retire_rd_we_o", bits},
                      {"... by a late result", "retire_late_o", bits},
                      {"register", "retire_rd_o" + index, decimal},
                      {"register data", "retire_rd_data_o" + index, hexadecimal},
                      {"memory access (1 load, 2 store, 3 atomic)", "retire_mem_o" + index, decimal},
                      {"memory address", "retire_mem_addr_o" + index, hexadecimal},
                      {"memory data", "retire_mem_data_o" + index, hexadecimal},
                      {"traps", "retire_trap_o", bits},
                      {"cause", "retire_cause_o" + index, hexadecimal, WaveNames::cause},
                      {"value", "retire_tval_o" + index, hexadecimal}}};
}

WaveGroup late_group() {
  return {.title = "core: late results",
          .block = "u_core late",
          .signals = {{"valid", "late_valid_o", bits},
                      {"hart", "late_hart_o", decimal},
                      {"register written", "late_we_o", bits},
                      {"register", "late_rd_o", decimal},
                      {"register data", "late_data_o", hexadecimal}}};
}

WaveGroup command_group() {
  return {.title = "commands and semaphores",
          .block = "u_semaphore",
          .signals = {{"command to transfer, matrix", "command_valid", bits},
                      {"descriptor", "command_address", hexadecimal},
                      {"room in queue", "command_ready", bits},
                      {"done", "done_valid", bits},
                      {"refused", "fault_valid", bits},
                      {"why: transfer", "fault_cause[0]", hexadecimal, WaveNames::unit_fault},
                      {"why: matrix", "fault_cause[1]", hexadecimal, WaveNames::unit_fault},
                      {"fault register", "u_control.fault_q", hexadecimal},
                      {"access refused", "refused_access.valid", bits},
                      {"kind of access", "refused_access.kind", hexadecimal, WaveNames::access_kind},
                      {"waiting harts", "park_valid", bits},
                      {"wait asked", "wait_valid", bits},
                      {"wait granted", "wait_ok", bits}}};
}

WaveGroup semaphore_group() {
  WaveGroup group{.title = "counts of semaphores", .block = "u_semaphore counts", .signals = {}};
  for (unsigned s = 0; s < hw::semaphores; ++s) {
    group.signals.push_back({fmt::format("semaphore {}", s), fmt::format("u_semaphore.count_q[{}]", s), decimal});
  }
  return group;
}

WaveGroup matrix_group() {
  return {.title = "matrix unit",
          .block = "u_matrix",
          .signals = {
              {"idle", "matrix_idle", bits},
              {"steps", "u_matrix.steps_o", decimal},
              {"descriptor: operation", "u_matrix.u_sequencer.descriptor.op", hexadecimal, WaveNames::matrix_operation},
              {"format of A", "u_matrix.u_sequencer.tile_o.a_format.format", hexadecimal, WaveNames::matrix_format},
              {"format of B", "u_matrix.u_sequencer.tile_o.b_format.format", hexadecimal, WaveNames::matrix_format},
              {"step stage 1", "u_matrix.u_datapath.valid1_q", bits},
              {"step stage 2", "u_matrix.u_datapath.valid2_q", bits},
              {"accumulator", "u_matrix.u_datapath.accumulator1_q", decimal},
              {"sequencer state", "u_matrix.u_sequencer.state_q", named},
              {"rows of tiles left", "u_matrix.u_sequencer.m_left_q", decimal},
              {"columns of tiles left", "u_matrix.u_sequencer.n_left_q", decimal},
              {"operand stalls", "u_matrix.operand_stalls_o", decimal},
              {"drain stalls", "u_matrix.drain_stalls_o", decimal},
              {"read requests A, B", "matrix_vr_valid", bits},
              {"read grants A, B", "matrix_vr_grant", bits},
              {"write request", "matrix_vw_valid", bits},
              {"write grant", "matrix_vw_grant", bits},
              {"write line", "matrix_vw_line", hexadecimal}}};
}

WaveGroup vector_group() {
  return {.title = "vector unit",
          .block = "u_vector",
          .signals = {{"idle", "vector_idle", bits},
                      {"dispatch", "vector_dispatch_valid", bits},
                      {"dispatch ready", "vector_dispatch_ready", bits},
                      {"tag of the next dispatch", "vector_dispatch_tag", decimal},
                      {"harts with instructions in flight", "vector_busy", bits},
                      {"harts with loads in flight", "vector_loads", bits},
                      {"harts with stores in flight", "vector_stores", bits},
                      {"completion", "vector_done_valid", bits},
                      {"starting load", "u_vector.load_valid", bits},
                      {"starting store", "u_vector.store_valid", bits},
                      {"starting arithmetic", "u_vector.execute_valid", bits},
                      {"register writes: load 0, load 1, arithmetic", "u_vector.write_valid", bits},
                      {"ends: load 0, load 1, store, arithmetic", "u_vector.end_valid", bits},
                      {"read requests", "vector_vr_valid", bits},
                      {"read grants", "vector_vr_grant", bits},
                      {"write request", "vector_vw_valid", bits},
                      {"write grant", "vector_vw_grant", bits},
                      {"write line", "vector_vw_line", hexadecimal}}};
}

WaveGroup sram_group() {
  return {.title = "SRAM",
          .block = "u_sram",
          .signals = {{"scalar request", "s_valid", bits},
                      {"scalar write", "s_write", bits},
                      {"scalar grant", "s_grant", bits},
                      {"scalar line", "s_line", hexadecimal},
                      {"vector read requests", "vr_valid", bits},
                      {"vector read grants", "vr_grant", bits},
                      {"vector read lines", "vr_line", hexadecimal},
                      {"vector read 0 data", "vr_data[0]", hexadecimal},
                      {"vector read 1 data", "vr_data[1]", hexadecimal},
                      {"vector write request", "vw_valid", bits},
                      {"vector write grant", "vw_grant", bits},
                      {"vector write line", "vw_line", hexadecimal},
                      {"network read request", "nr_valid", bits},
                      {"network read grant", "nr_grant", bits},
                      {"network read line", "nr_line", hexadecimal},
                      {"network write request", "nw_valid", bits},
                      {"network write grant", "nw_grant", bits},
                      {"network write line", "nw_line", hexadecimal}}};
}

WaveGroup transfer_group() {
  WaveGroup group{.title = "transfer engine",
                  .block = "u_transfer",
                  .signals = {{"idle", "transfer_idle", bits},
                              {"line to the network", "send_valid", bits},
                              {"line taken", "send_ready", bits},
                              {"line", "send_data", hexadecimal},
                              {"pull request", "pull_valid", bits},
                              {"remote read to serve", "read_valid", bits},
                              {"remote read taken", "read_ready", bits},
                              {"channels that wait for a semaphore", "list_park_valid", bits}}};
  for (unsigned c = 0; c < transfer_channels; ++c) {
    group.signals.push_back({fmt::format("channel {}: operation", c),
                             fmt::format("u_transfer.u_lists.hold[{}].descriptor.op", c), hexadecimal,
                             WaveNames::transfer_operation});
    group.signals.push_back(
        {fmt::format("channel {}: semaphore it waits for", c), fmt::format("list_park_id[{}]", c), decimal});
  }
  return group;
}

WaveGroup network_group() {
  return {.title = "network interface",
          .block = "u_network",
          .signals = {{"idle", "network_idle", bits},
                      {"flit injected", "inject_valid", bits},
                      {"flit ejected", "eject_valid", bits},
                      {"packet applied", "u_network.applied_valid_q", bits},
                      {"its operation", "u_network.applied_header_q.op", hexadecimal, WaveNames::packet_operation},
                      {"its class", "u_network.applied_header_q.cls", hexadecimal, WaveNames::packet_class},
                      {"from column", "u_network.applied_header_q.src_x", decimal},
                      {"from row", "u_network.applied_header_q.src_y", decimal},
                      {"its address", "u_network.applied_header_q.addr", hexadecimal},
                      {"applied data", "u_network.applied_data_q", hexadecimal},
                      {"packet dropped", "u_network.applied_dropped_q", bits},
                      {"remote read accepted", "u_network.read_accepted_valid_q", bits},
                      {"credits left: request", "u_network.credits[0]", decimal},
                      {"credits left: data", "u_network.credits[1]", decimal},
                      {"remote store", "remote_valid", bits},
                      {"remote store address", "remote_address", hexadecimal}}};
}

WaveGroup tree_group() {
  WaveGroup group{.title = "trees",
                  .block = "u_collective",
                  .signals = {{"arrivals (host, network, core)", "arrive_valid", bits},
                              {"barrier released", "release_valid", bits},
                              {"barrier unit busy", "barrier_busy", bits},
                              {"collective unit busy", "collective_busy", bits},
                              {"own line", "line_valid", bits},
                              {"own line taken", "line_ready", bits},
                              {"line up (west south east north)", "up_valid", bits},
                              {"line down (west south east north)", "down_valid", bits},
                              {"line delivered", "deliver_valid", bits},
                              {"lines in (west south east north)", "tree_valid_i", bits},
                              {"lines out (west south east north)", "tree_valid_o", bits}}};
  for (unsigned d = 0; d < directions; ++d) {
    group.signals.push_back(
        {fmt::format("{} tokens in (down, up)", direction_names[d]), fmt::format("token_i[{}]", d), bits});
    group.signals.push_back(
        {fmt::format("{} tokens out (down, up)", direction_names[d]), fmt::format("token_o[{}]", d), bits});
  }
  return group;
}

WaveGroup router_group() {
  WaveGroup group{.title = "router",
                  .block = "u_router",
                  .signals = {{"empty", "router_empty", bits},
                              {"flits in (west south east north)", "flit_valid_i", bits},
                              {"flits out (west south east north)", "flit_valid_o", bits},
                              {"credits in (data, request)", "credit_i", bits},
                              {"credits out (data, request)", "credit_o", bits}}};
  for (unsigned d = 0; d < directions; ++d) {
    const auto add = [&group, d](std::string_view name, const std::string& path, WaveFormat format,
                                 WaveNames names = WaveNames::none) {
      group.signals.push_back({fmt::format("{} {}", direction_names[d], name), path, format, names});
    };
    const std::string out = fmt::format("u_router.flit_header_o[{}].", d);
    add("out: operation", out + "op", hexadecimal, WaveNames::packet_operation);
    add("out: class", out + "cls", hexadecimal, WaveNames::packet_class);
    add("out: to column", out + "dst_x", decimal);
    add("out: to row", out + "dst_y", decimal);
    add("out: address", out + "addr", hexadecimal);
    add("credits left: request", fmt::format("u_router.credits[{}][0]", d), decimal);
    add("credits left: data", fmt::format("u_router.credits[{}][1]", d), decimal);
    add("flits held: request", fmt::format("u_router.count[{}][0]", d), decimal);
    add("flits held: data", fmt::format("u_router.count[{}][1]", d), decimal);
    group.signals.push_back(
        {fmt::format("{} out data", direction_names[d]), fmt::format("flit_data_o[{}]", d), hexadecimal});
  }
  return group;
}

/// Blocks whose groups come first.
std::vector<std::string> first_blocks(const WaveSubject& subject) {
  const std::string hart = fmt::format("u_core {}", subject.hart);
  switch (subject.problem) {
    case WaveProblem::trap:
      return {hart, "u_core retire", "u_core execute", "u_semaphore"};
    case WaveProblem::hang:
      return {hart, "u_semaphore", "u_semaphore counts", "u_transfer", "u_network", "u_router", "u_collective"};
    case WaveProblem::mismatch:
      return {"u_core retire", "u_core late", hart, "u_core execute", "u_vector"};
    case WaveProblem::network:
      return {"u_router", "u_network", "u_transfer"};
    case WaveProblem::wrong_result:
      return {"u_matrix", "u_vector", "u_sram", "u_semaphore"};
    case WaveProblem::assertion:
      if (subject.block == "u_core") return {"u_core execute", "u_core retire", "u_core late", hart};
      if (subject.block == "u_barrier" || subject.block == "u_trees") return {"u_collective", "u_network"};
      if (subject.block == "u_control" || subject.block == "u_guard") return {"u_semaphore", "u_network"};
      return {subject.block, "u_semaphore"};
    case WaveProblem::none:
      break;
  }
  return {hart, "u_core execute", "u_core retire", "u_core late", "u_semaphore", "u_matrix", "u_vector", "u_sram"};
}

}  // namespace

std::string_view to_string(WaveProblem problem) {
  switch (problem) {
    case WaveProblem::trap:
      return "trap";
    case WaveProblem::hang:
      return "hang";
    case WaveProblem::assertion:
      return "assertion";
    case WaveProblem::mismatch:
      return "mismatch";
    case WaveProblem::network:
      return "network";
    case WaveProblem::wrong_result:
      return "wrong result";
    case WaveProblem::none:
      break;
  }
  return "none";
}

std::vector<WaveGroup> wave_groups(const WaveSubject& subject) {
  std::vector<WaveGroup> all;
  constexpr unsigned others = 32;
  all.reserve(others);
  for (unsigned hart = 0; hart < hw::harts; ++hart) all.push_back(hart_group(hart));
  for (unsigned slot = 0; slot < retire_ports; ++slot) all.push_back(execute_group(slot));
  for (unsigned slot = 0; slot < retire_ports; ++slot) all.push_back(retire_group(slot));
  for (const auto& make : {late_group, command_group, semaphore_group, matrix_group, vector_group, sram_group,
                           transfer_group, network_group, tree_group, router_group}) {
    all.push_back(make());
  }
  const std::vector<std::string> first = first_blocks(subject);
  std::vector<WaveGroup> ordered{clock_group()};
  for (const std::string& block : first) {
    std::ranges::copy_if(all, std::back_inserter(ordered),
                         [&](const WaveGroup& group) { return group.block == block; });
  }
  for (WaveGroup& group : all) {
    if (std::ranges::find(first, group.block) != first.end()) continue;
    group.closed = true;
    ordered.push_back(std::move(group));
  }
  return ordered;
}

std::string instance_name(Coordinates node) {
  return fmt::format("node_{}_{}", node.x, node.y);
}

}  // namespace dojo::sim
