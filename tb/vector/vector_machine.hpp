#pragma once
// Bench of the vector unit with a memory behind its SRAM ports, and an independent reference of vector loads and
// stores.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "dojo_hw.hpp"
#include "verilated.h"

class Vvector_bench;  // NOLINT(readability-identifier-naming): the name that Verilator gives

namespace dojo::tb {

/// An instruction as the core hands it over: encoding, operands and the vector state of its hart.
struct VectorInstruction {
  unsigned hart = 0;
  std::uint32_t insn = 0;
  std::uint64_t rs1 = 0;
  std::uint64_t rs2 = 0;
  unsigned sew = 0;   ///< 0: 8, 1: 16, 2: 32 bits
  unsigned lmul = 0;  ///< as in vtype
  unsigned vl = 0;
  unsigned vstart = 0;
  unsigned frm = 0;
  unsigned vxrm = 0;
};

/// How a synchronous instruction ended.
struct VectorEnd {
  bool trap = false;
  unsigned cause = 0;
  std::uint64_t tval = 0;
  unsigned vstart = 0;
  std::optional<unsigned> vl = std::nullopt;           ///< of a fault-only-first load that was cut short
  std::optional<std::uint64_t> result = std::nullopt;  ///< of one that writes an x or f register
  bool operator==(const VectorEnd&) const = default;
};

/// Fields of a vector load or store (RISC-V "V" 1.0, section 7).
struct MemoryEncoding {
  bool store = false;
  unsigned width = 0;  ///< funct3: 0: 8, 5: 16, 6: 32 bits
  unsigned mop = 0;    ///< 0 unit-stride, 1 indexed unordered, 2 strided, 3 indexed ordered
  unsigned rs2 = 0;    ///< lumop, or vs2
  unsigned vd = 0;
  unsigned nf = 1;  ///< fields
  bool masked = false;
};
std::uint32_t encode(const MemoryEncoding& fields);

using VectorRegister = std::array<std::byte, 64>;
using VectorFile = std::array<VectorRegister, 32>;

/// Addresses that harts with protection may not touch.
struct RefusedRange {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

/// Executes instructions one after the other: loads and stores element by element, without anything of the RTL or of
/// the golden model; arithmetic with the golden model.
class VectorReference {
 public:
  explicit VectorReference(std::vector<std::byte> memory) : memory_(std::move(memory)) {}

  VectorFile& registers(unsigned hart) { return registers_[hart]; }
  const std::vector<std::byte>& memory() const { return memory_; }
  void protect(unsigned hart, RefusedRange range) { refused_[hart] = range; }

  /// Executes a legal instruction.
  VectorEnd execute(const VectorInstruction& instruction);
  /// fflags and vxsat (bit 5) of a hart so far.
  unsigned flags(unsigned hart) const { return flags_[hart]; }

 private:
  VectorEnd execute_memory(const VectorInstruction& instruction);
  VectorEnd execute_arithmetic(const VectorInstruction& instruction);

  std::vector<std::byte> memory_;
  std::array<VectorFile, 4> registers_{};
  std::array<std::optional<RefusedRange>, 4> refused_;
  std::array<unsigned, 4> flags_{};
};

/// The vector unit and its memory, cycle by cycle.
class VectorMachine {
 public:
  struct Options {
    int reset_seed = 1;
    double refusal = 0;      ///< probability that a request is refused, beside bank conflicts
    std::uint64_t seed = 1;  ///< of the refusals
  };

  explicit VectorMachine(const Options& options);
  VectorMachine(const VectorMachine&) = delete;
  VectorMachine& operator=(const VectorMachine&) = delete;
  ~VectorMachine();

  static constexpr std::uint64_t base = hw::sram_base;

  std::vector<std::byte>& memory() { return memory_; }
  VectorRegister read_register(unsigned hart, unsigned number) const;
  void write_register(unsigned hart, unsigned number, const VectorRegister& value);
  void protect(unsigned harts, RefusedRange range);

  /// Offers an instruction in the next cycle; true if it was taken.
  bool offer(const VectorInstruction& instruction);
  /// A cycle without an instruction.
  void idle_cycle();
  /// Runs until nothing is in flight.
  void drain();

  /// Whether the instruction is legal, and whether its hart must wait for its end.
  struct Decoded {
    bool legal;
    bool synchronous;
    bool store;
    std::uint32_t reads;
    std::uint32_t writes;
    bool operator==(const Decoded&) const = default;
  };
  Decoded decode(const VectorInstruction& instruction, bool vill = false);

  /// The end of the hart's synchronous instruction, once.
  std::optional<VectorEnd> take_end(unsigned hart);
  /// fflags and vxsat (bit 5) of a hart's completed instructions.
  unsigned flags(unsigned hart) const { return flags_[hart]; }
  unsigned busy() const;
  std::uint64_t cycle_number() const { return cycle_; }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }
  Vvector_bench& unit() { return *unit_; }
  VerilatedContext& context() { return context_; }

 private:
  void set(const VectorInstruction& instruction);
  void cycle();

  VerilatedContext context_;
  std::unique_ptr<Vvector_bench> unit_;
  std::vector<std::byte> memory_;
  double refusal_;
  std::mt19937_64 random_;
  std::uint64_t cycle_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
  std::array<std::optional<VectorEnd>, 4> ends_;
  std::array<unsigned, 4> flags_{};
};

}  // namespace dojo::tb
