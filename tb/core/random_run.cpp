#include "tb/core/random_run.hpp"

#include <random>
#include <span>

#include "common/error.hpp"
#include "tb/core/core_machine.hpp"
#include "tb/core/random_program.hpp"

namespace dojo::tb {
namespace {

constexpr std::uint64_t shared_data = hw::sram_base + 0x90000;
constexpr std::uint64_t external_interrupt = std::uint64_t{1} << 63 | 11;

}  // namespace

RandomOutcome run_random(const RandomRun& run, const std::function<void(CoreMachine&)>& finish) {
  CoreMachine::Options options;
  options.reset_seed = run.reset_seed;
  if (run.disturbed) {
    options.disturbance = {.vector_reads = 0.7,
                           .vector_writes = 0.2,
                           .network_writes = 0.2,
                           .first_write_line = 0x3000,
                           .write_lines = 0x800,
                           .command_refusal = 0.7,
                           .remote_refusal = 0.7,
                           .seed = run.seed};
  }
  if (run.snooped) {
    options.lockstep = false;
    options.disturbance.reports = 0.3;
    options.disturbance.vector_writes = 0.05;
    options.disturbance.network_writes = 0.05;
    options.disturbance.first_write_line = (shared_data - hw::sram_base) / hw::line_bytes;
    options.disturbance.write_lines = 4;
  }
  CoreMachine machine(options);
  std::mt19937_64 random(run.seed);
  RandomOutcome outcome;
  machine.load(hw::sram_base + hw::sram_size - 2, std::as_bytes(std::span(&random_program_last_parcel, 1)));
  for (unsigned hart = 0; hart < run.harts; ++hart) {
    const RandomProgramLayout layout{.hart = hart,
                                     .code = hw::sram_base + 0x10000 * hart,
                                     .private_data = hw::sram_base + 0x80000 + 0x1000 * hart,
                                     .shared_data = shared_data,
                                     .zeros = hw::sram_base + 0xa0000};
    machine.load(layout.code, random_program(layout, random));
    for (unsigned number = 1; number < 32; ++number) machine.set_reg(hart, number, random() >> (random() % 64));
    machine.start(hart, layout.code);
  }
  unsigned taken = 0;  // hart that took an external interrupt in this cycle, plus 1
  machine.on_retire = [&](const model::RetireEvent& event) {
    ++outcome.retired;
    ++outcome.retired_by[event.hart];
    if (event.trap) ++(event.cause >> 63 != 0 ? outcome.interrupts : outcome.traps);
    taken = event.trap && event.cause == external_interrupt ? event.hart + 1 : taken;
  };
  bool corrupt = run.corrupt;
  std::uint64_t quiet = 0;
  std::uint64_t last = 0;
  while (outcome.retired < run.retired && quiet < 20000) {
    machine.step();
    // The source of an interrupt goes when the interrupt has been taken.
    if (taken != 0) machine.set_external_interrupt(taken - 1, false);
    taken = 0;
    quiet = outcome.retired == last ? quiet + 1 : 0;
    last = outcome.retired;
    // Somebody outside counts semaphores and raises interrupts.
    if (random() % 64 == 0) {
      const auto hart = static_cast<unsigned>(random() % run.harts);
      const hw::HartState state = machine.state(hart);
      // A running hart may clear its msip in the same cycle, and the order of the two is not visible at the ports.
      if (random() % 4 == 0 && (state == hw::HartState::wfi || state == hw::HartState::semaphore)) {
        machine.host_write(hw::clint_msip_address(hart), 1);
      } else if (random() % 4 == 0) {
        machine.set_external_interrupt(hart, true);
      } else {
        machine.host_write(hw::semaphore_value_address(random_program_semaphore(hart)), random() % 3);
      }
    }
    if (corrupt && outcome.retired >= run.retired / 2) {
      machine.corrupt_reg(0, 8, 0x40);
      corrupt = false;
    }
  }
  outcome.hash = machine.retirement_hash();
  if (outcome.retired < run.retired) throw RunError("the harts wait for ever");
  if (finish) finish(machine);
  return outcome;
}

}  // namespace dojo::tb
