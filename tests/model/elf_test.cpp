// The ELF loader: what it reads, and one clear line for everything that is wrong with a file.

#include "common/elf.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <functional>

#include "common/error.hpp"
#include "dojo_hw.hpp"

namespace dojo {
namespace {

constexpr std::uint64_t base = hw::sram_base;

/// A small executable: one segment with 16 bytes and 16 bytes of zeros, and three symbols.
struct Image {
  struct Content {
    Elf64_Ehdr header{};
    Elf64_Phdr program{};
    std::uint8_t text[16]{};
    char names[32]{};
    Elf64_Sym symbols[4]{};
    Elf64_Shdr sections[3]{};
  } content;

  Image() {
    Elf64_Ehdr& h = content.header;
    std::memcpy(h.e_ident, ELFMAG, SELFMAG);
    h.e_ident[EI_CLASS] = ELFCLASS64;
    h.e_ident[EI_DATA] = ELFDATA2LSB;
    h.e_ident[EI_VERSION] = EV_CURRENT;
    h.e_type = ET_EXEC;
    h.e_machine = EM_RISCV;
    h.e_version = EV_CURRENT;
    h.e_entry = base + 4;
    h.e_ehsize = sizeof(Elf64_Ehdr);
    h.e_phoff = offsetof(Content, program);
    h.e_phentsize = sizeof(Elf64_Phdr);
    h.e_phnum = 1;
    h.e_shoff = offsetof(Content, sections);
    h.e_shentsize = sizeof(Elf64_Shdr);
    h.e_shnum = 3;
    Elf64_Phdr& p = content.program;
    p.p_type = PT_LOAD;
    p.p_offset = offsetof(Content, text);
    p.p_vaddr = 0x1000;
    p.p_paddr = base;
    p.p_filesz = 16;
    p.p_memsz = 32;
    for (unsigned i = 0; i < 16; ++i) content.text[i] = static_cast<std::uint8_t>(i + 1);
    std::memcpy(content.names, "\0main\0buffer\0$x", 16);
    content.symbols[1] = {1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, base + 4, 8};
    content.symbols[2] = {6, ELF64_ST_INFO(STB_LOCAL, STT_OBJECT), 0, 1, base + 16, 16};
    content.symbols[3] = {13, ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), 0, 1, base + 8, 0};
    Elf64_Shdr& symbols = content.sections[1];
    symbols.sh_type = SHT_SYMTAB;
    symbols.sh_offset = offsetof(Content, symbols);
    symbols.sh_size = sizeof content.symbols;
    symbols.sh_entsize = sizeof(Elf64_Sym);
    symbols.sh_link = 2;
    Elf64_Shdr& names = content.sections[2];
    names.sh_type = SHT_STRTAB;
    names.sh_offset = offsetof(Content, names);
    names.sh_size = sizeof content.names;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(&content, 1)); }
};

TEST(Elf, ReadsSegmentsEntryAndSymbols) {
  const ElfFile elf = ElfFile::parse(Image().bytes(), "image");
  EXPECT_EQ(elf.entry(), base + 4);
  ASSERT_EQ(elf.segments().size(), 1u);
  EXPECT_EQ(elf.segments()[0].address, base);
  EXPECT_EQ(elf.segments()[0].memory_size, 32u);
  ASSERT_EQ(elf.segments()[0].bytes.size(), 16u);
  EXPECT_EQ(elf.segments()[0].bytes[15], std::byte{16});
  EXPECT_EQ(elf.symbol("main"), base + 4);
  EXPECT_EQ(elf.symbol("buffer"), base + 16);
  EXPECT_FALSE(elf.symbol("nothing"));
  EXPECT_EQ(elf.describe(base + 4), "main");
  EXPECT_EQ(elf.describe(base + 10), "main+0x6");
  EXPECT_EQ(elf.describe(base + 31), "buffer+0xf");
  EXPECT_EQ(elf.describe(base + 32), "");
  EXPECT_EQ(elf.describe(base), "");
  EXPECT_NO_THROW(elf.check_inside(base, base + 32));
}

/// The message with which a changed image is refused.
std::string refusal(const std::function<void(Image::Content&)>& change) {
  Image image;
  change(image.content);
  try {
    ElfFile::parse(image.bytes(), "image");
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_EQ(message.rfind("image: ", 0), 0u) << message;
    return message;
  }
  ADD_FAILURE() << "the file was accepted";
  return {};
}

TEST(Elf, RefusesOtherFiles) {
  EXPECT_EQ(refusal([](auto& c) { c.header.e_ident[0] = 'x'; }), "image: not an ELF file");
  EXPECT_EQ(refusal([](auto& c) { c.header.e_ident[EI_CLASS] = ELFCLASS32; }), "image: not a 64-bit ELF file");
  EXPECT_EQ(refusal([](auto& c) { c.header.e_ident[EI_DATA] = ELFDATA2MSB; }), "image: not a little-endian ELF file");
  EXPECT_EQ(refusal([](auto& c) { c.header.e_machine = EM_X86_64; }),
            "image: not a RISC-V program: machine 62 instead of 243");
  EXPECT_EQ(refusal([](auto& c) { c.header.e_type = ET_REL; }),
            "image: not a statically linked executable: type 1 instead of 2");
  EXPECT_EQ(refusal([](auto& c) { c.header.e_version = 9; }), "image: unknown ELF version 9");
  EXPECT_EQ(refusal([](auto& c) { c.header.e_phnum = 0; }), "image: no program headers: nothing to load");
  EXPECT_EQ(refusal([](auto& c) { c.header.e_phentsize = 32; }), "image: program headers of 32 bytes instead of 56");
  EXPECT_EQ(refusal([](auto& c) { c.header.e_shentsize = 1; }), "image: section headers of 1 bytes instead of 64");
  EXPECT_EQ(refusal([](auto& c) { c.program.p_type = PT_NOTE; }), "image: no loadable segment");
  EXPECT_EQ(refusal([](auto& c) { c.program.p_filesz = 33; }),
            "image: segment 0 has 33 bytes in the file but only 32 in memory");
  EXPECT_EQ(refusal([](auto& c) { c.program.p_paddr = ~0ull - 8; }),
            "image: segment 0 at 0xfffffffffffffff7 goes past the end of the address space");
  refusal([](auto& c) { c.program.p_offset = ~0ull - 4; });
  refusal([](auto& c) { c.header.e_phoff = ~0ull; });
  refusal([](auto& c) { c.header.e_shoff = ~0ull - 63; });
  refusal([](auto& c) { c.header.e_shnum = 0xffff; });
  refusal([](auto& c) { c.sections[1].sh_link = 3; });
  refusal([](auto& c) { c.sections[1].sh_entsize = 1; });
  refusal([](auto& c) { c.sections[1].sh_size = 1 << 20; });
  refusal([](auto& c) { c.sections[2].sh_size = 1 << 20; });
  refusal([](auto& c) { c.symbols[1].st_name = 32; });
  refusal([](auto& c) { c.sections[2].sh_size = 4; });
}

TEST(Elf, EveryTruncationIsRefused) {
  const Image image;
  for (std::size_t size = 0; size < image.bytes().size(); ++size) {
    EXPECT_THROW(ElfFile::parse(image.bytes().first(size), "image"), InputError) << size;
  }
}

TEST(Elf, EveryFlippedBitIsReadOrRefused) {
  unsigned refused = 0;
  for (std::size_t bit = 0; bit < 8 * sizeof(Image::Content); ++bit) {
    Image image;
    reinterpret_cast<std::uint8_t*>(&image.content)[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    try {
      const ElfFile elf = ElfFile::parse(image.bytes(), "image");
      EXPECT_LT(elf.describe(base + 8).size(), 100u);
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100u);
}

TEST(Elf, ProgramsOutsideTheMemoryAreRefused) {
  const auto message = [](std::uint64_t begin, std::uint64_t end) -> std::string {
    try {
      ElfFile::parse(Image().bytes(), "image").check_inside(begin, end);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message(base, base + 31),
            "image: the segment at 0x80000000 of 32 bytes is not inside the memory 0x80000000..0x8000001f (31 bytes)");
  EXPECT_NE(message(base + 8, base + 64), "accepted");
  Image image;
  image.content.header.e_entry = base + 0x100;
  EXPECT_THROW(ElfFile::parse(image.bytes(), "image").check_inside(base, base + 0x80), InputError);
}

TEST(Elf, FilesThatCannotBeReadAreNamed) {
  try {
    ElfFile::read("/nonexistent/program.elf");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "/nonexistent/program.elf: No such file or directory");
  }
  EXPECT_THROW(ElfFile::read(testing::TempDir()), InputError);
  const std::string path = testing::TempDir() + "/elf_test.elf";
  std::ofstream(path).close();
  try {
    ElfFile::read(path);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.what(), path + ": not an ELF file");
  }
  const Image image;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(image.bytes().data()), static_cast<std::streamsize>(image.bytes().size()));
  EXPECT_EQ(ElfFile::read(path).entry(), base + 4);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace dojo
