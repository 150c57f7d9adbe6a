#include "tb/vector/random_memory.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "model/vector_instruction.hpp"

namespace dojo::tb {

namespace {

/// Registers from here on hold indices and are never written.
constexpr unsigned first_index_register = 24;

/// One hart's program and its place in it.
struct Hart {
  std::optional<VectorInstruction> next;
  bool next_synchronous = false;
  std::optional<VectorEnd> expected;  ///< of the synchronous instruction under way
  std::string latest;
};

class Generator {
 public:
  Generator(VectorMachine& machine, std::uint64_t seed, unsigned arithmetic)
      : machine_(machine), random_(seed), arithmetic_(arithmetic) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  VectorInstruction instruction(unsigned hart) {
    for (;;) {
      const VectorInstruction candidate = below(100) < arithmetic_ ? arithmetic(hart) : any(hart);
      const auto decoded = machine_.decode(candidate);
      if (decoded.legal && (decoded.writes >> first_index_register) == 0) return candidate;
    }
  }

  /// Each hart has a region of its own, the first and the last at the ends of the SRAM.
  static std::uint64_t region(unsigned hart) {
    return VectorMachine::base + hart * ((hw::sram_size - region_bytes) / 3);
  }
  static constexpr std::uint64_t region_bytes = 4096;

 private:
  /// Any operation of the model's table; registers that meet those of loads and stores.
  VectorInstruction arithmetic(unsigned hart) {
    static constexpr unsigned funct3[3][3] = {{0, 4, 3}, {2, 6, 3}, {1, 5, 3}};
    const auto table = model::vector_table();
    const model::VectorEntry& entry = table[below(table.size())];
    VectorInstruction result = situation(hart);
    unsigned form = static_cast<unsigned>(below(3));
    while ((entry.forms >> form & 1) == 0) form = (form + 1) % 3;
    const unsigned alignment = result.lmul < 4 && below(4) != 0 ? 1U << result.lmul : 1;
    unsigned vs1 = static_cast<unsigned>(below(24)) & ~(alignment - 1);
    unsigned vs2 = static_cast<unsigned>(below(24)) & ~(alignment - 1);
    if (entry.selector >= 0) (form == 0 ? vs1 : vs2) = static_cast<std::uint8_t>(entry.selector);
    if (entry.shape == model::Shape::broadcast) vs2 = 0;
    const unsigned vm = entry.vm == model::VmRule::zero  ? 0
                        : entry.vm == model::VmRule::one ? 1
                        : below(3) != 0                  ? 1
                                                         : 0;
    const unsigned vd = static_cast<unsigned>(below(24)) & ~(alignment - 1);
    result.insn = std::uint32_t{entry.funct6} << 26 | vm << 25 | vs2 << 20 | vs1 << 15 |
                  funct3[entry.category][form] << 12 | vd << 7 | 0x57;
    result.rs1 = below(2) == 0 ? random_() : below(80);
    result.frm = static_cast<unsigned>(below(5));
    result.vxrm = static_cast<unsigned>(below(4));
    return result;
  }

  VectorInstruction situation(unsigned hart) {
    static constexpr unsigned lmuls[] = {0, 0, 1, 1, 2, 3, 5, 6, 7};
    VectorInstruction result;
    result.hart = hart;
    result.lmul = lmuls[below(std::size(lmuls))];
    result.sew = static_cast<unsigned>(below(result.lmul == 5 ? 1 : result.lmul == 6 ? 2 : 3));
    const unsigned bytes = result.lmul < 4 ? 64U << result.lmul : 64U >> (8 - result.lmul);
    const unsigned vlmax = bytes >> result.sew;
    result.vl = below(3) == 0 ? static_cast<unsigned>(below(vlmax + 1)) : vlmax;
    result.vstart = below(8) == 0 ? static_cast<unsigned>(below(vlmax)) : 0;
    return result;
  }

  VectorInstruction any(unsigned hart) {
    static constexpr unsigned widths[] = {0, 5, 6};
    static constexpr unsigned whole_fields[] = {1, 2, 4, 8};
    MemoryEncoding fields;
    VectorInstruction result = situation(hart);
    fields.store = below(3) == 0;
    fields.width = widths[below(3)];
    fields.vd = static_cast<unsigned>(below(24));
    fields.masked = below(3) == 0;
    fields.nf = below(3) == 0 ? static_cast<unsigned>(1 + below(8)) : 1;
    const unsigned kind = static_cast<unsigned>(below(16));
    const unsigned size = 1U << (fields.width == 0 ? 0 : fields.width - 4);
    if (kind < 8) {
      if (kind >= 6) fields.vd &= 7U * 4U;
    } else if (kind == 8) {
      fields.rs2 = 8;
      fields.masked = false;
      fields.nf = whole_fields[below(4)];
      fields.vd &= ~(fields.nf - 1);
      if (fields.store) fields.width = 0;
    } else if (kind == 9) {
      fields.rs2 = 11;
      fields.masked = false;
      fields.nf = 1;
      fields.width = 0;
    } else if (kind == 10) {
      fields.rs2 = 16;
      fields.store = false;
    } else if (kind < 13) {
      fields.mop = 2;
      fields.rs2 = 11;
      result.rs2 = static_cast<std::uint64_t>(static_cast<std::int64_t>(below(33)) - 12) * size;
      if (below(40) == 0) result.rs2 += 1;
    } else {
      fields.mop = below(2) == 0 ? 1 : 3;
      fields.rs2 = static_cast<unsigned>(first_index_register + below(8));
      // 32-bit indices from v24, 16-bit ones from v28, 8-bit ones from v30 on
      if (fields.rs2 >= 30)
        fields.width = 0;
      else if (fields.rs2 >= 28)
        fields.width = 5;
      else
        fields.width = 6;
    }
    const unsigned access = (fields.mop & 1U) != 0 ? 1U << result.sew : size;
    // Sometimes at an edge of the region, which for the outer harts is an edge of the SRAM.
    result.rs1 = region(hart) + below(region_bytes);
    if (below(12) == 0) result.rs1 = region(hart) + below(128);
    if (below(8) == 0) result.rs1 = region(hart) + region_bytes - below(512);
    if (below(3) == 0) result.rs1 &= ~63ULL;
    if (below(16) != 0) result.rs1 &= ~std::uint64_t{access - 1};
    result.insn = encode(fields);
    return result;
  }

  VectorMachine& machine_;
  std::mt19937_64 random_;
  unsigned arithmetic_;  ///< per cent
};

/// Indices of 32, 16 and 8 bits that are mostly multiples of 4.
VectorRegister indices(unsigned number, Generator& generator) {
  VectorRegister value;
  for (unsigned b = 0; b < 64; ++b) {
    const auto low = static_cast<unsigned>(generator.below(generator.below(64) == 0 ? 256 : 64)) *
                     (generator.below(64) == 0 ? 1 : 4);
    const unsigned size = number >= 30 ? 1 : number >= 28 ? 2 : 4;
    value[b] = static_cast<std::byte>(b % size == 0 ? low : b % size == 1 ? generator.below(4) : 0);
  }
  return value;
}

void compare(VectorMachine& machine, VectorReference& reference, const std::array<Hart, 4>& harts) {
  for (unsigned hart = 0; hart < 4; ++hart) {
    for (unsigned number = 0; number < 32; ++number) {
      ASSERT_EQ(machine.read_register(hart, number), reference.registers(hart)[number])
          << "hart " << hart << " v" << number << ", last " << harts[hart].latest;
    }
  }
  for (unsigned hart = 0; hart < 4; ++hart) {
    ASSERT_EQ(machine.flags(hart), reference.flags(hart)) << "flags of hart " << hart;
  }
  const auto& left = machine.memory();
  const auto place = std::mismatch(left.begin(), left.end(), reference.memory().begin());
  ASSERT_TRUE(place.first == left.end()) << "memory at "
                                         << fmt::format("{:#x}", VectorMachine::base + (place.first - left.begin()));
}

}  // namespace

RandomMemoryCounts run_random_memory(const RandomMemory& options, const std::function<void(VectorMachine&)>& at_end) {
  RandomMemoryCounts counts;
  VectorMachine machine({.reset_seed = options.reset_seed, .refusal = options.refusal, .seed = options.seed});
  Generator generator(machine, options.seed * 7919 + 1, options.arithmetic);
  for (std::size_t i = 0; i < machine.memory().size(); ++i)
    machine.memory()[i] = static_cast<std::byte>(generator.below(256));
  VectorReference reference(machine.memory());
  for (unsigned hart = 0; hart < 4; ++hart) {
    for (unsigned number = 0; number < 32; ++number) {
      VectorRegister value;
      for (auto& byte : value) byte = static_cast<std::byte>(generator.below(256));
      if (number >= first_index_register) value = indices(number, generator);
      machine.write_register(hart, number, value);
      reference.registers(hart)[number] = value;
    }
  }
  if (options.protected_harts != 0) {
    // The middle of hart 1's region, which others of the protected harts do not meet.
    const RefusedRange range{.from = Generator::region(1) + 2000, .to = Generator::region(1) + 2008};
    machine.protect(options.protected_harts, range);
    for (unsigned hart = 0; hart < 4; ++hart) {
      if ((options.protected_harts >> hart & 1) != 0) reference.protect(hart, range);
    }
  }

  std::array<Hart, 4> harts;
  unsigned done = 0;
  unsigned compared = 0;
  unsigned quiet = 0;
  while (done < options.instructions && !testing::Test::HasFatalFailure()) {
    const auto number = static_cast<unsigned>(generator.below(4));
    Hart& hart = harts[number];
    for (unsigned h = 0; h < 4; ++h) {
      const auto end = machine.take_end(h);
      if (!end) continue;
      EXPECT_TRUE(harts[h].expected.has_value()) << "hart " << h << " waits for nothing";
      EXPECT_EQ(*end, harts[h].expected.value_or(VectorEnd{})) << "hart " << h << ' ' << harts[h].latest;
      if (end->trap) ++counts.traps[end->cause];
      if (end->vl) ++counts.shortened;
      harts[h].expected.reset();
      ++done;
      quiet = 0;
    }
    if (++quiet > 20000) throw std::runtime_error("the vector unit hangs");
    if (hart.expected || generator.below(8) == 0) {
      machine.idle_cycle();
      continue;
    }
    if (!hart.next) {
      hart.next = generator.instruction(number);
      hart.next_synchronous = machine.decode(*hart.next).synchronous;
    }
    if (!machine.offer(*hart.next)) continue;
    quiet = 0;
    const VectorEnd end = reference.execute(*hart.next);
    hart.latest =
        fmt::format("insn {:#010x} rs1 {:#x} rs2 {:#x} sew {} lmul {} vl {} vstart {}", hart.next->insn, hart.next->rs1,
                    hart.next->rs2, hart.next->sew, hart.next->lmul, hart.next->vl, hart.next->vstart);
    if (hart.next_synchronous) {
      hart.expected = end;
    } else {
      EXPECT_EQ(end, VectorEnd{}) << hart.latest;
      ++counts.asynchronous;
      ++done;
    }
    hart.next.reset();
    if (done >= compared + options.compare_every) {
      compared = done;
      machine.drain();
      for (unsigned h = 0; h < 4; ++h) {
        if (const auto late = machine.take_end(h)) {
          EXPECT_EQ(*late, harts[h].expected.value_or(VectorEnd{})) << "hart " << h << ' ' << harts[h].latest;
          harts[h].expected.reset();
          ++done;
        }
      }
      compare(machine, reference, harts);
    }
  }
  machine.drain();
  compare(machine, reference, harts);
  counts.cycles = machine.cycle_number();
  if (at_end) at_end(machine);
  return counts;
}

}  // namespace dojo::tb
