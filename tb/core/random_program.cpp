#include "tb/core/random_program.hpp"

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
    const std::uint64_t handler = layout_.code + 0x200;
    constant(item, scratch_0, handler);
    item.add(csrrw(zero, hw::csr_mtvec, scratch_0));
    item.add(addi(scratch_0, zero, 0x88));
    item.add(csrrw(zero, hw::csr_mie, scratch_0));
    item.add(csrrsi(zero, hw::csr_mstatus, 8));
    constant(item, sp, layout_.private_data + 1024);
    constant(item, private_pointer, layout_.private_data + 2048);
    constant(item, shared_pointer, layout_.shared_data);
    item.add(addi(loop_counter, zero, 0));  // a jump into a loop finds few iterations to do
    constant(item, scratch_0, hw::clint_mtimecmp_address(layout_.hart));
    item.add(csrrs(scratch_1, hw::csr_time, zero));
    item.add(addi(scratch_1, scratch_1, 1500));
    item.add(sd(scratch_1, scratch_0, 0));
    while (item.parcels.size() < 0x200 / 2 - 2) item.add(nop);
    const std::vector<Word> code = handler_code();
    item.add(jal(zero, static_cast<std::int32_t>(4 + 4 * code.size())));
    for (const Word word : code) item.add(word);
    items_.push_back(item);
  }

  /// Skips the trapping instruction; after a fetch fault goes on behind the jump; ends interrupts at their source.
  static std::vector<Word> handler_code() {
    LabelledCode code;
    code += csrrs(handler_0, hw::csr_mcause, zero);
    code.branch(4, handler_0, zero, "interrupt");
    code += {csrrs(handler_2, hw::csr_mepc, zero), addi(handler_1, zero, 1)};
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
};

void Generator::any() {
  const unsigned kind = below(100);
  if (kind < 30) return integer();
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

void Generator::csr_access() {
  static constexpr Word readable[] = {hw::csr_cycle,
                                      hw::csr_time,
                                      hw::csr_instret,
                                      hw::csr_mvendorid,
                                      hw::csr_marchid,
                                      hw::csr_mimpid,
                                      hw::csr_mhartid,
                                      hw::csr_mstatus,
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
      hw::csr_mcycle,   hw::csr_mip,  hw::csr_mhartid, hw::csr_instret, hw::csr_mhpmcounter3 + 8};
  if (one_in(8)) {  // interrupts off for a moment
    Item item;
    item.add(csrrci(destination(), hw::csr_mstatus, 8));
    for (unsigned i = below(6); i > 0; --i) item.add(addi(scratch_0, scratch_0, 1));
    item.add(one_in(2) ? csrrsi(destination(), hw::csr_mstatus, 8) : csrrwi(destination(), hw::csr_mstatus, 8));
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
      if (one_in(8)) {  // out of the SRAM; the trap handler comes back by scratch_0
        static constexpr std::uint64_t targets[] = {0,
                                                    hw::clint_base,
                                                    hw::sram_base + hw::sram_size,
                                                    hw::sram_base - 2,
                                                    hw::sram_base + hw::sram_size - 2,
                                                    std::uint64_t{1} << 63};
        constant(item, scratch_1, targets[below(std::size(targets))]);
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
  for (unsigned i = 1 + below(3); i > 0; --i) item.add(dojo_issue(static_cast<hw::Unit>(below(3)), scratch_0));
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
