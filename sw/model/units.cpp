// The units, each descriptor executed whole (docs/descriptors.md).

#include <cstring>

#include "model/node.hpp"
#include "model/numerics.hpp"

namespace dojo::model {
namespace {

constexpr bool aligned(std::uint64_t value) {
  return value % hw::line_bytes == 0;
}

template <typename... Values>
constexpr bool all_aligned(Values... values) {
  return (aligned(values) && ...);
}

struct Loop {
  std::uint64_t count;
  std::uint64_t stride;
};

/// Whether a stream of two loops over items of `bytes` stays in the SRAM. No sum here can wrap.
constexpr bool in_sram(std::uint64_t base, Loop first, Loop second, std::uint64_t bytes) {
  const std::uint64_t end = base + (first.count - 1) * first.stride + (second.count - 1) * second.stride + bytes;
  return base >= hw::sram_base && end <= hw::sram_base + hw::sram_size;
}

hw::UnitFault check(const hw::MatrixDescriptor& d) {
  const bool convolution = d.op == static_cast<unsigned>(hw::DescriptorOpMatrix::convolution);
  if (d.op != static_cast<unsigned>(hw::DescriptorOpMatrix::gemm) && !convolution) return hw::UnitFault::opcode;
  if (!all_aligned(d.a_base, d.a_m_stride, d.a_k_stride, d.b_base, d.b_k_stride, d.b_n_stride, d.c_base, d.c_m_stride,
                   d.c_n_stride) ||
      (convolution && !aligned(d.a_row_stride))) {
    return hw::UnitFault::alignment;
  }
  const bool named = d.accumulator_named != 0;
  const bool continues = d.accumulator_continue != 0;
  if (d.m_tiles == 0 || d.n_tiles == 0 || (d.k_tiles == 0 && !(named && continues)) ||
      (named && (d.m_tiles > 2 || d.n_tiles > 2)) ||
      (convolution &&
       (d.channel_tiles == 0 || d.row_tiles == 0 || d.image_width == 0 || d.image_height == 0 || d.kernel_width == 0 ||
        d.stride_x == 0 || d.stride_y == 0 || d.dilation_x == 0 || d.dilation_y == 0))) {
    return hw::UnitFault::count;
  }
  const auto bytes = [](unsigned format) {
    return std::uint64_t{format == static_cast<unsigned>(hw::MatrixFormat::bf16) ? 128u : 64u};
  };
  const bool a_inside =
      convolution ? in_sram(d.a_base, {(d.image_width + 7u) / 8, d.a_m_stride}, {d.channel_tiles, d.a_k_stride},
                            bytes(d.a_format) + (d.image_height - 1u) * std::uint64_t{d.a_row_stride})
                  : in_sram(d.a_base, {d.m_tiles, d.a_m_stride}, {d.k_tiles, d.a_k_stride}, bytes(d.a_format));
  const bool b_inside = in_sram(d.b_base, {d.k_tiles, d.b_k_stride}, {d.n_tiles, d.b_n_stride}, bytes(d.b_format));
  const bool c_inside =
      in_sram(d.c_base, {d.m_tiles, d.c_m_stride}, {d.n_tiles, d.c_n_stride}, d.c_bf16 != 0 ? 128 : 256);
  if ((d.k_tiles != 0 && (!a_inside || !b_inside)) || (d.c_absent == 0 && !c_inside)) return hw::UnitFault::range;
  if (d.a_format == 3 || d.b_format == 3 || (!named && (continues || d.c_absent != 0))) return hw::UnitFault::format;
  return hw::UnitFault::none;
}

std::uint8_t* memory(Node& node, std::uint64_t address) {
  return node.sram_bytes() + (address - hw::sram_base);
}

void written(Node& node, std::uint64_t address, std::uint64_t bytes) {
  node.overwrites(address, bytes, hw::SramPort::vector_write);
  const std::uint64_t first = (address - hw::sram_base) / hw::line_bytes;
  for (std::uint64_t line = first; line < first + bytes / hw::line_bytes; ++line) node.written(line);
}

/// The reads of a stream of two loops over items of `bytes`.
void reads(Node& node, std::uint64_t base, Loop first, Loop second, std::uint64_t bytes, hw::SramPort port) {
  for (std::uint64_t i = 0; i < first.count; ++i) {
    for (std::uint64_t j = 0; j < second.count; ++j) {
      node.reads(base + i * first.stride + j * second.stride, bytes, port);
    }
  }
}

/// Reports uncorrectable words in A and B; of a convolution in its whole image, also in pixels that the kernel steps
/// over.
void read_operands(Node& node, const hw::MatrixDescriptor& d) {
  const auto bytes = [](unsigned format) {
    return std::uint64_t{format == static_cast<unsigned>(hw::MatrixFormat::bf16) ? 128u : 64u};
  };
  const bool convolution = d.op == static_cast<unsigned>(hw::DescriptorOpMatrix::convolution);
  if (convolution) {
    for (std::uint64_t row = 0; row < d.image_height; ++row) {
      reads(node, d.a_base + row * d.a_row_stride, {(d.image_width + 7u) / 8, d.a_m_stride},
            {d.channel_tiles, d.a_k_stride}, bytes(d.a_format), hw::SramPort::vector_read_0);
    }
  } else {
    reads(node, d.a_base, {d.m_tiles, d.a_m_stride}, {d.k_tiles, d.a_k_stride}, bytes(d.a_format),
          hw::SramPort::vector_read_0);
  }
  reads(node, d.b_base, {d.k_tiles, d.b_k_stride}, {d.n_tiles, d.b_n_stride}, bytes(d.b_format),
        hw::SramPort::vector_read_1);
}

void execute(Node& node, const hw::MatrixDescriptor& d) {
  if (node.has_bad_words() && d.k_tiles != 0) read_operands(node, d);
  numerics::gemm(numerics::operands_of(d, reinterpret_cast<std::byte*>(node.sram_bytes()), node.accumulators()));
  for (std::uint64_t m = 0; d.c_absent == 0 && m < d.m_tiles; ++m) {
    for (std::uint64_t n = 0; n < d.n_tiles; ++n) {
      written(node, d.c_base + m * d.c_m_stride + n * d.c_n_stride, d.c_bf16 != 0 ? 128 : 256);
    }
  }
  node.count(hw::Counter::matrix_steps, std::uint64_t{2} * d.m_tiles * d.n_tiles * d.k_tiles);
  if (d.sem_en != 0) node.add_semaphore(d.sem, 1);
}

template <typename Descriptor>
void fetch_and_execute(Node& node, hw::Unit unit, std::uint32_t address) {
  if (!aligned(address) || address - hw::sram_base >= hw::sram_size) {
    node.set_unit_fault(unit, hw::UnitFault::descriptor_address, address);
    return;
  }
  Descriptor descriptor;
  node.reads(address, sizeof descriptor, hw::SramPort::vector_read_0);
  std::memcpy(&descriptor, memory(node, address), sizeof descriptor);
  const hw::UnitFault fault = check(descriptor);
  if (fault == hw::UnitFault::none) {
    execute(node, descriptor);
  } else {
    node.set_unit_fault(unit, fault, address);
  }
}

}  // namespace

void execute_descriptor(Node& node, hw::Unit unit, std::uint32_t address, unsigned hart) {
  switch (unit) {
    case hw::Unit::matrix:
      return fetch_and_execute<hw::MatrixDescriptor>(node, unit, address);
    case hw::Unit::transfer:
      return node.lists().issue(address, hart);
  }
}

}  // namespace dojo::model
