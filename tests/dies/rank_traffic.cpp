// Traffic over all dies of a machine, simulated by the ranks that mpirun has started, or by one process without it:
// prints cycles, hash over the links, checksum of the results and whether hosts have what they copy from DRAM.
// Arguments: DIES (columns, of 2x2 nodes each), THREADS, BIT_ERROR_RATE; then `save FOLDER EVERY CYCLES`, which ends
// after CYCLES and prints nothing, or `resume FOLDER`.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/dip_list.hpp"
#include "runtime/host_queue.hpp"
#include "sim/mpi_exchange.hpp"
#include "tests/sim/launched.hpp"

namespace {

constexpr std::uint64_t copied_bytes = 4096;

/// Each host is given the first bytes of its Interface Processor's DRAM, by a list behind them.
void start_copies(dojo::Backend& machine) {
  const dojo::DipList list = dojo::DipList().push(0, 0, copied_bytes);
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    const std::vector<std::uint8_t> bytes(copied_bytes, static_cast<std::uint8_t>(dip + 1));
    machine.write_dram(dip, 0, std::as_bytes(std::span(bytes)));
    machine.write_dram(dip, copied_bytes, std::as_bytes(std::span(list.descriptors())));
    machine.write_dip_register(dip, dojo::hw::dip_control_list_start_address(),
                               copied_bytes | dojo::HostQueue::to_host);
  }
}

/// Whether all of it is there.
bool have_copied(dojo::Backend& machine) {
  bool good = true;
  for (unsigned dip = 0; dip < machine.dips().size(); ++dip) {
    std::vector<std::byte> bytes(copied_bytes);
    machine.read_host(dip, 0, bytes);
    good = good && std::ranges::all_of(bytes, [&](std::byte byte) { return byte == static_cast<std::byte>(dip + 1); });
  }
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::uint64_t rounds = 2;
  constexpr std::uint64_t cycle_limit = 400000;
  if (argc != 4 && argc != 6 && argc != 8) return EXIT_FAILURE;
  const dojo::sim::MpiSession mpi;
  dojo::sim::RtlConfig config{.mesh = {.columns = 2, .rows = 2}, .memory = true, .link_hash = true};
  config.dies.columns = static_cast<unsigned>(std::atoi(argv[1]));
  config.threads = static_cast<unsigned>(std::atoi(argv[2]));
  config.errors.bit_error_rate = std::atof(argv[3]);
  const bool saves = argc > 4 && std::string_view(argv[4]) == "save";
  if (saves) config.snapshots = {.every = std::strtoull(argv[6], nullptr, 10), .folder = argv[5]};
  if (argc > 4 && !saves) config.snapshots = {.resume_from = argv[5]};
  if (mpi.has_others()) config.make_exchange = dojo::sim::make_mpi_exchange;
  dojo::sim::Launched traffic(config, "test_traffic", dojo::hw::harts, {rounds});
  start_copies(traffic.machine());
  if (saves) {
    traffic.machine().run(std::strtoull(argv[7], nullptr, 10));
    return EXIT_SUCCESS;
  }
  traffic.run(cycle_limit);
  const std::uint64_t hash = traffic.machine().engine().link_hash();
  const std::uint64_t checksum = traffic.checksum();
  const bool copied = have_copied(traffic.machine());
  if (mpi.rank() == 0) {
    fmt::print("{} {:016x} {:016x} {}\n", traffic.machine().cycles(), hash, checksum, copied ? "copied" : "NOT COPIED");
  }
  return EXIT_SUCCESS;
}
