#pragma once
// Drives the Verilated core bench: programs, host writes, other SRAM clients, and the golden model in lockstep.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "dojo_hw.hpp"
#include "model/lockstep.hpp"

class Vcore_bench;  // NOLINT(readability-identifier-naming): the name that Verilator gives
class VerilatedContext;

namespace dojo::tb {

/// What makes the bench less friendly than an idle node; everything is drawn from `seed`.
struct Disturbance {
  double vector_reads = 0;    ///< probability per cycle and port of a vector read
  double vector_writes = 0;   ///< probability per cycle of a vector write to `write_lines`
  double network_writes = 0;  ///< likewise through the network port
  std::uint32_t first_write_line = 0;
  std::uint32_t write_lines = 0;
  double command_refusal = 0;  ///< probability per cycle that a unit's queue is full
  double reports = 0;  ///< of units, and writes of the network to msip and semaphores; the model does not see them
  double remote_refusal = 0;  ///< probability per cycle that the network takes no remote store
  std::uint64_t seed = 1;
};

/// A command as a unit saw it.
struct Command {
  hw::Unit unit;
  std::uint32_t address;
  bool operator==(const Command&) const = default;
};

/// A remote store as the network saw it.
struct RemoteStore {
  std::uint64_t address;
  std::uint64_t data;
  unsigned size;
  bool operator==(const RemoteStore&) const = default;
};

class CoreMachine {
 public:
  struct Options {
    int reset_seed = 1;    ///< of the initial state of everything that is not reset
    bool lockstep = true;  ///< compare with the golden model
    Disturbance disturbance = {};
    bool skip_sleep = false;  ///< do not evaluate while the node says that it sleeps
  };

  CoreMachine() : CoreMachine(Options()) {}
  explicit CoreMachine(const Options& options);
  CoreMachine(const CoreMachine&) = delete;
  CoreMachine& operator=(const CoreMachine&) = delete;
  ~CoreMachine();

  static constexpr Coordinates position{1, 0};

  /// Loads bytes into the SRAM (of the model too), outside simulated time.
  void load(std::uint64_t address, std::span<const std::byte> bytes);
  [[nodiscard]] std::uint64_t word(std::uint64_t address) const;
  [[nodiscard]] std::span<const std::byte> sram() const;

  /// A host write in the next cycle.
  void host_write(std::uint64_t address, std::uint64_t data);
  void start(unsigned hart, std::uint64_t pc) { host_write(hw::control_hart_start_address(hart), pc); }

  /// Level of a hart's external interrupt from the next cycle on.
  void set_external_interrupt(unsigned hart, bool level);

  void step();
  void run(std::uint64_t cycles);
  /// Runs until every hart is stopped or faulted; false if that takes more than `limit` cycles.
  bool run_to_stop(std::uint64_t limit = 100000);
  /// Runs until `condition`; false if that takes more than `limit` cycles.
  bool run_until(const std::function<bool()>& condition, std::uint64_t limit = 100000);

  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  [[nodiscard]] hw::HartState state(unsigned hart) const;
  [[nodiscard]] std::uint64_t pc(unsigned hart) const;
  [[nodiscard]] std::uint64_t reg(unsigned hart, unsigned number) const;
  void set_reg(unsigned hart, unsigned number, std::uint64_t value);
  /// Changes a register of the RTL alone: the planted fault of the lockstep's own test.
  void corrupt_reg(unsigned hart, unsigned number, std::uint64_t mask);
  [[nodiscard]] std::uint64_t mcause(unsigned hart) const;
  [[nodiscard]] std::uint64_t mepc(unsigned hart) const;
  [[nodiscard]] std::uint64_t mtval(unsigned hart) const;
  [[nodiscard]] std::uint64_t instructions(unsigned hart) const;
  [[nodiscard]] std::uint64_t fetch_stalls(unsigned hart) const;
  [[nodiscard]] std::uint64_t memory_stalls(unsigned hart) const;
  [[nodiscard]] std::uint64_t command_stalls(unsigned hart) const;
  [[nodiscard]] std::uint64_t slot_stalls(unsigned hart) const;
  [[nodiscard]] std::uint64_t mispredictions(unsigned hart) const;
  [[nodiscard]] std::uint32_t exit_code(unsigned hart) const;
  [[nodiscard]] std::uint32_t semaphore(unsigned id) const;
  [[nodiscard]] std::uint64_t fault_register() const;

  [[nodiscard]] const std::vector<Command>& commands() const { return commands_; }
  [[nodiscard]] const std::vector<RemoteStore>& remote_stores() const { return remote_stores_; }
  /// Order-dependent hash of every retirement and its cycle.
  [[nodiscard]] std::uint64_t retirement_hash() const { return hash_; }
  [[nodiscard]] std::uint64_t evaluated_cycles() const { return evaluated_; }
  [[nodiscard]] std::uint64_t refusals() const { return refusals_; }
  [[nodiscard]] model::LockstepChecker& checker() { return *checker_; }
  [[nodiscard]] Vcore_bench& ports() { return *bench_; }
  [[nodiscard]] VerilatedContext& context() { return *context_; }

  /// Called for every retirement before it is compared.
  std::function<void(const model::RetireEvent&)> on_retire;
  /// Called before every clock edge, after the bench has set its own inputs.
  std::function<void()> before_edge;

 private:
  void drive_clients();
  void observe();
  void observe_vectors();
  void clock();

  Options options_;
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vcore_bench> bench_;
  std::unique_ptr<model::LockstepChecker> checker_;
  std::mt19937_64 random_;
  std::uint64_t cycle_ = 0;
  std::uint64_t evaluated_ = 0;
  std::uint64_t hash_ = 0;
  std::uint64_t refusals_ = 0;
  std::optional<model::HostWriteEvent> pending_host_write_;
  std::vector<Command> commands_;
  std::vector<RemoteStore> remote_stores_;
};

}  // namespace dojo::tb
