#include "tb/core/random_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <span>

#include "common/error.hpp"
#include "model/disassembler.hpp"
#include "model/lockstep.hpp"
#include "tb/core/core_machine.hpp"
#include "tb/core/random_program.hpp"

namespace dojo::tb {
namespace {

constexpr std::uint64_t shared_data = hw::sram_base + 0x90000;
constexpr std::uint64_t external_interrupt = std::uint64_t{1} << 63 | 11;
constexpr std::uint64_t code_stride = 0x10000;

std::uint64_t initial_value(std::mt19937_64& random) {
  const std::uint64_t value = random();
  return value >> (random() % 64);
}

void drop(std::vector<std::byte>& program, const CodeRange& range) {
  for (std::size_t i = range.begin; i < range.end; i += 2) {  // c.nop
    program[i] = std::byte{1};
    program[i + 1] = std::byte{0};
  }
}

/// Program of a hart, after what `run` drops; takes its random numbers.
std::vector<std::byte> program_of(const RandomRun& run, unsigned hart, std::mt19937_64& random) {
  const RandomProgramLayout layout{.hart = hart,
                                   .code = hw::sram_base + code_stride * hart,
                                   .private_data = hw::sram_base + 0x80000 + 0x1000 * hart,
                                   .shared_data = shared_data,
                                   .zeros = hw::sram_base + 0xa0000};
  std::vector<std::byte> program = random_program(layout, random);
  for (const CodeRange& range : run.dropped) {
    if (range.hart == hart) drop(program, range);
  }
  return program;
}

/// Whether lockstep finds a mismatch, and which.
bool fails(const RandomRun& run, std::string& mismatch) {
  try {
    run_random(run);
  } catch (const model::LockstepMismatch& error) {
    mismatch = error.what();
    return true;
  } catch (const RunError&) {  // the harts wait for ever
    return false;
  }
  return false;
}

/// The first values of the generator of a run belong to its programs, in the order of the harts.
std::vector<std::vector<std::byte>> programs_of(const RandomRun& run) {
  std::mt19937_64 random(run.seed);
  std::vector<std::vector<std::byte>> programs;
  for (unsigned hart = 0; hart < run.harts; ++hart) {
    programs.push_back(program_of(run, hart, random));
    for (unsigned number = 1; number < 32; ++number) initial_value(random);
  }
  return programs;
}

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
    const std::uint64_t code = hw::sram_base + code_stride * hart;
    machine.load(code, program_of(run, hart, random));
    for (unsigned number = 1; number < 32; ++number) machine.set_reg(hart, number, initial_value(random));
    machine.start(hart, code);
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

Reduction reduce(const RandomRun& run, unsigned attempts) {
  Reduction result{.run = run, .attempts = 0, .left = {}, .mismatch = {}};
  if (!fails(run, result.mismatch)) throw RunError("reduce: the run does not fail");
  std::vector<std::vector<std::byte>> programs = programs_of(run);
  constexpr std::size_t largest = 0x8000;
  constexpr std::size_t smallest = 4;
  constexpr std::size_t last_jump = 4;  // it keeps the hart in its program
  for (std::size_t chunk = largest; chunk >= smallest; chunk /= 2) {
    for (unsigned hart = 0; hart < run.harts; ++hart) {
      const std::size_t end = programs[hart].size() - last_jump;
      for (std::size_t begin = random_program_prologue; begin < end; begin += chunk) {
        if (result.attempts == attempts) break;
        const CodeRange range{hart, begin, std::min(begin + chunk, end)};
        std::vector<std::byte> without = programs[hart];
        drop(without, range);
        if (without == programs[hart]) continue;
        RandomRun candidate = result.run;
        candidate.dropped.push_back(range);
        ++result.attempts;
        if (!fails(candidate, result.mismatch)) continue;
        result.run = candidate;
        programs[hart] = without;
      }
    }
  }
  fails(result.run, result.mismatch);
  for (unsigned hart = 0; hart < run.harts; ++hart) {
    const std::vector<std::byte>& code = programs[hart];
    const auto parcel = [&](std::size_t at) {
      return std::to_integer<std::uint32_t>(code[at]) | std::to_integer<std::uint32_t>(code[at + 1]) << 8;
    };
    for (std::size_t at = random_program_prologue; at + 4 <= code.size();) {
      const bool compressed = (parcel(at) & 3) != 3;
      const std::uint32_t bits = compressed ? parcel(at) : parcel(at) | parcel(at + 2) << 16;
      const std::uint64_t address = hw::sram_base + code_stride * hart + at;
      if (bits != 1)
        result.left.push_back(fmt::format("{:#x} {:08x} {}", address, bits, model::disassemble(bits, address)));
      at += compressed ? 2 : 4;
    }
  }
  return result;
}

RandomOutcome run_random_reduced(const RandomRun& run) {
  try {
    return run_random(run);
  } catch (const model::LockstepMismatch& error) {
    constexpr unsigned attempts = 300;
    constexpr std::size_t shown = 60;
    const Reduction reduced = reduce(run, attempts);
    std::string text = fmt::format("seed {}: {}\nreduced to {} instructions by {} runs:\n", run.seed, error.what(),
                                   reduced.left.size(), reduced.attempts);
    for (std::size_t i = 0; i < std::min(shown, reduced.left.size()); ++i) text += "  " + reduced.left[i] + "\n";
    throw model::LockstepMismatch(text + reduced.mismatch);
  }
}

}  // namespace dojo::tb
