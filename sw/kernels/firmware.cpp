#include "kernels/firmware.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "common/error.hpp"

namespace dojo {

Program load_firmware(std::string_view name) {
  std::error_code error;
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw InputError(fmt::format("the firmware cannot be found: /proc/self/exe: {}", error.message()));
  const std::filesystem::path folder = executable.parent_path() / DOJO_FIRMWARE_DIR;
  return Program::from_elf((folder / fmt::format("{}.elf", name)).lexically_normal().string());
}

}  // namespace dojo
