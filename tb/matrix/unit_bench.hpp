#pragma once
// Bench of a unit that executes descriptors: the SRAM behind its ports, commands, and what it reports.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

#include "dojo_hw.hpp"
#include "verilated.h"

namespace dojo::tb {

/// How the memory answers requests.
enum class Refusal {
  none,    ///< every request is granted at once
  banks,   ///< requests that meet in a bank wait, as in rtl/node/sram.sv
  random,  ///< each request is refused with `refusal_probability`
};

/// What one run of the bench saw; equal for equal stimuli, whatever the initial state.
struct UnitEvents {
  struct Done {
    std::uint64_t cycle;
    unsigned semaphore;
    bool operator==(const Done&) const = default;
  };
  struct Fault {
    std::uint64_t cycle;
    unsigned cause;
    std::uint32_t address;
    bool operator==(const Fault&) const = default;
  };
  std::vector<Done> done;
  std::vector<Fault> faults;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  bool operator==(const UnitEvents&) const = default;
};

/// Drives one Verilated unit (`Model`) cycle by cycle over a byte-addressed copy of a node's SRAM.
template <class Model>
class UnitBench {
 public:
  static constexpr std::uint32_t base = static_cast<std::uint32_t>(hw::sram_base);

  explicit UnitBench(Refusal refusal = Refusal::none, double refusal_probability = 0, int reset_seed = 1,
                     std::uint64_t refusal_seed = 1)
      : memory_(hw::sram_size), refusal_(refusal), probability_(refusal_probability), random_(refusal_seed) {
    context_.randReset(2);
    context_.randSeed(reset_seed);
    unit_ = std::make_unique<Model>(&context_);
    unit_->command_valid_i = 0;
    unit_->vr_grant_i = 0;
    unit_->vw_grant_i = 0;
    if constexpr (requires(Model& m) { m.accumulator_read_valid_i; }) {
      unit_->accumulator_read_valid_i = 0;
      unit_->accumulator_write_valid_i = 0;
    }
    unit_->rst_ni = 0;
    for (int n = 0; n < 3; ++n) edge();
    unit_->rst_ni = 1;
  }

  UnitBench(const UnitBench&) = delete;
  UnitBench& operator=(const UnitBench&) = delete;
  ~UnitBench() {
    // A model leaves its context through the thread's current one, which may be another bench's.
    Verilated::threadContextp(&context_);
    unit_.reset();
  }

  Model& unit() { return *unit_; }
  const UnitEvents& events() const { return events_; }
  std::uint64_t cycle_number() const { return cycle_; }

  /// Called after every cycle.
  std::function<void()> on_cycle;

  std::byte* at(std::uint32_t address) { return memory_.data() + (address - base); }

  template <class T>
  void store(std::uint32_t address, std::span<const T> values) {
    std::memcpy(at(address), values.data(), values.size_bytes());
  }

  /// Puts a descriptor into the memory and its address into the command queue, waiting for room.
  template <class Descriptor>
  void issue(std::uint32_t address, const Descriptor& descriptor) {
    static_assert(sizeof(Descriptor) == hw::line_bytes);
    std::memcpy(at(address), &descriptor, sizeof descriptor);
    command(address);
  }

  void command(std::uint32_t address) {
    while (unit_->command_ready_o == 0) cycle();
    unit_->command_valid_i = 1;
    unit_->command_address_i = address;
    cycle();
    unit_->command_valid_i = 0;
    unit_->eval();
  }

  /// One clock cycle: grants for the requests that stand, a clock edge, then the granted accesses.
  void cycle() {
    const bool read[2] = {(unit_->vr_valid_o & 1) != 0, (unit_->vr_valid_o & 2) != 0};
    const bool write = unit_->vw_valid_o != 0;
    const unsigned lines[3] = {unit_->vw_line_o, unit_->vr_line_o[0], unit_->vr_line_o[1]};
    const bool valid[3] = {write, read[0], read[1]};
    std::array<bool, 3> grant{};
    decide(valid, lines, grant);
    std::array<std::array<std::byte, hw::line_bytes>, 3> data;
    for (unsigned p = 0; p < 3; ++p) {
      if (!grant[p]) continue;
      if (lines[p] >= hw::sram_lines) throw std::out_of_range("request outside the SRAM");
      if (p == 0) {
        std::memcpy(data[p].data(), &unit_->vw_data_o, hw::line_bytes);
      } else {
        std::memcpy(data[p].data(), &memory_[lines[p] * hw::line_bytes], hw::line_bytes);
      }
    }
    const std::uint64_t byte_enable = unit_->vw_be_o;
    unit_->vw_grant_i = grant[0];
    unit_->vr_grant_i = static_cast<unsigned char>((grant[1] ? 1 : 0) | (grant[2] ? 2 : 0));
    edge();
    // What was granted before the edge: reads see the memory before the write of the same cycle, which is in another
    // bank anyway.
    for (unsigned p = 1; p < 3; ++p) {
      if (!grant[p]) continue;
      std::memcpy(&unit_->vr_data_i[(p - 1) * hw::line_bytes / 4], data[p].data(), hw::line_bytes);
      ++events_.reads;
    }
    if (grant[0]) {
      for (unsigned b = 0; b < hw::line_bytes; ++b) {
        if ((byte_enable >> b & 1) != 0) memory_[lines[0] * hw::line_bytes + b] = data[0][b];
      }
      ++events_.writes;
    }
    unit_->vw_grant_i = 0;
    unit_->vr_grant_i = 0;
    unit_->eval();
    if (unit_->done_valid_o != 0) events_.done.push_back({cycle_, unit_->done_sem_o});
    if (unit_->fault_valid_o != 0) events_.faults.push_back({cycle_, unit_->fault_cause_o, unit_->fault_address_o});
    if (on_cycle) on_cycle();
  }

  /// Runs until the unit is idle; throws when that takes more than `limit` cycles.
  void run_until_idle(std::uint64_t limit) {
    const std::uint64_t first = cycle_;
    do {
      cycle();
      if (cycle_ - first > limit) throw std::runtime_error("the unit does not become idle");
    } while (unit_->idle_o == 0);
  }

 private:
  static unsigned bank_of(unsigned line) { return (line ^ (line >> 4U) ^ (line >> 8U) ^ (line >> 12U)) & 15U; }

  void edge() {
    unit_->clk_i = 0;
    unit_->eval();
    unit_->clk_i = 1;
    unit_->eval();
    ++cycle_;
  }

  void decide(const bool (&valid)[3], const unsigned (&lines)[3], std::array<bool, 3>& grant) {
    for (unsigned p = 0; p < 3; ++p) {
      grant[p] = valid[p];
      if (refusal_ == Refusal::random && std::uniform_real_distribution<>(0, 1)(random_) < probability_)
        grant[p] = false;
      if (refusal_ != Refusal::banks) continue;
      for (unsigned q = 0; q < 3; ++q) {
        if (q == p || !valid[q] || bank_of(lines[q]) != bank_of(lines[p])) continue;
        if (refused_[q] != refused_[p] ? refused_[q] : q < p) grant[p] = false;
      }
    }
    for (unsigned p = 0; p < 3; ++p) refused_[p] = valid[p] && !grant[p];
  }

  VerilatedContext context_;
  std::unique_ptr<Model> unit_;
  std::vector<std::byte> memory_;
  Refusal refusal_;
  double probability_;
  std::mt19937_64 random_;
  std::array<bool, 3> refused_{};
  UnitEvents events_;
  std::uint64_t cycle_ = 0;
};

}  // namespace dojo::tb
