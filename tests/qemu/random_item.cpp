#include "random_item.hpp"

#include <algorithm>
#include <array>

#include "model/instruction.hpp"
#include "model/vector_instruction.hpp"
#include "model/vector_legality.hpp"
#include "tests/model/assembler.hpp"
#include "user_program.hpp"

namespace dojo::qemu {
namespace {

using namespace model::assembler;
using model::Op;
using model::Shape;
using model::VectorMemoryKind;
using model::VectorOp;

/// Instructions that QEMU 7.2 does not have (BF16, conversions with rounding toward zero), and the sum whose order is
/// our choice.
constexpr bool is_excluded(VectorOp op) {
  switch (op) {
    case VectorOp::vfredusum:
    case VectorOp::vfwmaccbf16:
    case VectorOp::vfwcvtbf16:
    case VectorOp::vfncvtbf16:
    case VectorOp::vfcvt_rtz_xu_f:
    case VectorOp::vfcvt_rtz_x_f:
    case VectorOp::vfncvt_rtz_xu_f:
    case VectorOp::vfncvt_rtz_x_f:
      return true;
    default:
      return false;
  }
}

/// Writes one item.
class ItemWriter {
 public:
  ItemWriter(std::mt19937_64& random, const model::Hart& hart) : random_(random), state_(hart.vector()) {}

  std::vector<Word> write() {
    switch (below(20)) {
      case 0:
      case 1:
        integer();
        break;
      case 2:
      case 3:
      case 4:
        scalar_float();
        break;
      case 5:
        configure(7);
        break;
      case 6:
        csr();
        break;
      case 7:
        scalar_memory();
        break;
      case 8:
        refresh();
        break;
      case 9:
      case 10:
      case 11:
      case 12:
        vector_memory();
        break;
      default:
        vector_arithmetic();
        break;
    }
    return words_;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool one_in(unsigned n) { return below(n) == 0; }
  Word bits() { return static_cast<Word>(random_()); }
  Word destination() { return one_in(30) ? 0 : 1 + below(29); }
  Word source() { return below(30); }
  void emit(Word word) { words_.push_back(word); }
  void constant(Word rd, std::uint64_t value) {
    Program program;
    program.constant(rd, value);
    const auto bytes = program.data();
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(Word)) {
      Word word = 0;
      std::memcpy(&word, bytes.data() + i, sizeof word);
      emit(word);
    }
  }
  /// rd, rs1 and rs2 out of what items may use.
  Word with_registers(Word word) {
    return (word & 0xfe00707fu) | (source() << 20) | (source() << 15) | (destination() << 7);
  }

  void integer() {
    static constexpr Word opcodes[] = {0x33, 0x33, 0x3b, 0x13, 0x13, 0x1b, 0x37, 0x17};
    for (;;) {
      const Word opcode = opcodes[below(8)];
      Word word = (bits() & ~0x7fu) | opcode;
      if (opcode == 0x33 || opcode == 0x3b) {
        static constexpr Word variants[] = {0, 0x20, 1};
        word = (with_registers(word) & 0x01ffffffu) | (variants[below(3)] << 25);
      } else {
        word = (word & ~0xf8f80u) | (source() << 15) | (destination() << 7);
      }
      if (model::decode(word).op == Op::illegal) continue;
      return emit(word);
    }
  }

  void scalar_float() {
    // funct7, and rs2 where it is a part of the opcode.
    struct Form {
      Word funct7;
      int rs2;
    };
    static constexpr Form forms[] = {{0x00, -1}, {0x04, -1}, {0x08, -1}, {0x0c, -1}, {0x2c, 0}, {0x10, -1},
                                     {0x14, -1}, {0x50, -1}, {0x60, 0},  {0x60, 1},  {0x60, 2}, {0x60, 3},
                                     {0x68, 0},  {0x68, 1},  {0x68, 2},  {0x68, 3},  {0x70, 0}, {0x78, 0}};
    for (;;) {
      Word word = 0;
      if (one_in(4)) {
        static constexpr Word opcodes[] = {0x43, 0x47, 0x4b, 0x4f};
        word = (bits() & 0xf9fff000u) | opcodes[below(4)];
      } else {
        const Form& form = forms[below(std::size(forms))];
        word = (form.funct7 << 25) | (bits() & 0x01fff000u) | 0x53;
        if (form.rs2 >= 0) word = (word & ~0x01f00000u) | (static_cast<Word>(form.rs2) << 20);
      }
      const model::Instruction probe = model::decode(word);
      if (probe.op == Op::illegal) continue;
      const bool float_rd = model::writes_float(probe.op);
      word |= (float_rd ? below(32) : destination()) << 7;
      return emit(word);
    }
  }

  /// vset* to one of the widths in the bitmap `sews`.
  void configure(unsigned sews) {
    unsigned value = 0;
    model::VectorType type;
    do {
      value = below(32) | (below(4) << 6);
      type = model::VectorType::decode(value);
    } while (type.ill || (sews >> type.sew & 1) == 0);
    state_.type = type;
    switch (below(4)) {
      case 0:
        emit(0xc0000057u | (value << 20) | (below(32) << 15) | (7u << 12) | (destination() << 7));
        break;
      case 1:
        emit((value << 20) | (7u << 12) | 0x57 | ((1 + below(29)) << 7));  // VLMAX
        break;
      default:
        emit(addi(temporary, zero, static_cast<std::int32_t>(below(type.max_length() + 20))));
        emit((value << 20) | (temporary << 15) | (7u << 12) | 0x57 | (destination() << 7));
        break;
    }
  }

  void csr() {
    static constexpr Word csrs[] = {hw::csr_fflags, hw::csr_frm,  hw::csr_fcsr, hw::csr_vxrm,
                                    hw::csr_vxsat,  hw::csr_vcsr, hw::csr_vxrm, hw::csr_frm};
    const Word csr = csrs[below(std::size(csrs))];
    switch (below(3)) {
      case 0:
        return emit(csrrs(destination(), csr, zero));
      case 1:
        return emit(csrrci(destination(), csr, below(32)));
      default: {
        // Rounding modes that exist; QEMU 7.2 keeps bits of vxrm that do not.
        const unsigned limit = csr == hw::csr_frm ? 5 : csr == hw::csr_vxrm ? 4 : csr == hw::csr_vcsr ? 8 : 2;
        return emit(csrrwi(destination(), csr, below(csr == hw::csr_fflags || csr == hw::csr_fcsr ? 32 : limit)));
      }
    }
  }

  void scalar_memory() {
    constant(temporary, data_address + below(0x5000));
    static constexpr Word opcodes[] = {0x03, 0x07, 0x23, 0x27};
    const Word opcode = opcodes[below(4)];
    const Word funct3 = opcode == 0x07 || opcode == 0x27 ? 2 : below(opcode == 0x03 ? 7 : 4);
    const Word reg = opcode == 0x07 || opcode == 0x27 ? below(32) : opcode == 0x03 ? destination() : source();
    emit((reg << (opcode >= 0x23 ? 20 : 7)) | (temporary << 15) | (funct3 << 12) | opcode);
  }

  /// Fresh values into a few vector registers.
  void refresh() {
    const Word count = 1u << below(4);
    constant(temporary, data_address + 64 * below(0x140));
    emit(((count - 1) << 29) | 0x02800007u | (temporary << 15) | ((below(32) & ~(count - 1)) << 7));
  }

  /// A register number that is mostly a multiple of the group size.
  Word vector_register(unsigned group) {
    const Word number = below(32);
    return one_in(8) ? number : number / group * group;
  }

  /// The access, sometimes with a vstart other than 0: less than the number of elements, since QEMU 7.2 leaves larger
  /// ones in place.
  void emit_memory(Word word, const model::VectorMemory& memory) {
    if (!one_in(8)) return emit(word);
    const auto type = static_cast<Word>(state_.type.encode());
    emit((type << 20) | (7u << 12) | 0x57 | ((1 + below(28)) << 7));  // vl = VLMAX
    unsigned count = state_.type.max_length();
    if (memory.kind == VectorMemoryKind::whole) count = memory.fields * model::vector_bytes >> memory.width;
    if (memory.kind == VectorMemoryKind::mask) count = (count + 7) / 8;
    emit(csrrwi(zero, hw::csr_vstart, below(std::min(count, 32u))));
    emit(word);
    // Also ends QEMU's block of instructions, for all of which it assumes the same vstart.
    emit(csrrs(destination(), hw::csr_vstart, zero));
  }

  void vector_arithmetic() {
    const auto table = model::vector_table();
    const model::VectorEntry* entry = nullptr;
    do {
      entry = &table[below(static_cast<unsigned>(table.size()))];
    } while (is_excluded(entry->op));
    if (state_.type.ill || (entry->sews >> state_.type.sew & 1) == 0) configure(entry->sews);
    // funct3 of the forms vector, scalar and immediate of each category.
    static constexpr std::array<std::array<Word, 3>, 3> funct3{{{0, 4, 3}, {2, 6, 7}, {1, 5, 7}}};
    for (unsigned tries = 0; tries < 400; ++tries) {
      const unsigned form = below(3);
      if ((entry->forms >> form & 1) == 0) continue;
      const unsigned group = state_.type.lmul > 0 ? 1u << state_.type.lmul : 1;
      Word word = 0x57 | (Word{entry->funct6} << 26) | (funct3[entry->category][form] << 12);
      word |= vector_register(group) << 7 | vector_register(group) << 20;
      word |= (form == 0 ? vector_register(group) : form == 2 || entry->category == 2 ? below(32) : source()) << 15;
      if (entry->vm == model::VmRule::one || (entry->vm == model::VmRule::any && one_in(2))) word |= 1u << 25;
      if (entry->selector >= 0) {
        const unsigned lsb = form == 0 ? 15 : 20;
        word = (word & ~(31u << lsb)) | (static_cast<Word>(entry->selector) << lsb);
      }
      if (entry->shape == Shape::broadcast || entry->shape == Shape::index) word &= ~(31u << 20);
      if (entry->op == VectorOp::vcpop || entry->op == VectorOp::vfirst || entry->op == VectorOp::vmv_x_s) {
        word = (word & ~0xf80u) | (destination() << 7);
      }
      const int decoded = model::decode_vector_arithmetic(word);
      if (decoded < 0 || &table[static_cast<std::size_t>(decoded)] != entry) continue;
      if (!model::check_vector_arithmetic(*entry, word, state_).legal) continue;
      return emit(word);
    }
  }

  void vector_memory() {
    if (state_.type.ill) configure(7);
    static constexpr Word widths[] = {0, 5, 6};
    static constexpr Word unit_modes[] = {0, 0, 0, 8, 11, 16};
    for (unsigned tries = 0; tries < 400; ++tries) {
      const bool is_store = one_in(2);
      const Word mode = below(4);
      const Word fields = one_in(2) ? 0 : below(8);
      Word word = (is_store ? 0x27 : 0x07) | (fields << 29) | (mode << 26) | (bits() & 0x02000000u) |
                  (widths[below(3)] << 12) | (temporary << 15) | (vector_register(1u << below(4)) << 7);
      word |= (mode == 0   ? unit_modes[below(6)]
               : mode == 2 ? Word{second_temporary}
                           : vector_register(1u << below(4)))
              << 20;
      model::VectorMemory memory;
      if (!model::decode_vector_memory(word, memory)) continue;
      if (!model::check_vector_memory(memory, word, state_).legal) continue;
      const std::uint64_t offset = (0x2000 + below(0x1000)) & ~std::uint64_t{3};
      if (memory.kind == VectorMemoryKind::strided) {
        constant(second_temporary, static_cast<std::uint64_t>(std::int64_t{below(17)} - 8) * 4 / (1 + below(2)));
      }
      if (memory.kind == VectorMemoryKind::indexed) {
        const Word index = word >> 20 & 31;
        const Word count = index % 8 == 0 ? 8 : index % 4 == 0 ? 4 : index % 2 == 0 ? 2 : 1;
        constant(temporary, data_address + index_table_offset(memory.width) + 4 * below(64));
        emit(((count - 1) << 29) | 0x02800007u | (temporary << 15) | (index << 7));
      }
      constant(temporary, data_address + offset);
      return emit_memory(word, memory);
    }
  }

  static constexpr Word second_temporary = 29;

  std::mt19937_64& random_;
  model::VectorState state_;
  std::vector<Word> words_;
};

}  // namespace

std::vector<std::uint32_t> random_item(std::mt19937_64& random, const model::Hart& hart) {
  return ItemWriter(random, hart).write();
}

}  // namespace dojo::qemu
