#pragma once
// Bench of rtl/node/vector_execute.sv: dispatches instructions as the vector unit does, with hazards between them, and
// compares registers, results and flags with the golden model.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "Vvector_execute_bench.h"
#include "model/vector_execute.hpp"
#include "model/vector_legality.hpp"
#include "verilated.h"

namespace dojo::tb {

/// One instruction with everything that it takes from its hart.
struct VectorInstruction {
  std::uint32_t bits = 0;
  unsigned hart = 0;
  std::uint64_t scalar = 0;  ///< x[rs1], or f[rs1] in the low 32 bits
  std::uint64_t seed = 0;
  unsigned sew = 0;  ///< log2 of the bytes of an element
  int lmul = 0;      ///< log2 of LMUL
  bool ill = false;
  unsigned length = 0;
  unsigned start = 0;
  unsigned rounding_mode = 0;   ///< frm
  unsigned fixed_rounding = 0;  ///< vxrm

  [[nodiscard]] std::string text() const;
};

/// What the decoder says about an instruction.
struct VectorDecision {
  bool legal = false;
  bool synchronous = false;
  std::uint32_t reads = 0;
  std::uint32_t writes = 0;
};

/// The golden model's answer to the same question: legal, and the registers written.
[[nodiscard]] model::VectorLegality golden_legality(const VectorInstruction& instruction);

/// The pipe with a register file, and the model of the same registers.
class VectorMachine {
 public:
  explicit VectorMachine(int reset_seed = 1);
  ~VectorMachine();
  VectorMachine(const VectorMachine&) = delete;
  VectorMachine& operator=(const VectorMachine&) = delete;

  [[nodiscard]] VectorDecision decide(const VectorInstruction& instruction);

  /// Dispatches a legal instruction: runs cycles until it is taken.
  void dispatch(const VectorInstruction& instruction);

  /// Runs until all instructions are done.
  void drain();

  /// One cycle.
  void step();

  /// Sets a register of both sides; only while nothing is in flight.
  void set_register(unsigned hart, unsigned number, const std::array<std::uint8_t, 64>& value);
  [[nodiscard]] std::array<std::uint8_t, 64> get_register(unsigned hart, unsigned number) const;

  /// Sets a line of the accumulators of both sides.
  void set_accumulator(unsigned line, const std::array<std::uint8_t, 64>& value);

  /// The first difference between both sides' registers, accumulators, results or flags so far, with the last
  /// instruction that wrote there; nothing while they agree. Drains.
  [[nodiscard]] std::optional<std::string> difference();

  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  [[nodiscard]] VerilatedContext& context() { return context_; }
  /// Changes with every register write, completion and cycle of them.
  [[nodiscard]] std::uint64_t history() const { return history_; }
  [[nodiscard]] std::uint64_t writes() const { return writes_; }
  /// Cycle in which the youngest instruction was done.
  [[nodiscard]] std::uint64_t last_done() const { return last_done_; }

 private:
  struct Entry {
    VectorInstruction instruction;
    unsigned tag = 0;
    std::uint32_t pending_reads = 0;
    std::uint32_t pending_writes = 0;
    bool has_result = false;
    bool started = false;
    std::uint64_t result = 0;
    std::uint8_t float_flags = 0;
    std::uint8_t cfloat_flags = 0;
    bool saturated = false;
  };

  void execute_golden(Entry& entry);
  void execute_accumulator(const VectorInstruction& instruction);
  void drive(const VectorInstruction& instruction);
  void set_hazards();
  void report(const std::string& what, const VectorInstruction& instruction);

  VerilatedContext context_;
  std::unique_ptr<Vvector_execute_bench> bench_;
  std::array<model::VectorState, 4> golden_;
  std::array<std::array<std::uint32_t, 16>, 64> accumulators_{};
  std::deque<Entry> entries_;
  std::array<std::array<VectorInstruction, 32>, 4> last_writer_{};
  int current_ = -1;  ///< tag
  unsigned next_tag_ = 0;
  std::uint64_t cycle_ = 0;
  std::uint64_t history_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t last_done_ = 0;
  std::optional<std::string> difference_;
};

}  // namespace dojo::tb
