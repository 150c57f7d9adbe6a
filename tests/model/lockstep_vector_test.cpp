// Vector and late floating-point events in lockstep: a second model plays the RTL, its events are altered on the way.

#include <gtest/gtest.h>

#include <functional>

#include "model/lockstep.hpp"
#include "model_test.hpp"

namespace dojo::model {
namespace {

using namespace assembler;

constexpr Word vector_flags = 0x2200;        // mstatus: FS and VS initial
constexpr Word vsetvli_e32_m2 = 0x0d1572d7;  // vsetvli t0,a0,e32,m2,ta,ma
constexpr Word vadd_v4_v2_v0 = 0x02200257;   // vadd.vv v4,v2,v0
constexpr Word vle32_v2 = 0x0205e107;        // vle32.v v2,(a1)
constexpr Word vmv_x_s_a2_v4 = 0x42402657;   // vmv.x.s a2,v4
constexpr Word vse32_v4 = 0x0205e227;        // vse32.v v4,(a1)

class LockstepVectorTest : public testing::Test {
 protected:
  using Change = std::function<void(VectorWriteEvent&)>;

  LockstepVectorTest() {
    Program program;
    program.constant(t1, vector_flags);
    program += csrrw(zero, hw::csr_mstatus, t1);
    program.constant(a0, 32);
    program.constant(a1, data_address);
    program += vsetvli_e32_m2;
    scalars_ = static_cast<unsigned>(program.bytes() / 4);
    program += {vle32_v2, vadd_v4_v2_v0, vmv_x_s_a2_v4, vse32_v4, flw(5, a1, 0)};
    const auto start = static_cast<std::uint32_t>(hw::control_hart_start_address(0));
    for (Node* node : {&rtl, &checker.node(here)}) {
      node->write_memory(code_address, program.data());
      for (unsigned i = 0; i < 64; ++i) {
        const std::uint32_t value = 1000 + i;
        node->write_memory(data_address + 4 * i, std::as_bytes(std::span(&value, 1)));
      }
    }
    rtl.write_register(start, code_address);
    checker.host_write({here, start, code_address});
    for (unsigned i = 0; i < scalars_; ++i) checker.retire(step());
  }

  static constexpr Word flw(Word rd, Word rs1, std::int32_t offset) { return i_type(0x07, 2, rd, rs1, offset); }

  /// Executes one instruction of the RTL; its retirement.
  RetireEvent step() {
    before_ = rtl.hart(0).vector();
    const StepResult result = rtl.hart(0).step();
    RetireEvent event;
    event.node = here;
    event.cycle = ++cycle_;
    event.pc = result.pc;
    event.instruction = result.instruction;
    event.rd_we = result.writes_rd;
    event.rd = result.rd;
    event.rd_float = result.rd_float;
    event.rd_data = result.rd_data;
    event.memory = result.memory;
    event.memory_size = result.memory_size;
    event.memory_address = result.memory_address;
    event.memory_data = result.memory_data;
    event.vector = result.vector;
    event.vector_tag = 3;
    written_ = result.vector_written;
    return event;
  }
  /// Writes of the last instruction, register by register; `change` may alter them.
  void write_registers(const Change& change = {}) {
    for (unsigned reg = 0; reg < vector_registers; ++reg) {
      if ((written_ >> reg & 1) == 0) continue;
      VectorWriteEvent event{.node = here, .cycle = cycle_, .tag = 3, .reg = reg, .byte_enable = ~std::uint64_t{0}};
      std::memcpy(event.data.data(), rtl.hart(0).vector().reg(reg), vector_bytes);
      if (change) change(event);
      checker.vector_write(event);
    }
  }
  void done() { checker.vector_done({.node = here, .cycle = cycle_, .tag = 3}); }

  static std::string mismatch(const std::function<void()>& action) {
    try {
      action();
    } catch (const LockstepMismatch& error) {
      return error.what();
    }
    ADD_FAILURE() << "no mismatch was found";
    return {};
  }
  static void expect_contains(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in\n" << text;
  }

  static constexpr Coordinates here{0, 0};
  LockstepChecker checker{MeshSize{1, 1}};
  Node rtl{here};

 private:
  unsigned scalars_ = 0;
  std::uint64_t cycle_ = 100;
  std::uint32_t written_ = 0;
  VectorState before_;
};

TEST_F(LockstepVectorTest, WritesMayComeBeforeAndAfterTheRetirement) {
  checker.retire(step());
  write_registers();
  done();
  const RetireEvent late = step();
  write_registers();
  done();
  checker.retire(late);
  checker.retire(step());  // vmv.x.s
  done();
  checker.retire(step());  // vse32.v
  done();
  checker.retire(step());
  checker.expect_no_packets();
  checker.compare_memory(here, std::as_bytes(rtl.sram()));
}

TEST_F(LockstepVectorTest, AWrongElementIsReportedWithBothSidesAndTheInstruction) {
  checker.retire(step());
  write_registers([](VectorWriteEvent& event) {
    if (event.reg == 3) event.data[8] ^= 1;
  });
  const std::string report = mismatch([this] { done(); });
  expect_contains(report, "vle32.v v2,(a1)");
  expect_contains(report, "* v3[2]  RTL 0x3fb, model 0x3fa, before 0x0");
  expect_contains(report, "last ");
}

TEST_F(LockstepVectorTest, AMissingByteOrRegisterIsReported) {
  checker.retire(step());
  write_registers([](VectorWriteEvent& event) { event.byte_enable &= ~std::uint64_t{0xff00}; });
  const std::string report = mismatch([this] { done(); });
  expect_contains(report, "* v2[2]  RTL 0x0, model 0x3ea, before 0x0");
  expect_contains(report, "* v3[3]");
}

TEST_F(LockstepVectorTest, AWriteOfAnotherRegisterOrHartIsReported) {
  checker.retire(step());
  write_registers();
  checker.vector_write({.node = here, .tag = 3, .reg = 9, .byte_enable = 1});
  expect_contains(mismatch([this] { done(); }), "writes v9 of hart 0, which it must not");
  checker.retire(step());
  write_registers([](VectorWriteEvent& event) { event.hart = 2; });
  expect_contains(mismatch([this] { done(); }), "* v4[0]  RTL 0x0");
}

TEST_F(LockstepVectorTest, AnEndThatNeverComesIsReported) {
  checker.retire(step());
  write_registers();
  expect_contains(mismatch([this] { checker.expect_no_packets(); }), "has not come to its end: hart 0, tag 3");
  expect_contains(mismatch([this] { checker.retire(step()); }), "tag 3 is still in use");
}

TEST_F(LockstepVectorTest, WhetherTheVectorUnitIsUsedIsCompared) {
  RetireEvent event = step();
  event.vector = false;
  expect_contains(mismatch([&] { checker.retire(event); }), "use of the vector unit");
}

TEST_F(LockstepVectorTest, ALateFloatRegisterIsCompared) {
  for (unsigned i = 0; i < 4; ++i) {
    const RetireEvent event = step();
    write_registers();
    checker.retire(event);
    done();
  }
  RetireEvent event = step();
  EXPECT_TRUE(event.rd_float);
  event.rd_late = true;
  checker.retire(event);
  expect_contains(
      mismatch([&] { checker.late_write({.node = here, .rd = 5, .rd_float = true, .data = event.rd_data + 1}); }),
      "ft5 = ");
}

}  // namespace
}  // namespace dojo::model
