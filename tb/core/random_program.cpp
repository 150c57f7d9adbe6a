#include "tb/core/random_program.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "dojo_hw.hpp"
#include "model/hart.hpp"
#include "model/instruction.hpp"
#include "tb/core/labelled_code.hpp"
#include "tests/model/assembler.hpp"

namespace dojo::tb {
namespace {

using namespace model::assembler;
using model::Op;

// Registers with a purpose; everything else is fair game.
constexpr Word private_pointer = s0;  // and sp
constexpr Word shared_pointer = s1;
constexpr Word scratch_0 = 26;  // inside one item
constexpr Word scratch_1 = 27;
constexpr Word handler_0 = 28;
constexpr Word handler_1 = 29;
constexpr Word handler_2 = 30;
constexpr Word loop_counter = 31;

// mstatus.FS and VS
constexpr std::uint64_t float_initial = 0x2000;
constexpr std::uint64_t float_dirty = 0x6000;
constexpr std::uint64_t vector_initial = 0x200;

constexpr std::uint64_t handler_offset = 0x400;
constexpr unsigned vector_bits = 512;

constexpr bool is_reserved(unsigned number) {
  return number == sp || number == private_pointer || number == shared_pointer || number >= handler_0;
}

enum class Jump { none, branch, jal, jalr, compressed_jump, compressed_branch, loop };

/// Instructions that stay together; nothing jumps between them.
struct Item {
  std::vector<std::uint16_t> parcels;
  Jump jump = Jump::none;
  std::size_t target = 0;  // item, for jumps

  void add(Word word) {
    parcels.push_back(static_cast<std::uint16_t>(word));
    parcels.push_back(static_cast<std::uint16_t>(word >> 16));
  }
  void add_compressed(unsigned bits) { parcels.push_back(static_cast<std::uint16_t>(bits)); }
};

class Generator {
 public:
  Generator(const RandomProgramLayout& layout, std::mt19937_64& random) : layout_(layout), random_(random) {}

  std::vector<std::byte> make() {
    setup();
    const std::size_t first = items_.size();
    while (items_.size() < first + layout_.items) any();
    // Forward jumps of the last items land here.
    for (unsigned i = 0; i < 16; ++i) single(nop);
    Item back;
    back.jump = Jump::jal;
    back.target = first;
    back.add(jal(zero, 0));
    items_.push_back(back);
    return link();
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool one_in(unsigned n) { return below(n) == 0; }
  Word source() { return below(32); }
  Word destination() {
    for (;;) {
      const Word number = below(32);
      if (!is_reserved(number)) return number;
    }
  }
  std::int32_t immediate() { return static_cast<std::int32_t>(below(4096)) - 2048; }

  void single(Word word) {
    Item item;
    item.add(word);
    items_.push_back(item);
  }

  static void constant(Item& item, Word rd, std::uint64_t value) {
    Program program;
    program.constant(rd, value);
    for (std::size_t i = 0; i < program.data().size(); i += 4) {
      Word word = 0;
      std::memcpy(&word, program.data().data() + i, 4);
      item.add(word);
    }
  }

  /// Entry: trap vector, interrupts, pointers; then the trap handler, which the program jumps over.
  void setup() {
    Item item;
    const std::uint64_t handler = layout_.code + handler_offset;
    constant(item, scratch_0, handler);
    item.add(csrrw(zero, hw::csr_mtvec, scratch_0));
    constant(item, scratch_0, 0x888);
    item.add(csrrw(zero, hw::csr_mie, scratch_0));
    constant(item, scratch_0, float_initial | vector_initial | 8);
    item.add(csrrs(zero, hw::csr_mstatus, scratch_0));
    if (protects_) protect(item);
    constant(item, sp, layout_.private_data + 1024);
    constant(item, private_pointer, layout_.private_data + 2048);
    constant(item, shared_pointer, layout_.shared_data);
    item.add(addi(loop_counter, zero, 0));  // a jump into a loop finds few iterations to do
    constant(item, scratch_0, hw::clint_mtimecmp_address(layout_.hart));
    item.add(csrrs(scratch_1, hw::csr_time, zero));
    item.add(addi(scratch_1, scratch_1, 1500));
    item.add(sd(scratch_1, scratch_0, 0));
    while (item.parcels.size() < handler_offset / 2 - 2) item.add(nop);
    const std::vector<Word> code = handler_code();
    item.add(jal(zero, static_cast<std::int32_t>(4 + 4 * code.size())));
    for (const Word word : code) item.add(word);
    items_.push_back(item);
  }

  /// Protects parts of the private data: single bytes that may be accessed only in part, some locked. Nothing concerns
  /// code or what the trap handler uses.
  void protect(Item& item) {
    const auto set = [&](Word csr, std::uint64_t value) {
      constant(item, scratch_0, value);
      item.add(csrrw(zero, csr, scratch_0));
    };
    // What a jump finds there is never executed; the instruction before it lies across its border.
    set(hw::csr_pmpaddr0, denied_code() >> 2);
    constant(item, scratch_0, denied_code() - 2);
    item.add(addi(scratch_1, zero, 3));
    item.add(s_type(1, scratch_0, scratch_1, 0));
    set(hw::csr_pmpaddr1, (layout_.private_data + 0x600) >> 2 | 7);
    set(hw::csr_pmpaddr2, (layout_.private_data + 0x804) >> 2);
    set(hw::csr_pmpaddr3, (layout_.private_data + 0x80c) >> 2);
    for (unsigned entry = 8; entry < hw::pmp_entries; ++entry) set(hw::csr_pmpaddr0 + entry, private_word());
    constexpr std::uint64_t word = 0x90;  // locked, four bytes
    constexpr std::uint64_t power_of_two = 0x98;
    constexpr std::uint64_t range = 0x88;
    constexpr std::uint64_t unlocked_range = 0x08;
    constexpr std::uint64_t permissions[] = {0, 1, 3, 5, 7};
    const std::uint64_t third = one_in(2) ? range | permissions[below(5)] : unlocked_range;
    set(hw::csr_pmpcfg0, word | 1 | (power_of_two | permissions[below(5)]) << 8 | third << 24);
  }

  /// Nothing else is near.
  std::uint64_t denied_code() const { return layout_.zeros + 0x1000 + 0x100 * layout_.hart; }
  /// Address of a word of the private data, and the end of a small region there, as pmpaddr has it.
  std::uint64_t private_word() {
    constexpr std::uint64_t ends[] = {0, 0, 1, 3};
    return ((layout_.private_data + below(3000)) >> 2 & ~std::uint64_t{7}) | ends[below(4)] | (one_in(2) ? 4 : 0);
  }

  /// Skips the trapping instruction; after a fetch fault goes on behind the jump; ends interrupts at their source.
  static std::vector<Word> handler_code() {
    LabelledCode code;
    code += csrrs(handler_0, hw::csr_mcause, zero);
    code.branch(4, handler_0, zero, "interrupt");
    code += {csrrs(handler_2, hw::csr_mepc, zero), csrrwi(zero, hw::csr_vstart, 0), addi(handler_1, zero, 1)};
    code.branch(0, handler_0, handler_1, "jumped_out");
    code += {lbu(handler_1, handler_2, 0), i_type(0x13, 7, handler_1, handler_1, 3), addi(handler_1, handler_1, -3),
             addi(handler_2, handler_2, 2)};
    code.branch(1, handler_1, zero, "leave");
    code += addi(handler_2, handler_2, 2);
    code.label("leave");
    code += {csrrw(zero, hw::csr_mepc, handler_2), mret};
    code.label("interrupt");
    code += {i_type(0x13, 7, handler_0, handler_0, 15), addi(handler_0, handler_0, -3),
             csrrs(handler_1, hw::csr_mhartid, zero)};
    code.branch(1, handler_0, zero, "timer");
    code += {slli(handler_1, handler_1, 2), lui(handler_2, static_cast<Word>(hw::clint_base >> 12)),
             add(handler_1, handler_1, handler_2), sw(zero, handler_1, 0), mret};
    code.label("timer");
    code += {slli(handler_1, handler_1, 3),
             lui(handler_2, static_cast<Word>(hw::clint_mtimecmp_address(0) >> 12)),
             add(handler_1, handler_1, handler_2),
             csrrs(handler_2, hw::csr_time, zero),
             addi(handler_2, handler_2, 1111),
             sd(handler_2, handler_1, 0),
             mret};
    code.label("jumped_out");
    code += {addi(handler_2, scratch_0, 8), csrrw(zero, hw::csr_mepc, handler_2), mret};
    return code.link();
  }

  // One item of each kind; `items_` grows by it.
  void any();
  void integer();
  void random_word();
  void random_compressed();
  void load_or_store();
  void atomic_access();
  void floating();
  void protection();
  void vector();
  void vector_configuration(Item& item, unsigned longest);
  Word vector_register();
  void vector_arithmetic(Item& item);
  void vector_consecutive(Item& item);
  void vector_strided(Item& item);
  void vector_indexed(Item& item);
  void csr_access();
  void forward_jump();
  void loop();
  void self_modification();
  void registers_in_memory();
  void semaphore_wait();
  void sleep();
  void remote_store();
  void issue();

  std::vector<std::byte> link();

  const RandomProgramLayout& layout_;
  std::mt19937_64& random_;
  std::vector<Item> items_;
  bool in_loop_ = false;
  bool protects_ = one_in(3);  ///< the hart's protection is on
};

void Generator::any() {
  const unsigned kind = below(100);
  if (kind < 6) return integer();
  if (kind < 14) return vector();
  if (kind < 29) return floating();
  if (kind < 30) return protects_ && one_in(4) ? protection() : integer();
  if (kind < 36) return random_word();
  if (kind < 55) return random_compressed();
  if (kind < 70) return load_or_store();
  if (kind < 75) return atomic_access();
  if (kind < 80) return csr_access();
  if (kind < 90) return forward_jump();
  if (kind < 92) return loop();
  if (kind < 93) return self_modification();
  if (kind < 95) return registers_in_memory();
  if (kind < 96) return semaphore_wait();
  if (kind < 97) return one_in(8) ? sleep() : single(one_in(2) ? fence_i : 0x0ff0000f);
  if (kind < 98) return remote_store();
  if (kind < 99) return issue();
  single(one_in(2) ? ecall : ebreak);
}

void Generator::integer() {
  // Operation and form; multiply and divide among them.
  static constexpr Word forms[] = {0x33, 0x33, 0x3b, 0x13, 0x13, 0x1b, 0x37, 0x17};
  const Word opcode = forms[below(8)];
  const Word rd = destination();
  if (one_in(12)) {  // products that follow one another
    Item item;
    for (unsigned i = 0; i < 4; ++i) item.add(r_type(0x33, 0, 1, destination(), source(), source()));
    items_.push_back(item);
    return;
  }
  for (;;) {
    Word word = 0;
    if (opcode == 0x33 || opcode == 0x3b) {
      static constexpr Word variants[] = {0, 0x20, 1, 1};
      word = r_type(opcode, below(8), variants[below(4)], rd, source(), source());
    } else if (opcode == 0x37 || opcode == 0x17) {
      word = (static_cast<Word>(random_()) & 0xfffff000u) | (rd << 7) | opcode;
    } else {
      word = i_type(opcode, below(8), rd, source(), immediate());
    }
    if (model::decode(word).op == Op::illegal && !one_in(50)) continue;
    return single(word);
  }
}

/// Whether random bits may run: they must not jump, sleep, move the trap vector or touch what is reserved.
bool is_harmless(const model::Instruction& instruction) {
  if (instruction.rd < 32 && is_reserved(instruction.rd) && instruction.op != Op::illegal) return false;
  switch (instruction.op) {
    case Op::jal:
    case Op::jalr:
    case Op::beq:
    case Op::bne:
    case Op::blt:
    case Op::bge:
    case Op::bltu:
    case Op::bgeu:
    case Op::mret:
    case Op::wfi:
    case Op::dojo_issue:
    case Op::dojo_sem_wait:
    case Op::csrrw:
    case Op::csrrs:
    case Op::csrrc:
    case Op::csrrwi:
    case Op::csrrsi:
    case Op::csrrci:
    case Op::vector_load:
    case Op::vector_store:
      return false;
    default:
      break;
  }
  // Random addresses almost always trap; those relative to the pointers hit data.
  const bool stores = model::memory_effect(instruction.op) == model::MemoryEffect::store ||
                      model::memory_effect(instruction.op) == model::MemoryEffect::atomic;
  if (!stores) return true;
  return instruction.rs1 == private_pointer || instruction.rs1 == sp || instruction.rs1 == zero;
}

void Generator::random_word() {
  for (;;) {
    const Word word = static_cast<Word>(random_()) | 3;
    if (is_harmless(model::decode(word))) return single(word);
  }
}

void Generator::random_compressed() {
  for (;;) {
    const auto bits = static_cast<unsigned>(random_() & 0xffff);
    if ((bits & 3) == 3 || !is_harmless(model::decode(bits))) continue;
    Item item;
    item.add_compressed(bits);
    items_.push_back(item);
    return;
  }
}

void Generator::load_or_store() {
  const bool shared = one_in(3);
  const Word base = shared ? shared_pointer : one_in(2) ? private_pointer : sp;
  const unsigned size = below(4);
  std::int32_t offset = shared ? static_cast<std::int32_t>(below(256)) : static_cast<std::int32_t>(below(2000)) - 1000;
  if (!one_in(20)) offset &= -(1 << size);
  if (one_in(2)) return single(s_type(size, base, source(), offset));
  const Word funct3 = size == 3 ? 3 : size + (one_in(2) ? 4 : 0);
  single(i_type(0x03, funct3, destination(), base, offset));
}

void Generator::atomic_access() {
  static constexpr Word operations[] = {0x00, 0x01, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c};
  Item item;
  const bool wide = one_in(2);
  const Word base = one_in(4) ? private_pointer : shared_pointer;
  item.add(addi(scratch_0, base, static_cast<std::int32_t>(below(256)) & (one_in(20) ? -1 : wide ? -8 : -4)));
  switch (below(4)) {
    case 0:
      item.add(atomic(0x02, wide, destination(), scratch_0, zero));
      if (one_in(2)) item.add(addi(scratch_1, scratch_1, 1));
      if (one_in(4)) item.add(s_type(3, base, source(), 8 * static_cast<std::int32_t>(below(32))));
      item.add(atomic(0x03, wide, destination(), scratch_0, source()));
      break;
    case 1:
      item.add(atomic(0x03, wide, destination(), scratch_0, source()));
      break;
    default:
      item.add(atomic(operations[below(9)], wide, destination(), scratch_0, source()));
      break;
  }
  items_.push_back(item);
}

void Generator::floating() {
  static constexpr Word pattern[] = {0x00000000, 0x80000000, 0x00000001, 0x007fffff, 0x00800000, 0x3f800000,
                                     0xbf800000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001,
                                     0x4f000000, 0xcf000000, 0x5f000000, 0x3f000001, 0x33800000, 0xffff3f80};
  const Word rounding = one_in(12) ? 5 + below(2) : one_in(2) ? 7 : below(5);
  Item item;
  switch (below(8)) {
    case 0: {  // a value
      constant(item, scratch_0, one_in(2) ? pattern[below(std::size(pattern))] : static_cast<Word>(random_()));
      item.add(r_type(0x53, 0, 0x78, below(32), scratch_0, 0));
      break;
    }
    case 1: {  // loads and stores
      const bool half = one_in(4);
      std::int32_t offset = static_cast<std::int32_t>(below(2000)) - 1000;
      if (!one_in(20)) offset &= half ? -2 : -4;
      const Word base = one_in(2) ? private_pointer : sp;
      const Word funct3 = half ? 1 : 2;
      item.add(one_in(2) ? i_type(0x07, funct3, below(32), base, offset)
                         : (s_type(funct3, base, below(32), offset) & ~0x7fu) | 0x27);
      break;
    }
    case 2: {  // fused
      const Word opcode = 0x43 + 4 * below(4);
      item.add(r_type(opcode, rounding, below(32) << 2, below(32), below(32), below(32)));
      break;
    }
    case 3: {  // integer results, comparisons
      static constexpr Word variants[] = {0x50, 0x50, 0x60, 0x60, 0x70, 0x72};
      const Word funct7 = variants[below(6)];
      const Word rs2 = funct7 == 0x50 ? below(32) : funct7 == 0x60 ? below(4) : 0;
      const Word funct3 = funct7 == 0x50 ? below(3) : funct7 == 0x60 ? rounding : funct7 == 0x70 ? below(2) : 0;
      item.add(r_type(0x53, funct3, funct7, destination(), below(32), rs2));
      break;
    }
    case 4: {  // from integers, and between formats
      static constexpr Word variants[] = {0x68, 0x68, 0x78, 0x7a, 0x20, 0x22};
      const Word funct7 = variants[below(6)];
      const Word rs2 = funct7 == 0x68 ? below(4) : funct7 == 0x20 ? 6 : funct7 == 0x22 ? 8 : 0;
      const bool rounded = funct7 != 0x78 && funct7 != 0x7a;
      item.add(r_type(0x53, rounded ? rounding : 0, funct7, below(32), below(32), rs2));
      break;
    }
    case 5: {           // state
      if (one_in(6)) {  // off for a moment
        constant(item, scratch_0, float_dirty);
        item.add(csrrc(destination(), hw::csr_mstatus, scratch_0));
        item.add(r_type(0x53, 0, 0x10, below(32), below(32), below(32)));
        item.add(one_in(2) ? csrrs(destination(), hw::csr_fcsr, zero) : i_type(0x07, 2, below(32), sp, 0));
        constant(item, scratch_0, one_in(2) ? float_initial : float_dirty);
        item.add(csrrs(zero, hw::csr_mstatus, scratch_0));
        break;
      }
      static constexpr Word registers[] = {hw::csr_fflags, hw::csr_frm, hw::csr_fcsr};
      const Word csr = registers[below(3)];
      // Mostly rounding modes that exist.
      const Word value = csr == hw::csr_frm ? below(one_in(8) ? 8 : 5) : below(32);
      item.add(one_in(2) ? csrrs(destination(), csr, zero) : csrrwi(destination(), csr, value));
      break;
    }
    default: {
      static constexpr Word variants[] = {0x00, 0x00, 0x04, 0x08, 0x08, 0x0c, 0x2c, 0x10, 0x14};
      const Word funct7 = variants[below(9)];
      const Word funct3 = funct7 == 0x10 ? below(3) : funct7 == 0x14 ? below(2) : rounding;
      item.add(r_type(0x53, funct3, funct7, below(32), below(32), funct7 == 0x2c ? 0 : below(32)));
      break;
    }
  }
  items_.push_back(item);
}

/// A register; often one that a group can start with.
Word Generator::vector_register() {
  const Word number = below(32);
  return one_in(3) ? number : one_in(2) ? number & ~Word{7} : number & ~Word{1};
}

/// vset* for at most `longest` elements; rarely a reserved type.
void Generator::vector_configuration(Item& item, unsigned longest) {
  static constexpr Word multipliers[] = {0, 0, 1, 1, 2, 3, 5, 6, 7};
  const Word type = (one_in(40) ? below(256) : below(3) << 3 | multipliers[below(9)]) | below(4) << 6;
  const Word rd = one_in(4) ? destination() : zero;
  if (longest < 32 || one_in(4)) {
    item.add(0x3u << 30 | type << 20 | below(std::min(longest, 32u)) << 15 | 7 << 12 | rd << 7 | 0x57);
    return;
  }
  Word rs1 = zero;
  if (longest < vector_bits || one_in(2)) {
    item.add(addi(scratch_0, zero, static_cast<std::int32_t>(below(longest))));
    rs1 = scratch_0;
  }
  if (one_in(4)) {
    item.add(addi(scratch_1, zero, static_cast<std::int32_t>(type)));
    item.add(0x40u << 25 | scratch_1 << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57);
  } else {
    item.add(type << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57);
  }
}

/// A random operation that exists, on random registers; whether it is legal the vector type decides.
void Generator::vector_arithmetic(Item& item) {
  static constexpr Word forms[] = {0, 1, 2, 3, 4, 5, 6};
  for (;;) {
    const Word form = forms[below(7)];
    Word word = (static_cast<Word>(random_()) & 0xfc000000) | (one_in(3) ? 0u : 1u << 25) | form << 12 | 0x57;
    word |= vector_register() << 20 | (form <= 2 ? vector_register() : below(32)) << 15 | vector_register() << 7;
    if (one_in(16)) {  // dojo.vcf.*
      constant(item, scratch_0, below(64) | below(4) << 8 | below(2) << 16 | (one_in(20) ? 1u << 20 : 0));
      word = (one_in(20) ? 1u << 26 : 0) | 1u << 25 | vector_register() << 20 | scratch_0 << 15 | below(2) << 12 |
             vector_register() << 7 | hw::xdojo_vcf_narrow_opcode;
      return item.add(word);
    }
    if (one_in(16)) {  // dojo.vacc.*; each hart has an accumulator of its own
      constant(item, scratch_0, 16 * layout_.hart + below(9));
      return item.add((one_in(20) ? 1u << 26 : 0) | (one_in(3) ? 0u : 1u << 25) | scratch_0 << 15 | below(2) << 12 |
                      vector_register() << 7 | hw::xdojo_vacc_read_opcode);
    }
    const bool to_integer = form == 2 && word >> 26 == 0x10;
    if (to_integer) word = (word & ~(31u << 7)) | destination() << 7;
    if (model::decode(word).op != Op::illegal) return item.add(word);
    if (one_in(20)) return item.add(word);
  }
}

/// Unit-stride, fault-only-first, whole-register and mask accesses, with and without segments.
void Generator::vector_consecutive(Item& item) {
  static constexpr Word widths[] = {0, 5, 6};
  static constexpr Word kinds[] = {0, 0, 0, 8, 11, 16};
  const bool load = one_in(2);
  const Word kind = kinds[below(load ? 6 : 5)];
  const Word width = kind == 11 || (kind == 8 && !load) ? 0 : widths[below(3)];
  const Word fields = kind == 8 ? (1u << below(4)) - 1 : kind == 11 ? 0 : one_in(3) ? below(8) : 0;
  const Word unmasked = kind == 8 || kind == 11 || !one_in(3) ? 1 : 0;
  std::int32_t offset = static_cast<std::int32_t>(below(1000)) - 500;
  if (!one_in(10)) offset &= -4;
  if (load && one_in(12)) {  // at the end of the SRAM
    constant(item, scratch_0, hw::sram_base + hw::sram_size - 4 * below(100));
  } else {
    item.add(addi(scratch_0, one_in(2) ? private_pointer : sp, offset));
  }
  item.add(fields << 29 | unmasked << 25 | kind << 20 | scratch_0 << 15 | width << 12 | vector_register() << 7 |
           (load ? 0x07 : 0x27));
}

void Generator::vector_strided(Item& item) {
  static constexpr Word widths[] = {0, 5, 6};
  vector_configuration(item, 32);
  item.add(addi(scratch_0, private_pointer, static_cast<std::int32_t>(below(200)) & (one_in(10) ? -1 : -4)));
  item.add(addi(scratch_1, zero, (static_cast<std::int32_t>(below(17)) - 8) * (one_in(10) ? 3 : 4)));
  item.add((one_in(3) ? below(8) : 0) << 29 | 2u << 26 | (one_in(3) ? 0u : 1u << 25) | scratch_1 << 20 |
           scratch_0 << 15 | widths[below(3)] << 12 | vector_register() << 7 | (one_in(2) ? 0x07 : 0x27));
}

/// Indices are element numbers, times four or not, so that the accesses stay in the private data.
void Generator::vector_indexed(Item& item) {
  const Word index_width = below(3);
  const Word data_width = below(3);
  // LMUL of 1/2 to 2 for the indices, so that the data has 1/8 to 8.
  const int index_multiplier = static_cast<int>(below(3)) - 1;
  const int data_multiplier = index_multiplier + static_cast<int>(data_width) - static_cast<int>(index_width);
  const auto type = [](Word width, int multiplier) {
    return 3u << 6 | width << 3 | (static_cast<Word>(multiplier) & 7);
  };
  const Word length = below(32);
  const auto configure = [&](Word width, int multiplier) {
    item.add(0x3u << 30 | type(width, multiplier) << 20 | length << 15 | 7 << 12 | zero << 7 | 0x57);
  };
  constexpr Word indices = 8;
  configure(index_width, index_multiplier);
  item.add(0x14u << 26 | 1u << 25 | 17 << 15 | 2 << 12 | indices << 7 | 0x57);  // vid.v
  if (!one_in(5)) item.add(0x25u << 26 | 1u << 25 | indices << 20 | 2 << 15 | 3 << 12 | indices << 7 | 0x57);
  configure(data_width, data_multiplier);
  item.add(addi(scratch_0, private_pointer, static_cast<std::int32_t>(below(400)) & (one_in(10) ? -1 : -4)));
  static constexpr Word widths[] = {0, 5, 6};
  item.add((one_in(3) ? below(8) : 0) << 29 | (one_in(2) ? 1u : 3u) << 26 | (one_in(3) ? 0u : 1u << 25) |
           indices << 20 | scratch_0 << 15 | widths[index_width] << 12 | vector_register() << 7 |
           (one_in(2) ? 0x07 : 0x27));
}

void Generator::vector() {
  Item item;
  switch (below(12)) {
    case 0:
    case 1:
      vector_configuration(item, one_in(4) ? vector_bits : 128);
      break;
    case 2:
    case 3:
    case 4:
      vector_consecutive(item);
      break;
    case 5:
      vector_strided(item);
      break;
    case 6:
      vector_indexed(item);
      break;
    case 7: {
      static constexpr Word readable[] = {hw::csr_vstart, hw::csr_vxsat, hw::csr_vxrm,     hw::csr_vcsr,
                                          hw::csr_vl,     hw::csr_vtype, hw::csr_xcfflags, hw::csr_xseed};
      static constexpr Word writable[] = {hw::csr_vxsat, hw::csr_vxrm, hw::csr_vcsr, hw::csr_xcfflags, hw::csr_xseed};
      if (one_in(2)) {
        item.add(csrrs(destination(), readable[below(8)], zero));
      } else if (one_in(2)) {
        item.add(csrrw(destination(), writable[below(5)], source()));
      } else {
        item.add(csrrwi(zero, hw::csr_vstart, below(one_in(4) ? 32 : 6)));
        if (one_in(2))
          vector_arithmetic(item);
        else
          vector_consecutive(item);
        item.add(csrrwi(destination(), hw::csr_vstart, 0));
      }
      break;
    }
    default:
      vector_arithmetic(item);
      break;
  }
  items_.push_back(item);
}

/// Changes the entries 8 to 15, which concern the private data only.
void Generator::protection() {
  Item item;
  if (one_in(3)) {
    constant(item, scratch_0, private_word());
    item.add(csrrw(destination(), hw::csr_pmpaddr8 + below(8), scratch_0));
  } else {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) {
      // Entry 8 has no neighbour below it that a range could start from.
      const std::uint64_t match = i == 0 ? 2 + below(2) : below(4);
      const std::uint64_t locked = one_in(32) ? 0x80 : 0;
      value |= (locked | match << 3 | below(8) | (one_in(8) ? 0x60 : 0)) << (8 * i);
    }
    constant(item, scratch_0, value);
    item.add(csrrw(destination(), hw::csr_pmpcfg2, scratch_0));
  }
  items_.push_back(item);
}

void Generator::csr_access() {
  static constexpr Word readable[] = {hw::csr_cycle,
                                      hw::csr_time,
                                      hw::csr_instret,
                                      hw::csr_mvendorid,
                                      hw::csr_marchid,
                                      hw::csr_mimpid,
                                      hw::csr_mhartid,
                                      hw::csr_mstatus,
                                      hw::csr_misa,
                                      hw::csr_fflags,
                                      hw::csr_frm,
                                      hw::csr_fcsr,
                                      hw::csr_vl,
                                      hw::csr_xseed,
                                      hw::csr_pmpcfg0,
                                      hw::csr_pmpcfg2,
                                      hw::csr_pmpaddr0,
                                      hw::csr_pmpaddr9,
                                      hw::csr_mie,
                                      hw::csr_mtvec,
                                      hw::csr_mscratch,
                                      hw::csr_mepc,
                                      hw::csr_mcause,
                                      hw::csr_mtval,
                                      hw::csr_mip,
                                      hw::csr_mcycle,
                                      hw::csr_minstret,
                                      hw::csr_xnode,
                                      hw::csr_mconfigptr,
                                      hw::csr_mhpmcounter3,
                                      hw::csr_mhpmcounter3 + 9,
                                      hw::csr_mhpmcounter3 + 10,
                                      0x306,
                                      0x320,
                                      0xc03,
                                      0x100};
  static constexpr Word writable[] = {
      hw::csr_mscratch, hw::csr_mepc, hw::csr_mcause,  hw::csr_mtval,   hw::csr_minstret,
      hw::csr_mcycle,   hw::csr_mip,  hw::csr_mhartid, hw::csr_instret, hw::csr_mhpmcounter3 + 8,
      hw::csr_misa,     hw::csr_frm,  hw::csr_fflags,  hw::csr_fcsr,    hw::csr_vlenb};
  if (one_in(8)) {  // interrupts off for a moment
    Item item;
    item.add(csrrci(destination(), hw::csr_mstatus, 8));
    for (unsigned i = below(6); i > 0; --i) item.add(addi(scratch_0, scratch_0, 1));
    if (one_in(2)) {
      item.add(csrrsi(destination(), hw::csr_mstatus, 8));
    } else {  // the whole register
      constant(item, scratch_0, float_initial | vector_initial | 8);
      item.add(csrrw(destination(), hw::csr_mstatus, scratch_0));
    }
    items_.push_back(item);
    return;
  }
  if (one_in(2)) return single(csrrs(destination(), readable[below(std::size(readable))], zero));
  static constexpr Word forms[] = {1, 2, 3, 5, 6, 7};
  single((writable[below(std::size(writable))] << 20) | (source() << 15) | (forms[below(6)] << 12) |
         (destination() << 7) | 0x73);
}

void Generator::forward_jump() {
  if (in_loop_ && one_in(2)) return integer();
  Item item;
  item.target = items_.size() + 1 + below(8);
  static constexpr Word conditions[] = {0, 1, 4, 5, 6, 7};
  switch (below(8)) {
    case 0:
      item.jump = Jump::jal;
      item.add(jal(destination(), 0));
      break;
    case 1:
      item.jump = Jump::jalr;
      item.add(auipc(scratch_0, 0));
      item.add(jalr(destination(), scratch_0, 0));
      break;
    case 2:
      item.jump = Jump::compressed_jump;
      item.add_compressed(0xa001);
      break;
    case 3:
      item.jump = Jump::compressed_branch;
      item.add_compressed(0xc001 | (below(2) << 13) | (below(8) << 7));
      break;
    case 4:
      if (one_in(8)) {  // out of the SRAM, or where nothing may be executed; the trap handler comes back by scratch_0
        static constexpr std::uint64_t targets[] = {0,
                                                    hw::clint_base,
                                                    hw::sram_base + hw::sram_size,
                                                    hw::sram_base - 2,
                                                    hw::sram_base + hw::sram_size - 2,
                                                    std::uint64_t{1} << 63};
        const std::uint64_t target = one_in(4) ? denied_code() - 2 * below(2) : targets[below(std::size(targets))];
        constant(item, scratch_1, target);
        item.add(auipc(scratch_0, 0));
        item.add(jalr(one_in(2) ? a0 : zero, scratch_1, 0));
        break;
      }
      [[fallthrough]];
    default:
      item.jump = Jump::branch;
      item.add(b_type(conditions[below(6)], source(), source(), 0));
      break;
  }
  items_.push_back(item);
}

void Generator::loop() {
  if (in_loop_) return integer();
  in_loop_ = true;
  single(addi(loop_counter, zero, static_cast<std::int32_t>(below(6))));
  const std::size_t body = items_.size();
  const unsigned length = 1 + below(24);
  while (items_.size() < body + length) any();
  Item item;
  item.jump = Jump::loop;
  item.target = body;
  item.add(addi(loop_counter, loop_counter, -1));
  item.add(b_type(4, zero, loop_counter, 0));
  items_.push_back(item);
  in_loop_ = false;
}

void Generator::self_modification() {
  const Word planted = addi(destination(), source(), immediate());
  // lui and addiw build the instruction; it lands on the nop after fence.i.
  const Word low = planted & 0xfff;
  const Word upper = (planted + 0x800) >> 12 & 0xfffff;
  Item item;
  item.add(auipc(scratch_0, 0));
  item.add(lui(scratch_1, upper));
  item.add(i_type(0x1b, 0, scratch_1, scratch_1, static_cast<std::int32_t>(low << 20) >> 20));
  item.add(sw(scratch_1, scratch_0, 20));
  item.add(fence_i);
  item.add(nop);
  items_.push_back(item);
}

void Generator::registers_in_memory() {
  const std::uint64_t addresses[] = {hw::clint_msip_address(layout_.hart),
                                     hw::clint_mtimecmp_address(layout_.hart),
                                     hw::clint_mtime_address(),
                                     hw::control_node_id_address(),
                                     hw::control_hart_status_address(below(4)),
                                     hw::control_hart_start_address(layout_.hart),
                                     hw::control_fault_address(),
                                     hw::control_fault_address() + 8,
                                     hw::semaphore_value_address(8 * layout_.hart + 7),
                                     hw::sram_base + hw::sram_size,
                                     hw::sram_base - 8};
  Item item;
  const std::uint64_t address = addresses[below(std::size(addresses))];
  constant(item, scratch_0, address);
  const bool is_compare = address == hw::clint_mtimecmp_address(layout_.hart);
  // mtimecmp is only read: the handler keeps the timer going.
  if (one_in(2) || is_compare) {
    static constexpr Word loads[] = {0, 1, 2, 3, 4, 5, 6, 2, 3, 3};
    item.add(i_type(0x03, loads[below(10)], destination(), scratch_0, 0));
  } else {
    item.add(addi(scratch_1, zero, static_cast<std::int32_t>(below(4))));
    item.add(s_type(one_in(4) ? below(4) : one_in(2) ? 3 : 2, scratch_0, scratch_1, 0));
  }
  items_.push_back(item);
}

void Generator::semaphore_wait() {
  Item item;
  if (layout_.sleeps && one_in(2)) {  // somebody else must increment
    item.add(addi(scratch_0, zero, static_cast<std::int32_t>(random_program_semaphore(layout_.hart))));
    item.add(addi(scratch_1, zero, static_cast<std::int32_t>(below(3))));
    item.add(dojo_sem_wait(scratch_0, scratch_1));
  } else {
    const unsigned id = 8 * layout_.hart + 1 + below(6);
    constant(item, scratch_0, hw::semaphore_value_address(id));
    item.add(addi(scratch_1, zero, static_cast<std::int32_t>(below(100))));
    item.add(sd(scratch_1, scratch_0, 0));
    item.add(addi(scratch_0, zero, static_cast<std::int32_t>(id)));
    item.add(dojo_sem_wait(scratch_0, scratch_1));
  }
  items_.push_back(item);
}

void Generator::sleep() {
  if (layout_.sleeps) single(wfi);
}

void Generator::remote_store() {
  Item item;
  constant(item, scratch_0, hw::global_address(0, 0, hw::sram_base + 64 * below(1000)) | (one_in(10) ? 1ull << 62 : 0));
  for (unsigned i = 1 + below(3); i > 0; --i) {
    const unsigned size = below(4);
    item.add(s_type(size, scratch_0, source(), static_cast<std::int32_t>(below(64)) & -(1 << size)));
  }
  if (one_in(4)) item.add(ld(destination(), scratch_0, 0));
  items_.push_back(item);
}

void Generator::issue() {
  Item item;
  constant(item, scratch_0, layout_.zeros);
  for (unsigned i = 1 + below(3); i > 0; --i)
    item.add(dojo_issue(one_in(2) ? hw::Unit::matrix : hw::Unit::transfer, scratch_0));
  items_.push_back(item);
}

std::vector<std::byte> Generator::link() {
  std::vector<std::int64_t> address;
  std::int64_t next = 0;
  for (const Item& item : items_) {
    address.push_back(next);
    next += static_cast<std::int64_t>(2 * item.parcels.size());
  }
  std::vector<std::uint16_t> code;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    std::vector<std::uint16_t> parcels = items_[i].parcels;
    if (items_[i].jump != Jump::none) {
      const auto offset = static_cast<std::int32_t>(address.at(items_[i].target) - address[i]);
      const auto u = static_cast<std::uint32_t>(offset);
      const auto word = [&](std::size_t at) { return parcels[at] | (static_cast<Word>(parcels[at + 1]) << 16); };
      const auto patch = [&](std::size_t at, Word value) {
        parcels[at] = static_cast<std::uint16_t>(value);
        parcels[at + 1] = static_cast<std::uint16_t>(value >> 16);
      };
      switch (items_[i].jump) {
        case Jump::jal:
          patch(0, word(0) | jal(0, offset));
          break;
        case Jump::branch:
          patch(0, word(0) | b_type(0, 0, 0, offset));
          break;
        case Jump::loop:
          patch(2, word(2) | b_type(0, 0, 0, offset - 4));
          break;
        case Jump::jalr:
          patch(2, word(2) | i_type(0, 0, 0, 0, offset));
          break;
        case Jump::compressed_jump:
          parcels[0] = static_cast<std::uint16_t>(parcels[0] | (u >> 11 & 1) << 12 | (u >> 4 & 1) << 11 |
                                                  (u >> 8 & 3) << 9 | (u >> 10 & 1) << 8 | (u >> 6 & 1) << 7 |
                                                  (u >> 7 & 1) << 6 | (u >> 1 & 7) << 3 | (u >> 5 & 1) << 2);
          break;
        default:
          if (offset > 254) {  // too far: c.nop
            parcels[0] = 1;
            break;
          }
          parcels[0] = static_cast<std::uint16_t>(parcels[0] | (u >> 8 & 1) << 12 | (u >> 3 & 3) << 10 |
                                                  (u >> 6 & 3) << 5 | (u >> 1 & 3) << 3 | (u >> 5 & 1) << 2);
          break;
      }
    }
    code.insert(code.end(), parcels.begin(), parcels.end());
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(code.data());
  return {bytes, bytes + 2 * code.size()};
}

}  // namespace

std::vector<std::byte> random_program(const RandomProgramLayout& layout, std::mt19937_64& random) {
  return Generator(layout, random).make();
}

}  // namespace dojo::tb
