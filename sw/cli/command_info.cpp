// dojo info: the machine's configuration and what this build supports.

#include <fmt/format.h>

#include <thread>

#include "cli/commands.hpp"
#include "common/die.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::cli {

int show_info(Session& session, nlohmann::ordered_json& results) {
  constexpr double edge_rate = hw::edge_slots - 1.0 / hw::edge_beats;
  results["harts"] = hw::harts;
  results["isa"] = "RV64IMAFC_Zicsr_Zifencei_Zve32f_Zvl512b_Zvfbfmin_Zvfbfwma + Xdojo";
  results["sram_bytes"] = hw::sram_size;
  results["sram_banks"] = hw::sram_banks;
  results["semaphores"] = hw::semaphores;
  results["matrix_macs_per_cycle"] = 256;
  results["matrix_formats"] = {"bf16", "cf8_143", "cf8_152"};
  results["vector_lanes"] = hw::line_bytes / 4;
  results["flit_payload_bytes"] = hw::line_bytes;
  results["clock_hz"] = hw::clock_hz;
  results["mesh_max_columns"] = mesh_limit;
  results["mesh_max_rows"] = mesh_limit;
  results["edge_ports"] = hw::edge_ports;
  results["edge_latency_cycles"] = hw::edge_latency;
  results["edge_flits_per_cycle"] = edge_rate;
  results["backends"] = {"rtl", "model"};
  results["benches"] = {"collective", "conv", "gemm", "noc", "scalar", "sim", "transfer", "vector"};
  results["rtl_bytes_per_node"] = sim::rtl_bytes_per_node();
  results["rtl_bytes_per_edge"] = sim::edge_end_bytes();
  results["processors"] = std::thread::hardware_concurrency();

  constexpr double kib = 1024.0;
  session.say("Machine");
  session.say("  mesh            any COLSxROWS, --mesh; one cycle per hop, one flit of 64 bytes per link and cycle");
  session.say(fmt::format(
      "  dies            any COLSxROWS, --dies; {} flits per cycle and {} cycles over an edge of at most {} nodes",
      edge_rate, hw::edge_latency, hw::edge_ports));
  session.say(fmt::format("  clock           {:.1f} GHz, for which rates are stated", hw::clock_hz / 1e9));
  session.say("Node");
  session.say(fmt::format(
      "  harts           {} x RV64IMAFC_Zicsr_Zifencei_Zve32f_Zvl512b_Zvfbfmin_Zvfbfwma + Xdojo, machine mode",
      hw::harts));
  session.say(fmt::format("  SRAM            {:.0f} KiB in {} banks, {} bytes per line",
                          static_cast<double>(hw::sram_size) / kib, hw::sram_banks, hw::line_bytes));
  session.say(
      "  matrix unit     8x8x4 per cycle (256 multiply-accumulates), BF16 and CFloat8 operands, FP32 accumulators");
  session.say(fmt::format("  vector unit     {} FP32 lanes per cycle", hw::line_bytes / 4));
  session.say(fmt::format("  semaphores      {}", hw::semaphores));
  session.say("This build");
  session.say("  backends        rtl (cycle-accurate), model (bit-exact, fast)");
  session.say("  formats         bf16, cf8_143, cf8_152");
  session.say("  benches         collective, conv, gemm, noc, scalar, sim, transfer, vector");
  session.say(
      fmt::format("  memory          {:.2f} MiB of the host per RTL node, {:.2f} MiB per end of a die-edge link",
                  static_cast<double>(sim::rtl_bytes_per_node()) / kib / kib,
                  static_cast<double>(sim::edge_end_bytes()) / kib / kib));
  return 0;
}

}  // namespace dojo::cli
