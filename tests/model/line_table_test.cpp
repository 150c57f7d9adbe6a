// Source lines of code addresses, against addr2line of the toolchain, which is another reader of the same tables.

#include "common/line_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "common/elf.hpp"
#include "common/error.hpp"

namespace dojo {
namespace {

std::string firmware(const char* name) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return folder / DOJO_FIRMWARE_DIR / name;
}

/// "file:line" of each address as addr2line says it, or "?".
std::vector<std::string> lines_of_toolchain(const std::string& elf, const std::vector<std::uint64_t>& addresses) {
  std::string command = "riscv64-unknown-elf-addr2line -e " + elf;
  for (const std::uint64_t address : addresses) command += fmt::format(" {:#x}", address);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output(popen(command.c_str(), "r"), pclose);
  std::vector<std::string> lines;
  std::array<char, 4096> text;
  while (std::fgets(text.data(), text.size(), output.get()) != nullptr) {
    std::string line(text.data());
    line.resize(line.find_first_of(" \n"));
    lines.push_back(line.ends_with(":?") || line.ends_with(":0") ? "?" : line);
  }
  return lines;
}

/// Compares all addresses of the code, and whole names of files or their ends; returns how many of them have a line.
unsigned compare(const std::string& file, bool is_whole) {
  const LineTable table = LineTable::from_elf(file);
  const ElfSegment code = ElfFile::read(file).segments().front();
  std::vector<std::uint64_t> addresses;
  for (std::uint64_t offset = 0; offset < code.bytes.size(); offset += 2) addresses.push_back(code.address + offset);
  const std::vector<std::string> expected = lines_of_toolchain(file, addresses);
  EXPECT_EQ(expected.size(), addresses.size());
  unsigned found = 0;
  for (std::size_t i = 0; i < std::min(expected.size(), addresses.size()); ++i) {
    const std::optional<SourceLine> line = table.find(addresses[i]);
    const std::string text = line ? fmt::format("{}:{}", line->file, line->line) : "?";
    EXPECT_TRUE(is_whole ? text == expected[i] : expected[i].ends_with(text))
        << fmt::format("{:#x}: {} instead of {}", addresses[i], text, expected[i]);
    found += line ? 1 : 0;
  }
  return found;
}

TEST(LineTable, AgreesWithTheToolchainOnEveryAddress) {
  EXPECT_GT(compare(firmware("model_mixed.elf"), true), 100u);
}

// Its tables do not name the folder of the compilation.
TEST(LineTable, ReadsDwarf4) {
  EXPECT_GT(compare(firmware("model_mixed_dwarf_4.elf"), false), 100u);
}

TEST(LineTable, NamesTheLineOfAFunction) {
  const std::string file = firmware("model_mixed.elf");
  const auto line = LineTable::from_elf(file).find(ElfFile::read(file).symbol("kernel_main").value());
  ASSERT_TRUE(line);
  std::ifstream source(line->file);
  std::string text;
  for (unsigned i = 0; i < line->line; ++i) std::getline(source, text);
  EXPECT_EQ(text, "uint64_t kernel_main(unsigned hart) {");
  EXPECT_EQ(line->text(), fmt::format("mixed.c:{}", line->line));
}

TEST(LineTable, WhatIsNoTableHasNoLines) {
  const std::vector<std::byte> file = read_file(firmware("model_mixed.elf"));
  EXPECT_TRUE(LineTable::parse({}).is_empty());
  EXPECT_TRUE(LineTable::parse(std::span(file).first(1000)).is_empty());
  EXPECT_EQ(LineTable::parse(file).find(0), std::nullopt);
  EXPECT_EQ(LineTable::parse(file).find(~std::uint64_t{0}), std::nullopt);
  EXPECT_THROW((void)LineTable::from_elf("/nowhere/program.elf"), InputError);
}

TEST(LineTable, DamagedTablesAreLeftOut) {
  const std::vector<std::byte> file = read_file(firmware("model_mixed.elf"));
  // Every byte behind the code is in turn another one; nothing is read outside of the file, and all ends.
  for (std::size_t at = file.size() / 4; at < file.size(); at += 7) {
    std::vector<std::byte> damaged = file;
    damaged[at] ^= std::byte{0xff};
    (void)LineTable::parse(damaged).find(0x80000000);
  }
}

}  // namespace
}  // namespace dojo
