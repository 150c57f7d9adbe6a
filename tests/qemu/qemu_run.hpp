#pragma once
// Runs an image as a Linux process under QEMU user emulation.

#include <cstddef>
#include <span>
#include <vector>

namespace dojo::qemu {

/// Starts `image` (loaded at code_address, entered at its first byte) and returns what it writes to standard output;
/// throws RunError if QEMU is missing or the process ends by a signal.
std::vector<std::byte> run_under_qemu(std::span<const std::byte> image);

}  // namespace dojo::qemu
