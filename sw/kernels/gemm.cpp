#include "kernels/gemm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "common/error.hpp"
#include "firmware/dojo.h"
#include "kernels/firmware.hpp"
#include "kernels/tiles.hpp"
#include "model/numerics.hpp"

namespace dojo {
namespace {

constexpr std::size_t count_limit = 65535;  // tiles: the descriptor's counts have 16 bits

/// The launch arguments of the program gemm: a descriptor at the first argument that starts a line.
using GemmArguments = std::array<std::uint64_t, DOJO_LAUNCH_LINE_ARGUMENT + sizeof(hw::MatrixDescriptor) / 8>;

GemmArguments make_arguments(const GemmShape& shape, const OperandFormats& formats, const Buffer& a, const Buffer& b,
                             const Buffer& c) {
  const auto m = static_cast<std::uint32_t>(tiles_for(shape.m));
  const auto n = static_cast<std::uint32_t>(tiles_for(shape.n));
  const auto k = static_cast<std::uint32_t>(tiles_for(shape.k));
  hw::MatrixDescriptor descriptor{};
  descriptor.op = DOJO_DESCRIPTOR_OP_MATRIX_GEMM;
  descriptor.sem_en = 1;
  descriptor.sem = 0;
  descriptor.m_tiles = m;
  descriptor.n_tiles = n;
  descriptor.k_tiles = k;
  set_formats(descriptor, formats);
  descriptor.a_base = static_cast<std::uint32_t>(a.address());
  descriptor.a_k_stride = static_cast<std::uint32_t>(formats.a.tile_bytes());
  descriptor.a_m_stride = k * descriptor.a_k_stride;
  descriptor.b_base = static_cast<std::uint32_t>(b.address());
  descriptor.b_n_stride = static_cast<std::uint32_t>(formats.b.tile_bytes());
  descriptor.b_k_stride = n * descriptor.b_n_stride;
  descriptor.c_base = static_cast<std::uint32_t>(c.address());
  descriptor.c_m_stride = n * tile_bytes_fp32;
  descriptor.c_n_stride = tile_bytes_fp32;
  GemmArguments arguments{};
  std::memcpy(&arguments[DOJO_LAUNCH_LINE_ARGUMENT], &descriptor, sizeof(descriptor));
  return arguments;
}

}  // namespace

void set_formats(hw::MatrixDescriptor& descriptor, const OperandFormats& formats) {
  descriptor.a_format = static_cast<std::uint32_t>(formats.a.format);
  descriptor.a_bias = formats.a.bias;
  descriptor.b_format = static_cast<std::uint32_t>(formats.b.format);
  descriptor.b_bias = formats.b.bias;
}

Gemm::Gemm(Machine& machine, const Rectangle& rectangle, const GemmShape& shape, const OperandFormats& formats)
    : machine_(machine), rectangle_(rectangle), shape_(shape), formats_(formats), program_(load_firmware("gemm")) {
  if (shape.m == 0 || shape.n == 0 || shape.k == 0) {
    throw InputError(fmt::format("a product of {}x{} and {}x{} is empty", shape.m, shape.k, shape.k, shape.n));
  }
  if (std::max({tiles_for(shape.m), tiles_for(shape.n), tiles_for(shape.k)}) > count_limit) {
    throw InputError(fmt::format("matrices of up to {} rows or columns", count_limit * tile_edge));
  }
  machine_.load(program_, rectangle_);
  const std::size_t tile_rows = tiles_for(shape.m);
  const std::size_t nodes = rectangle_.nodes();
  for (unsigned i = 0; i < nodes; ++i) {
    const std::size_t first = tile_rows * i / nodes * tile_edge;
    const std::size_t end = std::min(shape.m, tile_rows * (i + 1) / nodes * tile_edge);
    if (first >= end) continue;
    const Coordinates node = rectangle_.node(i);
    const TileLayout a{.rows = end - first, .columns = shape.k};
    const TileLayout b{.rows = shape.k, .columns = shape.n};
    const TileLayout c{.rows = end - first, .columns = shape.n};
    parts_.push_back({.node = node,
                      .first_row = first,
                      .rows = end - first,
                      .a = machine_.allocate(node, a.tiles() * formats.a.tile_bytes()),
                      .b = machine_.allocate(node, b.tiles() * formats.b.tile_bytes()),
                      .c = machine_.allocate(node, c.tiles() * tile_bytes_fp32)});
  }
}

void Gemm::write(std::span<const float> a, std::span<const float> b) {
  if (a.size() != shape_.m * shape_.k || b.size() != shape_.k * shape_.n) {
    throw InputError(fmt::format("operands of {} and {} numbers for a product of {}x{} and {}x{}", a.size(), b.size(),
                                 shape_.m, shape_.k, shape_.k, shape_.n));
  }
  const std::vector<std::byte> b_tiles = pack_operand(b, {.rows = shape_.k, .columns = shape_.n}, formats_.b);
  for (Part& part : parts_) {
    part.a.write(pack_operand(a.subspan(part.first_row * shape_.k, part.rows * shape_.k),
                              {.rows = part.rows, .columns = shape_.k}, formats_.a));
    part.b.write(b_tiles);
  }
}

void Gemm::launch() {
  events_.clear();
  for (const Part& part : parts_) {
    const GemmShape shape{.m = part.rows, .n = shape_.n, .k = shape_.k};
    events_.push_back(machine_.launch(program_, {.origin = part.node, .columns = 1, .rows = 1},
                                      make_arguments(shape, formats_, part.a, part.b, part.c)));
  }
}

void Gemm::wait(std::uint64_t max_cycles) {
  const std::uint64_t start = machine_.cycles();
  for (Event& event : events_) event.wait(max_cycles);
  cycles_ = machine_.cycles() - start;
}

std::uint64_t Gemm::cycles() const {
  return cycles_;
}

std::vector<float> Gemm::read() const {
  std::vector<float> c(shape_.m * shape_.n);
  for (const Part& part : parts_) {
    const TileLayout layout{.rows = part.rows, .columns = shape_.n};
    const std::vector<float> rows = unpack_fp32(part.c.read<float>(layout.padded()), layout);
    std::copy(rows.begin(), rows.end(), c.begin() + static_cast<std::ptrdiff_t>(part.first_row * shape_.n));
  }
  return c;
}

std::vector<float> gemm_reference(std::span<const float> a, std::span<const float> b, const GemmShape& shape,
                                  const OperandFormats& formats) {
  const TileLayout a_layout{.rows = shape.m, .columns = shape.k};
  const TileLayout b_layout{.rows = shape.k, .columns = shape.n};
  const TileLayout c_layout{.rows = shape.m, .columns = shape.n};
  const std::vector<std::byte> a_tiles = pack_operand(a, a_layout, formats.a);
  const std::vector<std::byte> b_tiles = pack_operand(b, b_layout, formats.b);
  std::vector<float> c_tiles(c_layout.padded());
  numerics::GemmOperands operands;
  operands.m_tiles = a_layout.tile_rows();
  operands.n_tiles = b_layout.tile_columns();
  operands.k_tiles = a_layout.tile_columns();
  operands.a_format = formats.a;
  operands.b_format = formats.b;
  operands.a = a_tiles.data();
  operands.a_k_stride = static_cast<std::ptrdiff_t>(formats.a.tile_bytes());
  operands.a_m_stride = static_cast<std::ptrdiff_t>(operands.k_tiles * formats.a.tile_bytes());
  operands.b = b_tiles.data();
  operands.b_n_stride = static_cast<std::ptrdiff_t>(formats.b.tile_bytes());
  operands.b_k_stride = static_cast<std::ptrdiff_t>(operands.n_tiles * formats.b.tile_bytes());
  operands.c = reinterpret_cast<std::byte*>(c_tiles.data());
  operands.c_n_stride = tile_bytes_fp32;
  operands.c_m_stride = static_cast<std::ptrdiff_t>(operands.n_tiles * tile_bytes_fp32);
  numerics::gemm(operands);
  return unpack_fp32(c_tiles, c_layout);
}

MatrixMeasurement measure_gemm(Machine& machine, const Rectangle& rectangle, const GemmShape& shape, std::uint64_t seed,
                               const OperandFormats& formats, std::uint64_t max_cycles) {
  std::mt19937_64 generator(seed);
  const std::vector<float> a = random_numbers(shape.m * shape.k, generator);
  const std::vector<float> b = random_numbers(shape.k * shape.n, generator);
  Gemm product(machine, rectangle, shape, formats);
  product.write(a, b);
  return measure(machine, rectangle, product, gemm_reference(a, b, shape, formats), max_cycles);
}

}  // namespace dojo
