#pragma once
// One hart of the golden model: RV64IMAFC_Zicsr_Zifencei, Zve32f, Zfbfmin, Zvfbfmin and Zvfbfwma in machine mode with
// Xdojo (docs/node.md, docs/hart.md).
// Bit-exact in what it computes; it has no timing.

#include <array>
#include <cstdint>

#include "common/backend.hpp"
#include "dojo_hw.hpp"
#include "model/instruction.hpp"
#include "model/pmp.hpp"
#include "model/vector_state.hpp"

namespace dojo::model {

class Node;
struct VectorMemory;

inline constexpr std::uint64_t interrupt_bit = std::uint64_t{1} << 63;

/// Bits of mie and mip.
inline constexpr std::uint64_t software_interrupt_bit = 1u << 3;
inline constexpr std::uint64_t timer_interrupt_bit = 1u << 7;
inline constexpr std::uint64_t external_interrupt_bit = 1u << 11;

/// The states "off" (0) to "dirty" of mstatus.FS and mstatus.VS.
inline constexpr std::uint8_t state_dirty = 3;

/// The largest frm that is a rounding mode.
inline constexpr std::uint8_t largest_rounding = 4;

/// A time that does not come.
inline constexpr std::uint64_t never = ~std::uint64_t{0};

/// Whether a CSR address is one of the node's own counters.
constexpr bool is_counter(unsigned address) {
  return address >= hw::csr_mhpmcounter3 && address < hw::csr_mhpmcounter3 + hw::counters;
}

/// Causes in mcause.
enum class Cause : std::uint64_t {
  fetch_access = 1,
  illegal_instruction = 2,
  breakpoint = 3,
  load_misaligned = 4,
  load_access = 5,
  store_misaligned = 6,
  store_access = 7,
  environment_call = 11,
  software_interrupt = interrupt_bit | 3,
  timer_interrupt = interrupt_bit | 7,
  external_interrupt = interrupt_bit | 11
};

/// Memory effect of an instruction; the values are those of retire_mem_o.
enum class MemoryEffect : std::uint8_t { none = 0, load = 1, store = 2, atomic = 3 };

/// What one instruction has done.
struct StepResult {
  std::uint64_t pc = 0;
  std::uint32_t instruction = 0;  ///< compressed: low 16 bits
  bool writes_rd = false;         ///< never for x0
  std::uint8_t rd = 0;
  bool rd_float = false;  ///< rd is an f register; then 0 is one, too
  std::uint64_t rd_data = 0;
  bool vector = false;               ///< of the vector unit: all but vsetvl* and those whose encoding is illegal
  std::uint32_t vector_written = 0;  ///< bitmap of the vector registers that it may have written
  MemoryEffect memory = MemoryEffect::none;
  std::uint8_t memory_size = 0;  ///< log2 of the bytes
  std::uint64_t memory_address = 0;
  std::uint64_t memory_data = 0;  ///< value in memory after a store or atomic operation, zero-extended
  bool trapped = false;
  std::uint64_t cause = 0;
  std::uint64_t tval = 0;
  bool waits = false;             ///< dojo.sem.wait that did not get its amount: nothing has happened
  bool timing_dependent = false;  ///< rd_data depends on when the instruction runs
};

class Hart {
 public:
  Hart(Node& node, unsigned index) : node_(node), index_(index) {}
  Hart(const Hart&) = delete;
  Hart& operator=(const Hart&) = delete;

  /// Runs until the hart waits or stops or `budget` instructions have been tried, taking interrupts when they are
  /// pending and enabled. Returns the number of instructions tried.
  std::uint64_t run(std::uint64_t budget);

  /// Executes the instruction at the PC whatever the state of the hart and without looking at interrupts (lockstep).
  StepResult step();

  /// Takes an interrupt now.
  void take_interrupt(Cause cause) { trap(cause, 0); }

  /// Effects of hart_start and hart_stop.
  void start(std::uint64_t pc);
  void stop(std::uint32_t exit_code);

  /// Ends the wait for semaphore `id` if `count` suffices.
  void semaphore_changed(unsigned id, std::uint32_t count);

  /// Whether run() would make progress now.
  [[nodiscard]] bool runnable() const;
  /// First time at which run() would make progress if nothing else happens; all ones if never.
  [[nodiscard]] std::uint64_t wake_time() const;
  /// Interrupts that are pending and enabled in mie (mstatus.MIE not looked at).
  [[nodiscard]] std::uint64_t pending_interrupts() const;
  [[nodiscard]] bool interrupts_enabled() const { return mstatus_mie_; }

  [[nodiscard]] HartStatus status() const;
  [[nodiscard]] unsigned index() const { return index_; }
  [[nodiscard]] hw::HartState state() const { return state_; }
  [[nodiscard]] std::uint32_t exit_code() const { return exit_code_; }
  [[nodiscard]] std::uint64_t pc() const { return pc_; }
  [[nodiscard]] std::uint64_t mie() const { return mie_; }
  [[nodiscard]] std::uint64_t mtvec() const { return mtvec_; }
  [[nodiscard]] std::uint64_t reg(unsigned number) const { return x_[number]; }
  /// Sets an integer register; x0 stays zero.
  void set_reg(unsigned number, std::uint64_t value) { x_[number == 0 ? discarded_register : number] = value; }
  [[nodiscard]] std::uint32_t float_reg(unsigned number) const { return f_[number]; }
  void set_float_reg(unsigned number, std::uint32_t value) { f_[number] = value; }
  /// Sets an x or f register.
  void set_result(unsigned number, bool is_float, std::uint64_t value) {
    if (is_float) {
      f_[number] = static_cast<std::uint32_t>(value);
    } else {
      set_reg(number, value);
    }
  }
  [[nodiscard]] const VectorState& vector() const { return vector_; }
  [[nodiscard]] VectorState& vector() { return vector_; }
  [[nodiscard]] std::uint64_t retired() const { return retired_; }
  /// Instructions tried in the current slice: the hart's position inside the node's time.
  [[nodiscard]] std::uint64_t slice_position() const { return slice_position_; }
  void reset_slice_position() { slice_position_ = 0; }
  /// Somebody wrote `line` of the SRAM: a reservation on it ends.
  void written(std::uint64_t line) { reserved_ = reserved_ && reserved_line_ != line; }

  /// Value of a CSR as an instruction would read it; false if there is no such CSR.
  [[nodiscard]] bool read_csr(unsigned address, std::uint64_t& value) const;

 private:
  enum class Next : std::uint8_t {
    advance,     ///< done, go on with the following instruction
    reconsider,  ///< done, but state or interrupts may have changed
    jumped,      ///< done, and the PC has been set
    trapped,     ///< the trap has been taken
    wait         ///< not done; the hart waits at this instruction
  };

  /// Executes up to `budget` instructions without looking at interrupts; returns early when they, or the state of the
  /// hart, need another look. Advances slice_position_ and retired_.
  void execute(std::uint64_t budget);
  /// The same from one jump into the SRAM on; true when another look is needed.
  bool execute_block(std::uint64_t budget, std::uint64_t offset);
  void trap(Cause cause, std::uint64_t tval);
  Next raise(Cause cause, std::uint64_t tval) {
    trap(cause, tval);
    return Next::trapped;
  }
  /// Checked accesses of scalar instructions, anywhere; advance or reconsider (memory-mapped registers) if done.
  Next read(std::uint64_t address, unsigned size, std::uint64_t& value);
  Next write(std::uint64_t address, unsigned size, std::uint64_t value);
  /// Traps if PMP refuses the fetch of the instruction at `offset` into the SRAM.
  bool fetch_is_refused(std::uint64_t offset);
  Next slow_load(const Instruction& instruction, std::uint64_t address);
  Next slow_store(const Instruction& instruction, std::uint64_t address);
  Next atomic(const Instruction& instruction);
  Next system(const Instruction& instruction);
  Next access_csr(const Instruction& instruction);
  void write_csr(unsigned address, std::uint64_t value);
  [[nodiscard]] std::uint64_t mstatus() const;
  [[nodiscard]] bool read_float_csr(unsigned address, std::uint64_t& value) const;
  [[nodiscard]] bool read_vector_csr(unsigned address, std::uint64_t& value) const;
  bool write_float_csr(unsigned address, std::uint64_t value);
  bool write_vector_csr(unsigned address, std::uint64_t value);

  Next floating(const Instruction& instruction);
  Next float_load(const Instruction& instruction);
  Next float_store(const Instruction& instruction);
  void compute_float(const Instruction& instruction, std::uint32_t rounding);
  [[nodiscard]] std::uint32_t unboxed(unsigned number) const;
  /// Vector instructions of every kind.
  Next vectorial(const Instruction& instruction);
  void configure_vector(const Instruction& instruction);
  Next vector_arithmetic(const Instruction& instruction);
  Next vector_cfloat(const Instruction& instruction);
  Next vector_accumulator(const Instruction& instruction);
  Next vector_memory(const Instruction& instruction);
  [[nodiscard]] bool vector_bulk(const VectorMemory& memory, std::uint32_t bits, unsigned count);
  /// Whether one element could be moved; else `cause`.
  [[nodiscard]] bool vector_element(const VectorMemory& memory, std::uint64_t address, unsigned size,
                                    std::uint8_t* data, Cause& cause);

  Node& node_;
  unsigned index_;
  hw::HartState state_ = hw::HartState::stopped;
  std::uint64_t pc_ = 0;
  std::array<std::uint64_t, 33> x_{};  // the last one takes writes of x0
  std::uint64_t retired_ = 0;
  std::uint64_t slice_position_ = 0;
  std::uint64_t traps_ = 0;

  std::array<std::uint32_t, 32> f_{};
  std::uint8_t fflags_ = 0;
  std::uint8_t frm_ = 0;
  std::uint8_t mstatus_fs_ = 0;
  std::uint8_t mstatus_vs_ = 0;
  VectorState vector_;
  std::uint32_t vector_written_ = 0;  // by the last vector instruction
  Pmp pmp_;

  bool mstatus_mie_ = false;
  bool mstatus_mpie_ = false;
  std::uint64_t mie_ = 0;
  std::uint64_t mtvec_ = 0;
  std::uint64_t mscratch_ = 0;
  std::uint64_t mepc_ = 0;
  std::uint64_t mcause_ = 0;
  std::uint64_t mtval_ = 0;
  std::uint64_t minstret_offset_ = 0;  // minstret - retired

  bool reserved_ = false;
  std::uint64_t reserved_line_ = 0;
  bool store_conditional_failed_ = false;  // of the last SC
  std::uint32_t exit_code_ = 0;
  unsigned waited_semaphore_ = 0;
  std::uint32_t waited_amount_ = 0;
};

/// log2 of the bytes that a load, store or atomic operation moves.
[[nodiscard]] unsigned memory_size(Op op);
/// Kind of memory access of an operation.
[[nodiscard]] MemoryEffect memory_effect(Op op);

}  // namespace dojo::model
