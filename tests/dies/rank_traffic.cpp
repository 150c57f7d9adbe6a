// Traffic over all dies of a machine, simulated by the ranks that mpirun has started, or by one process without it:
// prints cycles, hash over the links and checksum of the results. Arguments: DIES (columns, of 2x2 nodes each),
// THREADS, BIT_ERROR_RATE; then `save FOLDER EVERY CYCLES`, which ends after CYCLES and prints nothing, or `resume
// FOLDER`.

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "sim/mpi_exchange.hpp"
#include "tests/sim/launched.hpp"

int main(int argc, char** argv) {
  constexpr std::uint64_t rounds = 2;
  constexpr std::uint64_t cycle_limit = 400000;
  if (argc != 4 && argc != 6 && argc != 8) return EXIT_FAILURE;
  const dojo::sim::MpiSession mpi;
  dojo::sim::RtlConfig config{.mesh = {.columns = 2, .rows = 2}, .link_hash = true};
  config.dies.columns = static_cast<unsigned>(std::atoi(argv[1]));
  config.threads = static_cast<unsigned>(std::atoi(argv[2]));
  config.errors.bit_error_rate = std::atof(argv[3]);
  const bool saves = argc > 4 && std::string_view(argv[4]) == "save";
  if (saves) config.snapshots = {.every = std::strtoull(argv[6], nullptr, 10), .folder = argv[5]};
  if (argc > 4 && !saves) config.snapshots = {.resume_from = argv[5]};
  if (mpi.has_others()) config.make_exchange = dojo::sim::make_mpi_exchange;
  dojo::sim::Launched traffic(config, "test_traffic", dojo::hw::harts, {rounds});
  if (saves) {
    traffic.machine().run(std::strtoull(argv[7], nullptr, 10));
    return EXIT_SUCCESS;
  }
  traffic.run(cycle_limit);
  const std::uint64_t hash = traffic.machine().engine().link_hash();
  const std::uint64_t checksum = traffic.checksum();
  if (mpi.rank() == 0) fmt::print("{} {:016x} {:016x}\n", traffic.machine().cycles(), hash, checksum);
  return EXIT_SUCCESS;
}
