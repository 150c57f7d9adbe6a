// A compiled C program gives the same result on a hart as on the host; and the model is fast.

#include <chrono>
#include <filesystem>

#include "common/elf.hpp"
#include "hart_bench.hpp"
#include "model/model_machine.hpp"
#include "model_test.hpp"
#include "programs/mixed.h"

namespace dojo::model {
namespace {

std::string firmware(const char* name) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return folder / DOJO_FIRMWARE_DIR / name;
}

TEST(Program, CompiledCGivesTheResultOfTheHost) {
  const ElfFile elf = ElfFile::read(firmware("model_mixed.elf"));
  elf.check_inside(hw::sram_base, hw::sram_base + hw::sram_size);
  ModelMachine machine(MeshSize{1, 1});
  for (const ElfSegment& segment : elf.segments()) machine.write_memory({0, 0}, segment.address, segment.bytes);
  machine.write_register({0, 0}, static_cast<std::uint32_t>(hw::control_hart_start_address(0)), elf.entry());
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(machine.run(1'000'000'000), StopReason::all_stopped);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(machine.hart_status({0, 0}, 0).exit_code, 1u);
  std::uint64_t result = 0;
  machine.read_memory({0, 0}, elf.symbol("mixed_result").value(), std::as_writable_bytes(std::span(&result, 1)));
  EXPECT_EQ(result, mixed(40));
  const auto retired = static_cast<double>(machine.instructions_retired({0, 0}));
  EXPECT_GT(retired, 1e6);
  RecordProperty("million_instructions_per_second", std::to_string(retired / seconds.count() / 1e6));
}

TEST(Program, MatrixProductsAreCountedAndTimed) {
  hw::MatrixDescriptor gemm{};
  gemm.op = static_cast<unsigned>(hw::DescriptorOpMatrix::gemm);
  gemm.m_tiles = 8;
  gemm.n_tiles = 16;
  gemm.k_tiles = 98;
  gemm.a_base = static_cast<std::uint32_t>(data_address);
  gemm.a_k_stride = 128;
  gemm.a_m_stride = 98 * 128;
  gemm.b_base = gemm.a_base + 8 * 98 * 128;
  gemm.b_k_stride = 128;
  gemm.b_n_stride = 98 * 128;
  gemm.c_base = gemm.b_base + 16 * 98 * 128;
  gemm.c_m_stride = 16 * 256;
  gemm.c_n_stride = 256;
  Node node({0, 0});
  std::vector<std::uint16_t> operands(24 * 98 * 64);
  for (std::size_t i = 0; i < operands.size(); ++i) operands[i] = static_cast<std::uint16_t>(0x3f00 + i * 37 % 256);
  node.write_memory(gemm.a_base, std::as_bytes(std::span(operands)));
  node.write_memory(code_address, std::as_bytes(std::span(&gemm, 1)));
  constexpr unsigned repetitions = 20;
  const auto begin = std::chrono::steady_clock::now();
  for (unsigned i = 0; i < repetitions; ++i) {
    execute_descriptor(node, hw::Unit::matrix, static_cast<std::uint32_t>(code_address));
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  ASSERT_FALSE(node.unit_fault());
  const std::uint64_t steps = node.counter(static_cast<unsigned>(hw::Counter::matrix_steps));
  EXPECT_EQ(steps, std::uint64_t{repetitions} * 8 * 16 * 98 * 2);
  RecordProperty("million_matrix_steps_per_second", std::to_string(static_cast<double>(steps) / seconds.count() / 1e6));
}

/// y += a * x over 8192 FP32 elements, again and again, in groups of eight registers.
TEST(Program, VectorLoopsAreRightAndTimed) {
  using namespace assembler;
  constexpr unsigned elements = 8192;
  constexpr unsigned repetitions = 200;
  constexpr std::uint64_t x_address = data_address;
  constexpr std::uint64_t y_address = data_address + 4 * elements;
  Program program;
  program.constant(t0, 0x2200);
  program += csrrw(zero, hw::csr_mstatus, t0);
  program.constant(s1, repetitions);
  program += 0xf00700d3;  // fmv.w.x ft1,a4
  const std::uint64_t outer = program.bytes();
  program.constant(a0, elements);
  program.constant(a1, x_address);
  program.constant(a2, y_address);
  program += {
      0x0d357757,                                     // vsetvli a4,a0,e32,m8,ta,ma
      vector_access(false, 1, 0, true, 0, a1, 6, 8),  // vle32.v v8,(a1)
      vector_access(false, 1, 0, true, 0, a2, 6, 16),
      op_v(0x2c, true, 8, 1, opfvf, 16),  // vfmacc.vf v16,ft1,v8
      vector_access(true, 1, 0, true, 0, a2, 6, 16),
      slli(a5, a4, 2),
      add(a1, a1, a5),
      add(a2, a2, a5),
      r_type(0x33, 0, 0x20, a0, a0, a4),  // sub
      bne(a0, zero, -36),
      addi(s1, s1, -1),
  };
  program += bne(s1, zero, static_cast<std::int32_t>(outer - program.bytes()));
  program.stop(0);
  Node node({0, 0});
  node.write_memory(code_address, program.data());
  std::vector<float> x(elements);
  std::vector<float> y(elements);
  for (unsigned i = 0; i < elements; ++i) {
    x[i] = static_cast<float>(i % 1000) / 16;
    y[i] = static_cast<float>(i % 77);
  }
  node.write_memory(x_address, std::as_bytes(std::span(x)));
  node.write_memory(y_address, std::as_bytes(std::span(y)));
  node.hart(0).set_reg(a4, 0x3f000000);  // 0.5
  node.write_register(static_cast<std::uint32_t>(hw::control_hart_start_address(0)), code_address);
  const auto begin = std::chrono::steady_clock::now();
  while (node.runnable() && !node.faulted()) node.run(1'000'000);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  ASSERT_FALSE(node.faulted());
  for (unsigned repetition = 0; repetition < repetitions; ++repetition) {
    for (unsigned i = 0; i < elements; ++i) y[i] += 0.5f * x[i];
  }
  std::vector<float> result(elements);
  node.read_memory(y_address, std::as_writable_bytes(std::span(result)));
  EXPECT_EQ(result, y);
  RecordProperty("million_fused_multiply_adds_per_second",
                 std::to_string(static_cast<double>(elements) * repetitions / seconds.count() / 1e6));
}

}  // namespace
}  // namespace dojo::model
