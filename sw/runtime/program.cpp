#include "runtime/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "common/error.hpp"
#include "dojo_hw.hpp"

namespace dojo {
namespace {

constexpr std::uint64_t sram_end = hw::sram_base + hw::sram_size;

std::uint64_t image_end(const ElfFile& image) {
  std::uint64_t end = hw::sram_base;
  for (const ElfSegment& segment : image.segments()) end = std::max(end, segment.address + segment.memory_size);
  for (const char* name : {"_end", "__heap_start"}) {
    if (const auto symbol = image.symbol(name)) end = std::max(end, *symbol);
  }
  return end;
}

}  // namespace

struct Program::Contents {
  ElfFile image;
  LineTable lines;
  std::string name;
  std::uint64_t heap_start = 0;
  std::uint64_t heap_end = 0;
};

Program Program::from_elf(const std::string& file) {
  const std::vector<std::byte> bytes = read_file(file);
  Contents contents{.image = ElfFile::parse(bytes, file),
                    .lines = LineTable::parse(bytes),
                    .name = std::filesystem::path(file).filename().string()};
  contents.image.check_inside(hw::sram_base, sram_end);
  const std::uint64_t stack_bytes = contents.image.symbol("__stack_size").value_or(0);
  const std::uint64_t available = sram_end - hw::sram_base;
  if (stack_bytes > available / hw::harts) {
    throw InputError(
        fmt::format("{}: stacks of {} bytes for each of {} harts do not fit the SRAM", file, stack_bytes, hw::harts));
  }
  contents.heap_start = image_end(contents.image);
  contents.heap_end = sram_end - stack_bytes * hw::harts;
  if (contents.heap_start > contents.heap_end) {
    throw InputError(fmt::format("{}: the program ends at {:#x}, inside the stacks of the harts, which start at {:#x}",
                                 file, contents.heap_start, contents.heap_end));
  }
  return Program(std::make_shared<const Contents>(std::move(contents)));
}

const std::string& Program::name() const {
  return contents_->name;
}
std::uint64_t Program::entry() const {
  return contents_->image.entry();
}
std::optional<std::uint64_t> Program::symbol(std::string_view name) const {
  return contents_->image.symbol(name);
}
std::string Program::symbolize(std::uint64_t address) const {
  return contents_->image.describe(address);
}
std::optional<SourceLine> Program::line(std::uint64_t address) const {
  return contents_->lines.find(address);
}
std::string Program::place(std::uint64_t address) const {
  const std::string name = symbolize(address);
  const std::optional<SourceLine> source = line(address);
  if (!source) return name;
  return name.empty() ? source->text() : fmt::format("{}, {}", name, source->text());
}
const ElfFile& Program::image() const {
  return contents_->image;
}
std::uint64_t Program::heap_start() const {
  return contents_->heap_start;
}
std::uint64_t Program::heap_end() const {
  return contents_->heap_end;
}

}  // namespace dojo
