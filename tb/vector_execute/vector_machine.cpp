#include "tb/vector_execute/vector_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "Vvector_execute_bench___024root.h"
#include "common/error.hpp"

namespace dojo::tb {
namespace {

constexpr std::size_t window = 12;  // instructions in flight

bool is_cfloat(std::uint32_t bits) {
  return (bits & 0x7f) == 0x2b;
}

bool is_accumulator(std::uint32_t bits) {
  return (bits & 0x7f) == 0x5b;
}

/// dojo.vacc.read and dojo.vacc.write: FP32 groups, not of v0 when masked.
model::VectorLegality accumulator_legality(const VectorInstruction& instruction) {
  const std::uint32_t bits = instruction.bits;
  const unsigned vd = bits >> 7 & 31;
  const unsigned count = instruction.lmul > 0 ? 1u << instruction.lmul : 1;
  const bool masked = (bits >> 25 & 1) == 0;
  if (instruction.ill || instruction.sew != 2 || bits >> 26 != 0 || (bits >> 20 & 31) != 0 || (bits >> 13 & 3) != 0 ||
      vd % count != 0 || (masked && vd == 0)) {
    return {};
  }
  const bool writes_accumulator = (bits >> 12 & 1) != 0;
  return {true, writes_accumulator ? 0 : static_cast<std::uint32_t>(((std::uint64_t{1} << count) - 1) << vd)};
}

bool is_float(std::uint32_t bits) {
  const unsigned funct3 = bits >> 12 & 7;
  return (bits & 0x7f) == 0x57 && (funct3 == 1 || funct3 == 5);
}

void configure(model::VectorState& state, const VectorInstruction& instruction) {
  state.type = {.sew = instruction.sew, .lmul = instruction.lmul, .ill = instruction.ill};
  state.length = instruction.length;
  state.start = instruction.start;
  state.rounding = static_cast<std::uint8_t>(instruction.fixed_rounding);
  state.seed = instruction.seed;
  state.saturated = false;
  state.cfloat_flags = 0;
}

}  // namespace

std::string VectorInstruction::text() const {
  const int decoded = (bits & 0x7f) != 0x57 ? -1 : model::decode_vector_arithmetic(bits);
  return fmt::format(
      "{:08x} {} (vd {} vs2 {} vs1 {} vm {}) hart {} scalar {:x} SEW {} log2 LMUL {}{} vl {} vstart {} frm {} vxrm {}",
      bits, decoded < 0 ? "?" : model::vector_table()[static_cast<std::size_t>(decoded)].name, bits >> 7 & 31,
      bits >> 20 & 31, bits >> 15 & 31, bits >> 25 & 1, hart, scalar, 8 << sew, lmul, ill ? " vill" : "", length, start,
      rounding_mode, fixed_rounding);
}

model::VectorLegality golden_legality(const VectorInstruction& instruction) {
  model::VectorState state;
  configure(state, instruction);
  const std::uint32_t bits = instruction.bits;
  if (is_cfloat(bits)) {
    if ((bits >> 13 & 3) != 0 || bits >> 26 != 0) return {};
    return model::check_vector_cfloat((bits >> 12 & 1) != 0, instruction.scalar, bits, state);
  }
  if (is_accumulator(bits)) return accumulator_legality(instruction);
  if (is_float(bits) && instruction.rounding_mode > 4) return {};
  const int decoded = model::decode_vector_arithmetic(bits);
  if (decoded < 0) return {};
  return model::check_vector_arithmetic(model::vector_table()[static_cast<std::size_t>(decoded)], bits, state);
}

VectorMachine::VectorMachine(int reset_seed) {
  context_.randReset(2);
  context_.randSeed(reset_seed);
  bench_ = std::make_unique<Vvector_execute_bench>(&context_);
  bench_->decode_i = 0;
  bench_->start_valid_i = 0;
  bench_->blocked_read_i = 0;
  bench_->blocked_write_i = 0;
  bench_->rst_ni = 0;
  for (int n = 0; n < 4; ++n) {
    bench_->clk_i = 0;
    bench_->eval();
    bench_->clk_i = 1;
    bench_->eval();
  }
  bench_->rst_ni = 1;
  for (unsigned hart = 0; hart < 4; ++hart) {
    for (unsigned number = 0; number < 32; ++number) set_register(hart, number, {});
  }
  for (unsigned line = 0; line < 64; ++line) set_accumulator(line, {});
}

VectorMachine::~VectorMachine() {
  Verilated::threadContextp(&context_);
}

void VectorMachine::set_register(unsigned hart, unsigned number, const std::array<std::uint8_t, 64>& value) {
  std::memcpy(bench_->rootp->vector_execute_bench__DOT__registers_q[hart * 32 + number].data(), value.data(), 64);
  std::memcpy(golden_[hart].reg(number), value.data(), 64);
}

std::array<std::uint8_t, 64> VectorMachine::get_register(unsigned hart, unsigned number) const {
  std::array<std::uint8_t, 64> value;
  std::memcpy(value.data(), bench_->rootp->vector_execute_bench__DOT__registers_q[hart * 32 + number].data(), 64);
  return value;
}

void VectorMachine::drive(const VectorInstruction& instruction) {
  bench_->insn_i = instruction.bits;
  bench_->hart_i = instruction.hart & 3;
  bench_->rs1_i = instruction.scalar;
  bench_->seed_i = instruction.seed;
  bench_->sew_i = instruction.sew & 3;
  bench_->lmul_i = instruction.ill ? 4 : static_cast<unsigned>(instruction.lmul) & 7;
  bench_->vill_i = instruction.ill;
  bench_->vl_i = instruction.length & 0x3ff;
  bench_->vstart_i = instruction.start & 0x3ff;
  bench_->frm_i = instruction.rounding_mode & 7;
  bench_->vxrm_i = instruction.fixed_rounding & 3;
}

VectorDecision VectorMachine::decide(const VectorInstruction& instruction) {
  drive(instruction);
  bench_->decode_i = 1;
  bench_->eval();
  return {bench_->legal_o != 0, bench_->synchronous_o != 0, bench_->reads_o, bench_->writes_o};
}

void VectorMachine::execute_golden(Entry& entry) {
  const VectorInstruction& instruction = entry.instruction;
  model::VectorState& state = golden_[instruction.hart];
  configure(state, instruction);
  model::VectorOperands operands{
      .bits = instruction.bits, .scalar = instruction.scalar, .rounding_mode = instruction.rounding_mode};
  if (is_cfloat(instruction.bits)) {
    model::execute_vector_cfloat((instruction.bits >> 12 & 1) != 0, state, operands);
  } else if (is_accumulator(instruction.bits)) {
    execute_accumulator(instruction);
  } else {
    const auto decoded = static_cast<std::size_t>(model::decode_vector_arithmetic(instruction.bits));
    const model::VectorEntry& operation = model::vector_table()[decoded];
    // A BF16 number in an f register has ones above it; what has not is a NaN.
    if (operation.op == model::VectorOp::vfwmaccbf16) {
      operands.scalar = (instruction.scalar >> 16 & 0xffff) == 0xffff ? instruction.scalar & 0xffff : 0x7fc0;
    }
    model::execute_vector_arithmetic(operation, state, operands);
  }
  entry.result = operands.result;
  entry.float_flags = operands.float_flags;
  entry.cfloat_flags = state.cfloat_flags;
  entry.saturated = state.saturated;
}

void VectorMachine::execute_accumulator(const VectorInstruction& instruction) {
  model::VectorState& state = golden_[instruction.hart];
  for (unsigned i = instruction.start; i < instruction.length; ++i) {
    if ((instruction.bits >> 25 & 1) == 0 && !state.mask_bit(0, i)) continue;
    std::uint32_t& element = accumulators_[(instruction.scalar + i / 16) % 64][i % 16];
    const unsigned vd = instruction.bits >> 7 & 31;
    if ((instruction.bits >> 12 & 1) != 0) {
      element = state.get<std::uint32_t>(vd, i);
    } else {
      state.set<std::uint32_t>(vd, i, element);
    }
  }
}

void VectorMachine::set_accumulator(unsigned line, const std::array<std::uint8_t, 64>& value) {
  std::memcpy(bench_->rootp->vector_execute_bench__DOT__accumulators_q[line].data(), value.data(), 64);
  std::memcpy(accumulators_[line].data(), value.data(), 64);
}

// An entry may touch a register only when no older one of its hart writes it, or, to write it, reads it.
void VectorMachine::set_hazards() {
  std::uint32_t reads = 0;
  std::uint32_t writes = 0;
  for (const Entry& entry : entries_) {
    if (static_cast<int>(entry.tag) != current_) continue;
    for (const Entry& older : entries_) {
      if (older.tag == entry.tag) break;
      if (older.instruction.hart != entry.instruction.hart) continue;
      reads |= older.pending_reads;
      writes |= older.pending_writes;
    }
  }
  bench_->blocked_read_i = writes;
  bench_->blocked_write_i = reads | writes;
}

void VectorMachine::report(const std::string& what, const VectorInstruction& instruction) {
  if (!difference_) difference_ = fmt::format("cycle {}: {}: {}", cycle_, what, instruction.text());
}

void VectorMachine::step() {
  set_hazards();
  bench_->clk_i = 0;
  bench_->eval();
  const bool taken = bench_->start_valid_i != 0 && bench_->start_ready_o != 0;
  const std::uint32_t reads_done = bench_->reads_done_o;
  const auto note = [&](std::uint64_t value) { history_ = (history_ ^ value) * 0x9e3779b97f4a7c15u + cycle_; };
  if (current_ >= 0) {
    for (Entry& entry : entries_) {
      if (static_cast<int>(entry.tag) != current_) continue;
      for (unsigned port = 0; port < 4; ++port) {
        const bool valid = port < 3 ? (bench_->read_valid_o >> port & 1) != 0 : bench_->mask_valid_o != 0;
        const unsigned number = port < 3 ? bench_->read_registers_o >> 5 * port & 31 : 0;
        // A read that counts is one of a pass that is issued; all registers read are announced by the decoder.
        if (valid && (entry.pending_reads >> number & 1) == 0)
          report(fmt::format("reads v{}", number), entry.instruction);
      }
      entry.pending_reads &= ~reads_done;
    }
  }
  if (bench_->write_valid_o != 0) {
    ++writes_;
    note(std::uint64_t{bench_->write_register_o} << 8 | bench_->write_tag_o);
    for (Entry& entry : entries_) {
      if (entry.tag != bench_->write_tag_o) continue;
      if ((entry.pending_writes >> bench_->write_register_o & 1) == 0) {
        report(fmt::format("writes v{}", bench_->write_register_o), entry.instruction);
      }
    }
  }
  if (bench_->writes_done_valid_o != 0) {
    for (Entry& entry : entries_) {
      if (entry.tag == bench_->writes_done_tag_o) entry.pending_writes &= ~bench_->writes_done_o;
    }
  }
  if (bench_->done_valid_o != 0) {
    note(bench_->done_tag_o);
    last_done_ = cycle_;
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.tag == bench_->done_tag_o; });
    if (found == entries_.end()) throw RunError("an instruction that is not in flight is done");
    const VectorInstruction& instruction = found->instruction;
    if ((bench_->result_valid_o != 0) != found->has_result) report("result valid", instruction);
    if (found->has_result && bench_->result_o != found->result) {
      report(fmt::format("result {:x} instead of {:x}", bench_->result_o, found->result), instruction);
    }
    if (bench_->fflags_o != found->float_flags) {
      report(fmt::format("fflags {:x} instead of {:x}", bench_->fflags_o, found->float_flags), instruction);
    }
    if (bench_->xcfflags_o != found->cfloat_flags) {
      report(fmt::format("xcfflags {:x} instead of {:x}", bench_->xcfflags_o, found->cfloat_flags), instruction);
    }
    if ((bench_->vxsat_o != 0) != found->saturated) report(fmt::format("vxsat {}", bench_->vxsat_o), instruction);
    entries_.erase(found);
  }
  if (taken) {
    for (Entry& entry : entries_) {
      if (!entry.started) {
        entry.started = true;
        current_ = static_cast<int>(entry.tag);
        break;
      }
    }
  }
  bench_->clk_i = 1;
  bench_->eval();
  ++cycle_;
}

void VectorMachine::dispatch(const VectorInstruction& instruction) {
  const VectorDecision decision = decide(instruction);
  if (!decision.legal) throw RunError("dispatched an illegal instruction: " + instruction.text());
  Entry entry;
  entry.instruction = instruction;
  entry.tag = next_tag_++ % 16;
  entry.pending_reads = decision.reads;
  entry.pending_writes = decision.writes;
  entry.has_result = decision.synchronous;
  execute_golden(entry);
  for (unsigned number = 0; number < 32; ++number) {
    if ((decision.writes >> number & 1) != 0) last_writer_[instruction.hart][number] = instruction;
  }
  const unsigned tag = entry.tag;
  while (entries_.size() >= window) step();
  entries_.push_back(entry);
  bench_->tag_i = tag & 15;
  bench_->start_valid_i = 1;
  const std::uint64_t begin = cycle_;
  while (current_ != static_cast<int>(tag)) {
    step();
    if (cycle_ - begin > 20000) throw RunError("the pipe hangs at " + instruction.text());
  }
  bench_->start_valid_i = 0;
}

void VectorMachine::drain() {
  const std::uint64_t begin = cycle_;
  while (!entries_.empty()) {
    step();
    if (cycle_ - begin > 20000) throw RunError("the pipe hangs at " + entries_.front().instruction.text());
  }
  step();
  if (bench_->idle_o == 0) throw RunError("the pipe is not idle");
}

std::optional<std::string> VectorMachine::difference() {
  drain();
  for (unsigned hart = 0; hart < 4 && !difference_; ++hart) {
    for (unsigned number = 0; number < 32; ++number) {
      const auto value = get_register(hart, number);
      for (unsigned byte = 0; byte < 64; ++byte) {
        const std::uint8_t expected = golden_[hart].reg(number)[byte];
        if (value[byte] == expected) continue;
        report(fmt::format("v{} byte {} is {:02x} instead of {:02x}", number, byte, value[byte], expected),
               last_writer_[hart][number]);
      }
    }
  }
  for (unsigned line = 0; line < 64 && !difference_; ++line) {
    const auto& words = bench_->rootp->vector_execute_bench__DOT__accumulators_q[line];
    if (std::memcmp(words.data(), accumulators_[line].data(), 64) != 0) {
      difference_ = fmt::format("cycle {}: accumulator line {} differs", cycle_, line);
    }
  }
  return difference_;
}

}  // namespace dojo::tb
