#include "sim/wave_groups.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "sim/node_model.hpp"

namespace dojo::sim {
namespace {

constexpr auto bits = WaveFormat::bits;
constexpr auto hexadecimal = WaveFormat::hexadecimal;
constexpr auto decimal = WaveFormat::decimal;
constexpr auto named = WaveFormat::named;

constexpr std::array<std::string_view, directions> direction_names{"north", "east", "south", "west"};

WaveGroup clock_group() {
  return {.title = "node",
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
          .closed = hart != 0,
          .signals = {{"state", "u_core.u_harts.state_q" + index, named},
                      {"next PC", "u_core.pc_q" + index, hexadecimal},
                      {"fetched PC", "u_core.ir_pc" + index, hexadecimal},
                      {"fetched instruction", "u_core.ir_insn" + index, hexadecimal},
                      {"mcause", "u_core.u_csr.mcause_q" + index, hexadecimal},
                      {"instructions retired", "u_core.u_csr.instret_q" + index, decimal}}};
}

WaveGroup execute_group(unsigned slot) {
  const std::string index = fmt::format("[{}]", slot);
  return {.title = fmt::format("core: execute, slot {}", slot),
          .signals = {{"slots valid", "u_core.x_valid", bits},
                      {"slots on hold", "u_core.hold", bits},
                      {"hart", "u_core.x_hart" + index, decimal},
                      {"PC", "u_core.x_pc" + index, hexadecimal},
                      {"instruction", "u_core.x_insn" + index, hexadecimal},
                      {"operand a", "u_core.x_a" + index, hexadecimal},
                      {"operand b", "u_core.x_b" + index, hexadecimal},
                      {"result", "u_core.result" + index, hexadecimal},
                      {"trap in slot 0", "u_core.trap", bits}}};
}

WaveGroup retire_group(unsigned slot) {
  const std::string index = fmt::format("[{}]", slot);
  return {.title = fmt::format("core: retirement, slot {}", slot),
          .signals = {{"slots valid", "retire_valid_o", bits},
                      {"hart", "retire_hart_o" + index, decimal},
                      {"PC", "retire_pc_o" + index, hexadecimal},
                      {"instruction", "retire_insn_o" + index, hexadecimal},
                      {"registers written", "retire_rd_we_o", bits},
                      {"... by a late result", "retire_late_o", bits},
                      {"register", "retire_rd_o" + index, decimal},
                      {"register data", "retire_rd_data_o" + index, hexadecimal},
                      {"memory access (1 load, 2 store, 3 atomic)", "retire_mem_o" + index, decimal},
                      {"memory address", "retire_mem_addr_o" + index, hexadecimal},
                      {"memory data", "retire_mem_data_o" + index, hexadecimal},
                      {"traps", "retire_trap_o", bits},
                      {"cause", "retire_cause_o" + index, hexadecimal}}};
}

WaveGroup late_group() {
  return {.title = "core: late results",
          .signals = {{"valid", "late_valid_o", bits},
                      {"hart", "late_hart_o", decimal},
                      {"register written", "late_we_o", bits},
                      {"register", "late_rd_o", decimal},
                      {"register data", "late_data_o", hexadecimal}}};
}

WaveGroup command_group() {
  return {.title = "commands and semaphores",
          .signals = {{"command to transfer, matrix", "command_valid", bits},
                      {"descriptor", "command_address", hexadecimal},
                      {"room in queue", "command_ready", bits},
                      {"done", "done_valid", bits},
                      {"refused", "fault_valid", bits},
                      {"semaphore 0", "u_semaphore.count_q[0]", decimal},
                      {"semaphore 1", "u_semaphore.count_q[1]", decimal},
                      {"semaphore 2", "u_semaphore.count_q[2]", decimal},
                      {"semaphore 3", "u_semaphore.count_q[3]", decimal},
                      {"waiting harts", "park_valid", bits},
                      {"wait asked", "wait_valid", bits},
                      {"wait granted", "wait_ok", bits}}};
}

WaveGroup matrix_group() {
  return {.title = "matrix unit",
          .signals = {{"idle", "matrix_idle", bits},
                      {"steps", "u_matrix.steps_o", decimal},
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
  return {.title = "transfer engine",
          .closed = true,
          .signals = {{"idle", "transfer_idle", bits},
                      {"line to the network", "send_valid", bits},
                      {"line taken", "send_ready", bits},
                      {"line", "send_data", hexadecimal},
                      {"pull request", "pull_valid", bits},
                      {"remote read to serve", "read_valid", bits},
                      {"remote read taken", "read_ready", bits},
                      {"channels that wait for a semaphore", "list_park_valid", bits}}};
}

WaveGroup network_group() {
  return {.title = "network interface",
          .closed = true,
          .signals = {{"idle", "network_idle", bits},
                      {"flit injected", "inject_valid", bits},
                      {"flit ejected", "eject_valid", bits},
                      {"packet applied", "u_network.applied_valid_q", bits},
                      {"applied data", "u_network.applied_data_q", hexadecimal},
                      {"packet dropped", "u_network.applied_dropped_q", bits},
                      {"remote read accepted", "u_network.read_accepted_valid_q", bits},
                      {"remote store", "remote_valid", bits},
                      {"remote store address", "remote_address", hexadecimal}}};
}

WaveGroup tree_group() {
  WaveGroup group{.title = "trees",
                  .closed = true,
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
                  .closed = true,
                  .signals = {{"empty", "router_empty", bits},
                              {"flits in (west south east north)", "flit_valid_i", bits},
                              {"flits out (west south east north)", "flit_valid_o", bits},
                              {"credits in (data, request)", "credit_i", bits},
                              {"credits out (data, request)", "credit_o", bits}}};
  for (unsigned d = 0; d < directions; ++d) {
    group.signals.push_back(
        {fmt::format("{} out header", direction_names[d]), fmt::format("flit_header_o[{}]", d), hexadecimal});
    group.signals.push_back(
        {fmt::format("{} out data", direction_names[d]), fmt::format("flit_data_o[{}]", d), hexadecimal});
  }
  return group;
}

}  // namespace

const std::vector<WaveGroup>& wave_groups() {
  static const std::vector<WaveGroup> groups = [] {
    std::vector<WaveGroup> all{clock_group()};
    for (unsigned hart = 0; hart < hw::harts; ++hart) all.push_back(hart_group(hart));
    for (unsigned slot = 0; slot < retire_ports; ++slot) all.push_back(execute_group(slot));
    for (unsigned slot = 0; slot < retire_ports; ++slot) all.push_back(retire_group(slot));
    for (const auto& make : {late_group, command_group, matrix_group, vector_group, sram_group, transfer_group,
                             network_group, tree_group, router_group}) {
      all.push_back(make());
    }
    return all;
  }();
  return groups;
}

std::string instance_name(Coordinates node) {
  return fmt::format("node_{}_{}", node.x, node.y);
}

}  // namespace dojo::sim
