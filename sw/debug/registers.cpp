#include "debug/registers.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "debug/packet.hpp"

namespace dojo::debug {
namespace {

constexpr unsigned first_float = 33;
constexpr unsigned first_vector = general_registers;
constexpr unsigned first_csr = first_vector + 32;

constexpr std::array<std::string_view, 32> integer_names{
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
    "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
constexpr std::array<std::string_view, 32> float_names{
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
    "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

bool is_float_csr(unsigned address) {
  return address == hw::csr_fflags || address == hw::csr_frm || address == hw::csr_fcsr;
}

/// gdb wants these three beside the f registers.
void describe_csrs(std::string& text, bool of_floats) {
  for (std::size_t i = 0; i < hw::csr_table.size(); ++i) {
    if (is_float_csr(hw::csr_table[i].address) != of_floats) continue;
    text += fmt::format(R"(<reg name="{}" bitsize="64" regnum="{}" group="{}"/>)", hw::csr_table[i].name, first_csr + i,
                        of_floats ? "float" : "system");
  }
}

}  // namespace

std::string target_description() {
  std::string text =
      R"(<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0">)"
      R"(<architecture>riscv:rv64</architecture><osabi>none</osabi><feature name="org.gnu.gdb.riscv.cpu">)";
  for (unsigned i = 0; i < integer_names.size(); ++i) {
    const std::string_view type = i == 2 || i == 3 || i == 4 || i == 8 ? "data_ptr" : i == 1 ? "code_ptr" : "int";
    text += fmt::format(R"(<reg name="{}" bitsize="64" type="{}" regnum="{}"/>)", integer_names[i], type, i);
  }
  text += fmt::format(R"(<reg name="pc" bitsize="64" type="code_ptr" regnum="{}"/></feature>)", pc_number);
  text += R"(<feature name="org.gnu.gdb.riscv.fpu">)";
  for (unsigned i = 0; i < float_names.size(); ++i) {
    text +=
        fmt::format(R"(<reg name="{}" bitsize="32" type="ieee_single" regnum="{}"/>)", float_names[i], first_float + i);
  }
  describe_csrs(text, true);
  text += R"(</feature><feature name="org.gnu.gdb.riscv.vector">)"
          R"(<vector id="v_bytes" type="uint8" count="64"/><vector id="v_halves" type="uint16" count="32"/>)"
          R"(<vector id="v_words" type="uint32" count="16"/><vector id="v_bf16" type="bfloat16" count="32"/>)"
          R"(<vector id="v_floats" type="ieee_single" count="16"/><union id="v_register">)"
          R"(<field name="f" type="v_floats"/><field name="bf16" type="v_bf16"/><field name="w" type="v_words"/>)"
          R"(<field name="h" type="v_halves"/><field name="b" type="v_bytes"/></union>)";
  for (unsigned i = 0; i < 32; ++i) {
    text += fmt::format(R"(<reg name="v{}" bitsize="512" type="v_register" regnum="{}" group="vector"/>)", i,
                        first_vector + i);
  }
  text += R"(</feature><feature name="org.gnu.gdb.riscv.csr">)";
  describe_csrs(text, false);
  return text + "</feature></target>";
}

std::optional<std::string> register_hex(const HartRegisters& registers, unsigned number) {
  if (number < pc_number) return value_to_hex(registers.x[number]);
  if (number == pc_number) return value_to_hex(registers.pc);
  if (number < first_vector) return value_to_hex(registers.f[number - first_float]);
  if (number < first_csr) return value_to_hex(registers.v[number - first_vector]);
  if (number >= first_csr + registers.csr.size()) return std::nullopt;
  const std::optional<std::uint64_t>& csr = registers.csr[number - first_csr];
  return csr ? value_to_hex(*csr) : std::string(2 * sizeof(std::uint64_t), 'x');
}

}  // namespace dojo::debug
