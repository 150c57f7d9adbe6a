#pragma once
// The product of two FP32 matrices, on which linear layers, convolutions and attention stand.

#include <cstddef>

#include "common/worker_pool.hpp"

namespace dojo::network {

/// A matrix that lies somewhere: element (i, j) is at data[i * row_stride + j * column_stride]. Exchanged strides are
/// the transposed matrix.
struct MatrixView {
  const float* data;
  std::size_t row_stride;
  std::size_t column_stride = 1;
};

/// C[rows x columns] = A[rows x depth] B[depth x columns], or C += with `add`; row i of C starts at c + i * c_stride.
/// Every element is the sum of its products in ascending order, products and sums rounded on their own, so that it does
/// not depend on the blocks in which the work is done.
void multiply(std::size_t rows, std::size_t columns, std::size_t depth, MatrixView a, MatrixView b, float* c,
              std::size_t c_stride, bool add);

/// The same with the columns shared out over the threads of `pool`.
void multiply(WorkerPool& pool, std::size_t rows, std::size_t columns, std::size_t depth, MatrixView a, MatrixView b,
              float* c, std::size_t c_stride, bool add);

}  // namespace dojo::network
