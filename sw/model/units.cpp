// The units, each descriptor executed whole (docs/descriptors.md).

#include <array>
#include <cstring>

#include "model/node.hpp"
#include "model/numerics.hpp"

namespace dojo::model {
namespace {

constexpr std::uint32_t negative_zero = 0x80000000u;

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

hw::UnitFault check(const hw::ElementwiseDescriptor& d) {
  const auto op = static_cast<hw::DescriptorOpElementwise>(d.op);
  if (op != hw::DescriptorOpElementwise::fma && op != hw::DescriptorOpElementwise::relu &&
      op != hw::DescriptorOpElementwise::gate) {
    return hw::UnitFault::opcode;
  }
  const bool reads_y = d.y_absent == 0;
  if (!all_aligned(d.x_base, d.x_inner_stride, d.x_outer_stride, d.d_base, d.d_inner_stride, d.d_outer_stride) ||
      (reads_y && !all_aligned(d.y_base, d.y_inner_stride, d.y_outer_stride))) {
    return hw::UnitFault::alignment;
  }
  if (d.inner_count == 0 || d.outer_count == 0 || (d.d_bf16 != 0 && d.inner_count % 2 != 0)) {
    return hw::UnitFault::count;
  }
  const std::uint64_t d_count = d.d_bf16 != 0 ? d.inner_count / 2 : d.inner_count;
  if (!in_sram(d.x_base, {d.inner_count, d.x_inner_stride}, {d.outer_count, d.x_outer_stride}, hw::line_bytes) ||
      (reads_y &&
       !in_sram(d.y_base, {d.inner_count, d.y_inner_stride}, {d.outer_count, d.y_outer_stride}, hw::line_bytes)) ||
      !in_sram(d.d_base, {d_count, d.d_inner_stride}, {d.outer_count, d.d_outer_stride}, hw::line_bytes)) {
    return hw::UnitFault::range;
  }
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

void execute(Node& node, const hw::ElementwiseDescriptor& d) {
  std::array<std::uint32_t, 16> no_y;
  no_y.fill(negative_zero);
  const auto op = static_cast<hw::DescriptorOpElementwise>(d.op);
  for (std::uint64_t o = 0; o < d.outer_count; ++o) {
    for (std::uint64_t i = 0; i < d.inner_count; ++i) {
      const auto line = [&](std::uint64_t base, std::uint64_t index, std::uint64_t inner, std::uint64_t outer) {
        return base + o * outer + index * inner;
      };
      node.reads(line(d.x_base, i, d.x_inner_stride, d.x_outer_stride), hw::line_bytes, hw::SramPort::vector_read_0);
      if (d.y_absent == 0) {
        node.reads(line(d.y_base, i, d.y_inner_stride, d.y_outer_stride), hw::line_bytes, hw::SramPort::vector_read_1);
      }
      const auto* x =
          reinterpret_cast<const std::uint32_t*>(memory(node, line(d.x_base, i, d.x_inner_stride, d.x_outer_stride)));
      const auto* y = d.y_absent != 0 ? no_y.data()
                                      : reinterpret_cast<const std::uint32_t*>(
                                            memory(node, line(d.y_base, i, d.y_inner_stride, d.y_outer_stride)));
      std::array<std::uint32_t, 16> result;
      numerics::elementwise_line(op, d.scalar, x, y, result.data());
      const std::uint64_t target = line(d.d_base, d.d_bf16 != 0 ? i / 2 : i, d.d_inner_stride, d.d_outer_stride);
      if (d.d_bf16 != 0) {
        auto* halves = reinterpret_cast<std::uint16_t*>(memory(node, target)) + 16 * (i % 2);
        for (unsigned lane = 0; lane < 16; ++lane) halves[lane] = numerics::to_bf16(result[lane]);
      } else {
        std::memcpy(memory(node, target), result.data(), hw::line_bytes);
      }
      written(node, target, hw::line_bytes);
    }
  }
  node.count(hw::Counter::elementwise_lines, std::uint64_t{d.inner_count} * d.outer_count);
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
    case hw::Unit::elementwise:
      return fetch_and_execute<hw::ElementwiseDescriptor>(node, unit, address);
    case hw::Unit::transfer:
      return node.lists().issue(address, hart);
  }
}

}  // namespace dojo::model
