#include "network/matmul.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace dojo::network {
namespace {

constexpr std::size_t lanes = 16;
constexpr std::size_t vectors = 2;  // of a panel's row
constexpr std::size_t panel = lanes * vectors;
constexpr std::size_t block = 6;  // rows of C whose sums are in registers at a time

using Lanes = float __attribute__((vector_size(lanes * sizeof(float))));

/// Copies columns `first` .. `first + width` of B into rows of `panel` neighbours, with zeros behind them.
void pack(MatrixView b, std::size_t depth, std::size_t first, std::size_t width, float* packed) {
  if (width < panel) std::fill(packed, packed + depth * panel, 0.0f);
  if (b.column_stride == 1) {
    for (std::size_t k = 0; k < depth; ++k) {
      std::memcpy(packed + k * panel, b.data + k * b.row_stride + first, width * sizeof(float));
    }
    return;
  }
  for (std::size_t j = 0; j < width; ++j) {
    const float* column = b.data + (first + j) * b.column_stride;
    for (std::size_t k = 0; k < depth; ++k) packed[k * panel + j] = column[k * b.row_stride];
  }
}

/// `Rows` rows of C: one panel of columns.
template <std::size_t Rows>
void rows_of_panel(std::size_t depth, MatrixView a, std::size_t row, const float* packed, float* c,
                   std::size_t c_stride, std::size_t width, bool add) {
  Lanes sums[Rows][vectors] = {};
  float buffer[panel] = {};
  if (add) {
    for (std::size_t i = 0; i < Rows; ++i) {
      std::memcpy(buffer, c + (row + i) * c_stride, width * sizeof(float));
      std::memcpy(sums[i], buffer, sizeof(buffer));
    }
  }
  const float* first = a.data + row * a.row_stride;
  for (std::size_t k = 0; k < depth; ++k) {
    Lanes b[vectors];
    std::memcpy(b, packed + k * panel, sizeof(b));
    for (std::size_t i = 0; i < Rows; ++i) {
      const float factor = first[i * a.row_stride + k * a.column_stride];
      for (std::size_t v = 0; v < vectors; ++v) sums[i][v] += b[v] * factor;
    }
  }
  for (std::size_t i = 0; i < Rows; ++i) {
    std::memcpy(buffer, sums[i], sizeof(buffer));
    std::memcpy(c + (row + i) * c_stride, buffer, width * sizeof(float));
  }
}

void multiply_panel(std::size_t rows, std::size_t depth, MatrixView a, MatrixView b, std::size_t first,
                    std::size_t width, float* c, std::size_t c_stride, bool add) {
  thread_local std::vector<float> packed;
  packed.resize(std::max(packed.size(), depth * panel));
  pack(b, depth, first, width, packed.data());
  std::size_t row = 0;
  for (; row + block <= rows; row += block) {
    rows_of_panel<block>(depth, a, row, packed.data(), c + first, c_stride, width, add);
  }
  for (; row < rows; ++row) rows_of_panel<1>(depth, a, row, packed.data(), c + first, c_stride, width, add);
}

}  // namespace

void multiply(std::size_t rows, std::size_t columns, std::size_t depth, MatrixView a, MatrixView b, float* c,
              std::size_t c_stride, bool add) {
  for (std::size_t first = 0; first < columns; first += panel) {
    multiply_panel(rows, depth, a, b, first, std::min(panel, columns - first), c, c_stride, add);
  }
}

void multiply(WorkerPool& pool, std::size_t rows, std::size_t columns, std::size_t depth, MatrixView a, MatrixView b,
              float* c, std::size_t c_stride, bool add) {
  pool.run((columns + panel - 1) / panel, [&](std::size_t index) {
    const std::size_t first = index * panel;
    multiply_panel(rows, depth, a, b, first, std::min(panel, columns - first), c, c_stride, add);
  });
}

}  // namespace dojo::network
