#include "numerics.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "model/cfloat.hpp"

namespace dojo::numerics {

namespace {

constexpr int window_bits = 32;
constexpr int fraction_bits = window_bits - 6;
constexpr std::size_t terms = 4;  // products of a step
constexpr std::size_t edge = 8;   // rows and columns of a tile
constexpr std::size_t tile_elements = 64;
constexpr std::size_t tile_bytes_bf16 = 128;

// ---- The reference: the steps of docs/numerics.md in their order, in 64-bit integers (the sum needs 32).

struct Operand {
  bool negative;
  int exponent;
  int mantissa;
  bool infinite;
  bool nan;
};

Operand decode_reference(std::uint16_t bits) {
  Operand result{};
  const int field = (bits >> 7) & 0xff;
  const int fraction = bits & 0x7f;
  result.negative = (bits >> 15) != 0;
  result.infinite = field == 0xff && fraction == 0;
  result.nan = field == 0xff && fraction != 0;
  result.mantissa = field != 0 ? 128 + fraction : fraction;
  result.exponent = field != 0 ? field : 1;
  if (result.mantissa == 0) result.exponent = 0;
  return result;
}

/// Rounds magnitude * 2**-fraction_bits * 2**(exponent - 254) to FP32.
std::uint32_t round_reference(bool negative, std::uint64_t magnitude, int exponent) {
  const std::uint32_t sign = negative ? 0x80000000u : 0u;
  int leading = 0;
  while ((magnitude >> (leading + 1)) != 0) ++leading;
  int field = exponent - 127 + leading - fraction_bits;
  std::uint64_t mantissa = 0;
  if (leading <= 23) {
    mantissa = magnitude << (23 - leading);
  } else {
    const int dropped = leading - 23;
    const std::uint64_t rest = magnitude & ((std::uint64_t{1} << dropped) - 1);
    const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
    mantissa = magnitude >> dropped;
    if (rest > half || (rest == half && (mantissa & 1) != 0)) ++mantissa;
  }
  if ((mantissa >> 24) != 0) {
    mantissa >>= 1;
    ++field;
  }
  if (field < 1) return sign;
  if (field > 254) return sign | 0x7f800000u;
  return sign | static_cast<std::uint32_t>(field) << 23 | (static_cast<std::uint32_t>(mantissa) & 0x7fffffu);
}

}  // namespace

void matrix_step_reference(const std::uint16_t* a, const std::uint16_t* b, std::uint32_t* c) {
  for (std::size_t i = 0; i < edge; ++i) {
    for (std::size_t j = 0; j < edge; ++j) {
      std::uint32_t& accumulator = c[i * edge + j];
      std::array<int, terms + 1> exponent{};
      std::array<std::uint64_t, terms + 1> magnitude{};
      std::array<bool, terms + 1> negative{};
      bool nan = false;
      bool positive_infinity = false;
      bool negative_infinity = false;
      for (std::size_t k = 0; k < terms; ++k) {
        const Operand x = decode_reference(a[i * terms + k]);
        const Operand y = decode_reference(b[k * edge + j]);
        negative[k] = x.negative != y.negative;
        if (x.mantissa != 0 && y.mantissa != 0) exponent[k] = x.exponent + y.exponent;
        magnitude[k] = static_cast<std::uint64_t>(x.mantissa * y.mantissa) << (fraction_bits - 14);
        if (x.nan || y.nan || (x.infinite && y.mantissa == 0) || (y.infinite && x.mantissa == 0)) {
          nan = true;
        } else if (x.infinite || y.infinite) {
          (negative[k] ? negative_infinity : positive_infinity) = true;
        }
      }
      const int field = static_cast<int>(accumulator >> 23 & 0xff);
      const std::uint32_t fraction = accumulator & 0x7fffffu;
      negative[terms] = (accumulator >> 31) != 0;
      if (field != 0) {
        exponent[terms] = field + 127;
        magnitude[terms] = std::uint64_t{0x800000u | fraction} << (fraction_bits - 23);
      }
      if (field == 0xff) {
        if (fraction != 0) {
          nan = true;
        } else {
          (negative[terms] ? negative_infinity : positive_infinity) = true;
        }
      }
      const int largest = *std::max_element(exponent.begin(), exponent.end());
      std::int64_t sum = 0;
      for (std::size_t k = 0; k <= terms; ++k) {
        const int shift = largest - exponent[k];
        const auto aligned = static_cast<std::int64_t>(shift >= window_bits ? 0 : magnitude[k] >> shift);
        sum += negative[k] ? -aligned : aligned;
      }
      if (nan || (positive_infinity && negative_infinity)) {
        accumulator = canonical_nan;
      } else if (positive_infinity || negative_infinity) {
        accumulator = positive_infinity ? 0x7f800000u : 0xff800000u;
      } else if (sum == 0) {
        accumulator = 0;
      } else {
        accumulator = round_reference(sum < 0, static_cast<std::uint64_t>(sum < 0 ? -sum : sum), largest);
      }
    }
  }
}

// ---- The fast form.
//
// A finite operand is held as its signed integer mantissa in a float and its exponent. Scaling by a power of two and
// truncating to an integer is then the alignment, the conversion of the sum back to float is the one rounding, and
// every loop runs over columns, so that the compiler makes vectors of it. NaN and infinities are put right afterwards.

namespace {

constexpr std::int32_t exponent_of_zero = -4096;  // on either side of a product: never the largest exponent

/// Two tiles of B side by side, or one: one vector of columns per k.
constexpr std::size_t panel_columns = 16;

/// A decoded tile of A, in the order in which it was stored.
struct DecodedA {
  alignas(64) std::array<float, tile_elements> mantissa;
  alignas(64) std::array<std::int32_t, tile_elements> exponent;
  std::array<std::uint16_t, tile_elements> bits;
  bool special;
};

/// Decoded tiles of B for one k tile.
struct DecodedB {
  alignas(64) std::array<std::array<float, panel_columns>, edge> mantissa;
  alignas(64) std::array<std::array<std::int32_t, panel_columns>, edge> exponent;
  alignas(64) std::array<std::array<std::uint16_t, panel_columns>, edge> bits;
  bool special;
};

using Accumulators = std::array<std::array<std::uint32_t, panel_columns>, edge>;

/// Decodes `count` operands; returns whether one of them is a NaN or an infinity.
template <std::size_t count>
bool decode(const std::uint16_t* bits, float* mantissa, std::int32_t* exponent) {
  std::uint32_t special = 0;
  for (std::size_t n = 0; n < count; ++n) {
    const std::uint32_t value = bits[n];
    const std::uint32_t field = value >> 7 & 0xff;
    const auto magnitude = static_cast<std::int32_t>((value & 0x7f) | (field != 0 ? 0x80u : 0u));
    mantissa[n] = static_cast<float>((value & 0x8000u) != 0 ? -magnitude : magnitude);
    exponent[n] = magnitude == 0 ? exponent_of_zero : static_cast<std::int32_t>(field != 0 ? field : 1);
    special |= field == 0xff ? 1u : 0u;
  }
  return special != 0;
}

void decode_a(const std::uint16_t* tile, DecodedA& a) {
  std::memcpy(a.bits.data(), tile, tile_bytes_bf16);
  a.special = decode<tile_elements>(a.bits.data(), a.mantissa.data(), a.exponent.data());
}

/// Puts one tile into columns `first` .. `first` + 7 of the bits of `b`; a null tile gives zeros.
void place_b(const std::uint16_t* tile, bool transposed, std::size_t first, DecodedB& b) {
  for (std::size_t k = 0; k < edge; ++k) {
    for (std::size_t j = 0; j < edge; ++j) {
      b.bits[k][first + j] = tile == nullptr ? std::uint16_t{0} : transposed ? tile[j * edge + k] : tile[k * edge + j];
    }
  }
}

void decode_b(DecodedB& b) {
  b.special = decode<edge * panel_columns>(b.bits.front().data(), b.mantissa.front().data(), b.exponent.front().data());
}

/// One step for one row of accumulators and finite operands. `b_*` point to four rows of panel_columns.
inline void step_row(const float* a_mantissa, const std::int32_t* a_exponent, std::size_t a_stride,
                     const float* b_mantissa, const std::int32_t* b_exponent, std::uint32_t* c) {
  const float a_m[terms] = {a_mantissa[0], a_mantissa[a_stride], a_mantissa[2 * a_stride], a_mantissa[3 * a_stride]};
  const std::int32_t a_e[terms] = {a_exponent[0], a_exponent[a_stride], a_exponent[2 * a_stride],
                                   a_exponent[3 * a_stride]};
#if defined(__clang__)
#pragma clang loop unroll(disable)
#endif
  for (std::size_t j = 0; j < panel_columns; ++j) {
    const std::uint32_t old = c[j];
    const auto old_field = static_cast<std::int32_t>(old >> 23 & 0xff);
    const std::int32_t e0 = a_e[0] + b_exponent[0 * panel_columns + j];
    const std::int32_t e1 = a_e[1] + b_exponent[1 * panel_columns + j];
    const std::int32_t e2 = a_e[2] + b_exponent[2 * panel_columns + j];
    const std::int32_t e3 = a_e[3] + b_exponent[3 * panel_columns + j];
    const std::int32_t ec = old_field == 0 ? 4 * exponent_of_zero : old_field + 127;  // below any product's
    const std::int32_t largest = std::max(std::max(std::max(e0, e1), std::max(e2, e3)), ec);
    // The FP32 exponent field of the scale factor of a term is its exponent plus `base`; 0 drops a term that is shifted
    // out.
    const std::int32_t base = 127 + fraction_bits - 14 - largest;
    const auto align = [base](float product, std::int32_t exponent) {
      const std::int32_t field = std::max(exponent + base, 0);
      return static_cast<std::int32_t>(product * std::bit_cast<float>(field << 23));
    };
    const float old_mantissa = std::bit_cast<float>((old & 0x807fffffu) | 0x46800000u);  // 1.f * 2**14
    const std::int32_t sum = align(a_m[0] * b_mantissa[0 * panel_columns + j], e0) +
                             align(a_m[1] * b_mantissa[1 * panel_columns + j], e1) +
                             align(a_m[2] * b_mantissa[2 * panel_columns + j], e2) +
                             align(a_m[3] * b_mantissa[3 * panel_columns + j], e3) + align(old_mantissa, ec);
    const auto rounded = std::bit_cast<std::uint32_t>(static_cast<float>(sum));
    const std::int32_t shift = largest - (254 + fraction_bits);
    const std::uint32_t magnitude = rounded & 0x7fffffffu;
    const std::int32_t field = static_cast<std::int32_t>(magnitude >> 23) + shift;
    const std::uint32_t scaled = magnitude + (static_cast<std::uint32_t>(shift) << 23);
    const std::uint32_t bounded = field > 254 ? 0x7f800000u : scaled;
    c[j] = (field < 1 || sum == 0 ? 0u : bounded) | (rounded & 0x80000000u);
  }
}

bool any_special(const Accumulators& c) {
  std::uint32_t special = 0;
  for (std::size_t n = 0; n < edge * panel_columns; ++n) {
    special |= (c[0].data()[n] & 0x7f800000u) == 0x7f800000u ? 1u : 0u;
  }
  return special != 0;
}

/// Infinities and NaN of one step by definition; leaves the finite results in `c` alone.
void fix_specials(const DecodedA& a, std::size_t a_row, std::size_t a_stride, const DecodedB& b, std::size_t k_first,
                  const Accumulators& old, Accumulators& c) {
  for (std::size_t i = 0; i < edge; ++i) {
    for (std::size_t j = 0; j < panel_columns; ++j) {
      bool nan = false;
      bool infinite[2] = {false, false};
      for (std::size_t k = k_first; k < k_first + terms; ++k) {
        const std::uint16_t x = a.bits[i * a_row + k * a_stride];
        const std::uint16_t y = b.bits[k][j];
        const unsigned x_magnitude = x & 0x7fffu;
        const unsigned y_magnitude = y & 0x7fffu;
        if (x_magnitude < 0x7f80u && y_magnitude < 0x7f80u) continue;
        if (x_magnitude > 0x7f80u || y_magnitude > 0x7f80u || x_magnitude == 0 || y_magnitude == 0) nan = true;
        infinite[(x ^ y) >> 15] = true;
      }
      const std::uint32_t before = old[i][j];
      const std::uint32_t magnitude = before & 0x7fffffffu;
      if (magnitude > 0x7f800000u) nan = true;
      if (magnitude == 0x7f800000u) infinite[before >> 31] = true;
      if (nan || (infinite[0] && infinite[1])) {
        c[i][j] = canonical_nan;
      } else if (infinite[0] || infinite[1]) {
        c[i][j] = infinite[0] ? 0x7f800000u : 0xff800000u;
      }
    }
  }
}

/// Two steps: c += a * b. `a_row` and `a_stride` are the distances of A's elements in i and in k.
void tile_product(const DecodedA& a, bool a_transposed, const DecodedB& b, Accumulators& c, bool& c_special) {
  const std::size_t a_row = a_transposed ? 1 : edge;
  const std::size_t a_stride = a_transposed ? edge : 1;
  for (std::size_t k = 0; k < edge; k += terms) {
    const bool special = c_special || a.special || b.special;
    Accumulators old;
    if (special) old = c;
    for (std::size_t i = 0; i < edge; ++i) {
      const std::size_t first = i * a_row + k * a_stride;
      step_row(&a.mantissa[first], &a.exponent[first], a_stride, b.mantissa[k].data(), b.exponent[k].data(),
               c[i].data());
    }
    if (special) fix_specials(a, a_row, a_stride, b, k, old, c);
    c_special = any_special(c);
  }
}

void store_tile(const Accumulators& c, std::size_t first, bool bf16, std::byte* out) {
  if (bf16) {
    std::array<std::uint16_t, tile_elements> line;
    for (std::size_t n = 0; n < tile_elements; ++n) line[n] = to_bf16(c[n / edge][first + n % edge]);
    std::memcpy(out, line.data(), sizeof line);
  } else {
    for (std::size_t i = 0; i < edge; ++i) {
      std::memcpy(out + i * edge * sizeof(std::uint32_t), &c[i][first], edge * sizeof(std::uint32_t));
    }
  }
}

/// Takes the tiles of one operand out of memory as BF16.
class TileReader {
 public:
  explicit TileReader(OperandFormat format) : format_(format) {
    if (narrow()) {
      for (unsigned bits = 0; bits < 256; ++bits)
        widened_[bits] = cfloat8_to_bf16(format, static_cast<std::uint8_t>(bits));
    }
  }

  const std::uint16_t* tile(const std::byte* from) {
    put(from, 0, tile_elements);
    return tile_.data();
  }

  /// The tile of an image whose pixels begin at (x, y), or zeros outside.
  const std::uint16_t* tile(const std::byte* from, const ImageOperand& image, std::int64_t x, std::int64_t y) {
    const std::size_t pixel_bytes = format_.tile_bytes() / edge;
    for (std::size_t row = 0; row < edge; ++row, x += image.stride_x) {
      const bool inside =
          x >= 0 && y >= 0 && x < static_cast<std::int64_t>(image.width) && y < static_cast<std::int64_t>(image.height);
      if (inside) {
        put(from + y * image.row_stride + x / 8 * image.tile_stride + x % 8 * static_cast<std::int64_t>(pixel_bytes),
            row * edge, edge);
      } else {
        std::fill_n(tile_.begin() + static_cast<std::ptrdiff_t>(row * edge), edge, std::uint16_t{0});
      }
    }
    return tile_.data();
  }

 private:
  [[nodiscard]] bool narrow() const { return format_.format != hw::MatrixFormat::bf16; }

  void put(const std::byte* from, std::size_t first, std::size_t count) {
    if (narrow()) {
      for (std::size_t n = 0; n < count; ++n) tile_[first + n] = widened_[std::to_integer<std::size_t>(from[n])];
    } else {
      std::memcpy(&tile_[first], from, count * sizeof(std::uint16_t));
    }
  }

  OperandFormat format_;
  std::array<std::uint16_t, 256> widened_{};
  std::array<std::uint16_t, tile_elements> tile_{};
};

/// Tile (m, k) of A.
const std::uint16_t* tile_of_a(const GemmOperands& g, TileReader& reader, std::size_t m, std::size_t k) {
  if (!g.image) {
    return reader.tile(g.a + static_cast<std::ptrdiff_t>(m) * g.a_m_stride +
                       static_cast<std::ptrdiff_t>(k) * g.a_k_stride);
  }
  const ImageOperand& image = *g.image;
  const std::size_t pixels = g.a_transposed ? k : m;  // a tile of pixels of the output
  const std::size_t under = g.a_transposed ? m : k;   // a column of the kernel, and channels
  const std::size_t column = under / image.channel_tiles;
  const auto place = [](std::size_t output, unsigned stride, std::size_t kernel, unsigned dilation, unsigned padding) {
    return static_cast<std::int64_t>(output * stride + kernel * dilation) - static_cast<std::int64_t>(padding);
  };
  return reader.tile(
      g.a + static_cast<std::ptrdiff_t>(under % image.channel_tiles) * image.channel_stride, image,
      place(pixels % image.row_tiles * edge, image.stride_x, column % image.kernel_width, image.dilation_x,
            image.padding_x),
      place(pixels / image.row_tiles, image.stride_y, column / image.kernel_width, image.dilation_y, image.padding_y));
}

/// Copies the tiles of row m of a named accumulator from or to columns of `c`.
void load_named(const GemmOperands& g, std::size_t m, Accumulators& c) {
  for (std::size_t n = 0; n < 2 * tile_elements; ++n) {
    c[n % tile_elements / edge][n / tile_elements * edge + n % edge] = g.accumulator[m * 2 * tile_elements + n];
  }
}
void store_named(const GemmOperands& g, std::size_t m, const Accumulators& c) {
  for (std::size_t n = 0; n < g.n_tiles * tile_elements; ++n) {
    g.accumulator[m * 2 * tile_elements + n] = c[n % tile_elements / edge][n / tile_elements * edge + n % edge];
  }
}

}  // namespace

void matrix_tile(bool a_transposed, bool b_transposed, const std::uint16_t* a, const std::uint16_t* b,
                 std::uint32_t* c) {
  DecodedA decoded_a;
  DecodedB decoded_b;
  Accumulators accumulators{};
  decode_a(a, decoded_a);
  place_b(b, b_transposed, 0, decoded_b);
  place_b(nullptr, false, edge, decoded_b);
  decode_b(decoded_b);
  for (std::size_t i = 0; i < edge; ++i)
    std::memcpy(accumulators[i].data(), c + i * edge, edge * sizeof(std::uint32_t));
  bool c_special = any_special(accumulators);
  tile_product(decoded_a, a_transposed, decoded_b, accumulators, c_special);
  for (std::size_t i = 0; i < edge; ++i)
    std::memcpy(c + i * edge, accumulators[i].data(), edge * sizeof(std::uint32_t));
}

std::uint16_t cfloat8_to_bf16(OperandFormat format, std::uint8_t bits) {
  cfloat::Flags unused = 0;
  return cfloat::widen_bf16(
      format.format == hw::MatrixFormat::cfloat8_143 ? cfloat::Format::e4m3 : cfloat::Format::e5m2, format.bias, bits,
      {}, unused);
}

GemmOperands operands_of(const hw::MatrixDescriptor& d, std::byte* sram, std::uint32_t* accumulators) {
  const auto at = [sram](std::uint32_t address) { return sram + (address - hw::sram_base); };
  GemmOperands g;
  g.a_transposed = d.a_transposed != 0;
  g.b_transposed = d.b_transposed != 0;
  g.c_bf16 = d.c_bf16 != 0;
  g.a_format = {static_cast<hw::MatrixFormat>(d.a_format), d.a_bias};
  g.b_format = {static_cast<hw::MatrixFormat>(d.b_format), d.b_bias};
  if (d.op == static_cast<unsigned>(hw::DescriptorOpMatrix::convolution)) {
    g.image = ImageOperand{.width = d.image_width,
                           .height = d.image_height,
                           .channel_tiles = d.channel_tiles,
                           .row_tiles = d.row_tiles,
                           .kernel_width = d.kernel_width,
                           .stride_x = d.stride_x,
                           .stride_y = d.stride_y,
                           .dilation_x = d.dilation_x,
                           .dilation_y = d.dilation_y,
                           .padding_x = d.padding_x,
                           .padding_y = d.padding_y,
                           .row_stride = d.a_row_stride,
                           .tile_stride = d.a_m_stride,
                           .channel_stride = d.a_k_stride};
  }
  if (d.accumulator_named != 0) g.accumulator = accumulators + d.accumulator * 4 * tile_elements;
  g.accumulator_continue = d.accumulator_continue != 0;
  g.m_tiles = d.m_tiles;
  g.n_tiles = d.n_tiles;
  g.k_tiles = d.k_tiles;
  if (d.k_tiles != 0) {
    g.a = at(d.a_base);
    g.b = at(d.b_base);
  }
  g.a_m_stride = d.a_m_stride;
  g.a_k_stride = d.a_k_stride;
  g.b_k_stride = d.b_k_stride;
  g.b_n_stride = d.b_n_stride;
  if (d.c_absent == 0) g.c = at(d.c_base);
  g.c_m_stride = d.c_m_stride;
  g.c_n_stride = d.c_n_stride;
  return g;
}

void gemm(const GemmOperands& g) {
  thread_local std::vector<DecodedB> panel;
  if (panel.size() < g.k_tiles) panel.resize(g.k_tiles);
  TileReader a_reader(g.a_format);
  TileReader b_reader(g.b_format);
  DecodedA a;
  for (std::size_t n = 0; n < g.n_tiles; n += 2) {
    const bool pair = n + 1 < g.n_tiles;
    const auto column = static_cast<std::ptrdiff_t>(n);
    for (std::size_t k = 0; k < g.k_tiles; ++k) {
      const std::byte* tile = g.b + static_cast<std::ptrdiff_t>(k) * g.b_k_stride + column * g.b_n_stride;
      place_b(b_reader.tile(tile), g.b_transposed, 0, panel[k]);
      place_b(pair ? b_reader.tile(tile + g.b_n_stride) : nullptr, g.b_transposed, edge, panel[k]);
      decode_b(panel[k]);
    }
    for (std::size_t m = 0; m < g.m_tiles; ++m) {
      Accumulators c{};
      if (g.accumulator_continue) load_named(g, m, c);
      bool c_special = any_special(c);
      for (std::size_t k = 0; k < g.k_tiles; ++k) {
        decode_a(tile_of_a(g, a_reader, m, k), a);
        tile_product(a, g.a_transposed, panel[k], c, c_special);
      }
      if (g.accumulator != nullptr) store_named(g, m, c);
      if (g.c == nullptr) continue;
      std::byte* out = g.c + static_cast<std::ptrdiff_t>(m) * g.c_m_stride + column * g.c_n_stride;
      store_tile(c, 0, g.c_bf16, out);
      if (pair) store_tile(c, edge, g.c_bf16, out + g.c_n_stride);
    }
  }
}

// ---- Conversions.

std::uint16_t to_bf16(std::uint32_t value) {
  const std::uint32_t rounded = value + 0x7fffu + (value >> 16 & 1u);
  const bool nan = (value & 0x7fffffffu) > 0x7f800000u;
  return nan ? canonical_nan_bf16 : static_cast<std::uint16_t>(rounded >> 16);
}

}  // namespace dojo::numerics
