#include "qemu_run.hpp"

#include <elf.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include "common/error.hpp"
#include "user_program.hpp"

namespace dojo::qemu {
namespace {

constexpr const char* command = "qemu-riscv64 -cpu rv64,v=true,vlen=512,elen=64,vext_spec=v1.0 {} 2>/dev/null";

void write_elf(const std::string& path, std::span<const std::byte> image) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_RISCV;
  header.e_version = EV_CURRENT;
  header.e_entry = code_address;
  header.e_phoff = sizeof(Elf64_Ehdr);
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  constexpr std::uint64_t page = 4096;
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_W | PF_X;
  segment.p_offset = page;
  segment.p_vaddr = code_address;
  segment.p_paddr = code_address;
  segment.p_filesz = image.size();
  segment.p_memsz = image_bytes;
  segment.p_align = page;
  std::array<char, page> first{};
  std::memcpy(first.data(), &header, sizeof header);
  std::memcpy(first.data() + sizeof header, &segment, sizeof segment);
  std::ofstream file(path, std::ios::binary);
  file.write(first.data(), first.size());
  file.write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
  file.close();
  if (!file) throw RunError(fmt::format("{}: cannot be written", path));
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

}  // namespace

std::vector<std::byte> run_under_qemu(std::span<const std::byte> image) {
  const std::string path =
      fmt::format("{}/dojo_qemu_{}.elf", std::filesystem::temp_directory_path().string(), getpid());
  write_elf(path, image);
  FILE* const pipe = popen(fmt::format(fmt::runtime(command), path).c_str(), "r");
  if (pipe == nullptr) throw RunError("no process for QEMU");
  std::vector<std::byte> output(data_bytes + dump_bytes);
  const std::size_t got = std::fread(output.data(), 1, output.size(), pipe);
  output.resize(got);
  const int status = pclose(pipe);
  std::filesystem::remove(path);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw RunError(fmt::format("qemu-riscv64 ended with status {:#x}; is the package qemu-user installed?", status));
  }
  return output;
}

}  // namespace dojo::qemu
