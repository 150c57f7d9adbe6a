/* For `dojo run --trace`: every node multiplies two matrices of ones, pushes the product to the next node, and scales
   what the node before it has sent; three times. Each part is a phase that traces name (docs/tracing.md). */

#include <stdint.h>

#include "dojo.h"
#include "phase.h"
#include "xdojo.h"

enum {
  TILES = 4, /* of each side of the matrices */
  TILE_VALUES = 64,
  VALUES = TILES * TILES * TILE_VALUES,
  LINES = VALUES * 4 / DOJO_LINE_BYTES,
  ROUNDS = 3,
  SEMAPHORE_PRODUCT = 0,
  SEMAPHORE_SENT,
  SEMAPHORE_COME,
  SEMAPHORE_USED
};

static uint16_t ones[VALUES] __attribute__((aligned(64))); /* BF16 */
static float product[VALUES] __attribute__((aligned(64)));
static float come[VALUES] __attribute__((aligned(64)));
static dojo_matrix_descriptor_t multiply __attribute__((aligned(64)));
static dojo_transfer_descriptor_t push __attribute__((aligned(64)));

static void describe(uint32_t next_high) {
  const uint32_t bf16_tile = TILE_VALUES * 2;
  const uint32_t fp32_tile = TILE_VALUES * 4;
  multiply = (dojo_matrix_descriptor_t){.op = DOJO_DESCRIPTOR_OP_MATRIX_GEMM,
                                        .sem_en = 1,
                                        .sem = SEMAPHORE_PRODUCT,
                                        .m_tiles = TILES,
                                        .n_tiles = TILES,
                                        .k_tiles = TILES,
                                        .a_base = (uint32_t)(uintptr_t)ones,
                                        .a_m_stride = TILES * bf16_tile,
                                        .a_k_stride = bf16_tile,
                                        .b_base = (uint32_t)(uintptr_t)ones,
                                        .b_k_stride = TILES * bf16_tile,
                                        .b_n_stride = bf16_tile,
                                        .c_base = (uint32_t)(uintptr_t)product,
                                        .c_m_stride = TILES * fp32_tile,
                                        .c_n_stride = fp32_tile};
  push = (dojo_transfer_descriptor_t){.op = DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
                                      .sem_en = 1,
                                      .sem = SEMAPHORE_SENT,
                                      .remote_sem_en = 1,
                                      .remote_sem = SEMAPHORE_COME,
                                      .lines = LINES,
                                      .local_address = (uint32_t)(uintptr_t)product,
                                      .remote_address_low = (uint32_t)(uintptr_t)come,
                                      .remote_address_high = next_high};
}

__attribute__((noinline)) static void scale(float factor) {
  for (unsigned i = 0; i < VALUES; ++i) come[i] *= factor;
}

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  const uint32_t index = dojo_launch.node_index;
  const uint32_t count = dojo_launch.node_count;
  const uint32_t before = dojo_node_address_high(index == 0 ? count - 1 : index - 1);

  dojo_phase_begin("prepare");
  const uint16_t one = 0x3f80;
  for (unsigned i = 0; i < VALUES; ++i) ones[i] = one;
  describe(dojo_node_address_high(index + 1 == count ? 0 : index + 1));
  dojo_phase_end();

  for (unsigned round = 0; round < ROUNDS; ++round) {
    dojo_phase_begin("round");
    dojo_phase_begin("multiply");
    dojo_issue_matrix(&multiply);
    dojo_semaphore_wait(SEMAPHORE_PRODUCT, 1);
    dojo_phase_end();
    dojo_phase_begin("exchange");
    if (round != 0) dojo_semaphore_wait(SEMAPHORE_USED, 1);
    dojo_issue_transfer(&push);
    dojo_semaphore_wait(SEMAPHORE_SENT, 1);
    dojo_semaphore_wait(SEMAPHORE_COME, 1);
    dojo_phase_end();
    dojo_phase_begin("scale");
    scale(2.0f);
    const float result = come[VALUES - 1];
    dojo_semaphore_add_remote(before, SEMAPHORE_USED, 1);
    dojo_phase_end();
    dojo_phase_end();
    if (result != 2.0f * 8 * TILES) return 1;
  }
  return 0;
}
