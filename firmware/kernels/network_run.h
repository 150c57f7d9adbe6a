/* The operations of kernels/network_operation.h that all harts do together: the part of one hart. */

#ifndef DOJO_KERNELS_NETWORK_RUN_H
#define DOJO_KERNELS_NETWORK_RUN_H

#include "dojo.h"
#include "kernels/activation.h"
#include "kernels/convolution.h"
#include "kernels/dropout.h"
#include "kernels/network_part.h"
#include "kernels/network_update.h"
#include "kernels/pooling.h"
#include "kernels/pooling_pairs.h"
#include "kernels/quantize.h"
#include "kernels/row_softmax.h"
#include "xdojo.h"

/* A column of tiles, whose bias stays in registers; 64 values are a group of four registers. */
#define NETWORK_BIAS_COLUMN(type, value_of)                                                  \
  for (uint32_t column = 0; column < b->columns; ++column) {                                 \
    const tile_f32_t bias = tile_load(network_at(b->bias), column);                          \
    for (uint64_t row = first; row < end; ++row) {                                           \
      const uint64_t tile = row * b->columns + column;                                       \
      ((type*)network_at(b->d))[tile] =                                                      \
          __builtin_convertvector(value_of(tile_load(network_at(b->x), tile) + bias), type); \
    }                                                                                        \
  }
#define NETWORK_SAME(value) (value)
#define NETWORK_POSITIVE(value) tile_max(value, (tile_f32_t)0.0f)

NETWORK_OPERATION void network_bias(const struct network_bias* b, unsigned hart) {
  const struct network_part units = network_part_of(b->units, hart);
  const uint64_t first = (uint64_t)units.first * b->unit;
  const uint64_t end = hart + 1 == DOJO_HARTS ? b->rows : (uint64_t)units.end * b->unit;
  if (b->form == NETWORK_BIAS_RELU_BF16) {
    NETWORK_BIAS_COLUMN(tile_bf16_t, NETWORK_POSITIVE)
  } else if (b->form == NETWORK_BIAS_BF16) {
    NETWORK_BIAS_COLUMN(tile_bf16_t, NETWORK_SAME)
  } else {
    NETWORK_BIAS_COLUMN(tile_f32_t, NETWORK_SAME)
  }
}

NETWORK_OPERATION void network_mask(const struct network_mask* m, unsigned hart) {
  const struct network_part rows = network_part_of(m->rows, hart);
  const uint32_t row_tiles = image_row_tiles(m->width) * m->columns;
  const uint64_t from = (uint64_t)rows.first * row_tiles * TILE_BYTES_BF16;
  __bf16* const gradient = network_at(m->gradient + from);
  if (m->output != 0) {
    activation_relu_gradient((rows.end - rows.first) * row_tiles, gradient, network_at(m->output + from), gradient);
  }
  image_clear_behind(image_by_pixels((uint64_t)gradient, m->width, m->columns, TILE_BYTES_BF16), m->width,
                     rows.end - rows.first, m->columns);
}

/* Harts take rows of the result, and the rows of the image under them; the last one also what no window reaches. */
NETWORK_OPERATION void network_pool(enum network_kind kind, const struct network_pool* p, unsigned hart) {
  struct pooling_shape shape = {p->width, p->height, p->channel_tiles, p->window, p->stride, 0};
  const struct network_part rows = network_part_of(pooling_output(&shape, p->height), hart);
  if (rows.first == rows.end) return;
  const uint32_t width = pooling_output(&shape, p->width);
  struct image_tiles inner = image_by_pixels(p->inner, p->width, p->channel_tiles, TILE_BYTES_BF16);
  struct image_tiles outer = image_by_pixels(p->outer, width, p->channel_tiles, TILE_BYTES_BF16);
  struct image_tiles places = image_by_pixels(p->places, width, p->channel_tiles, TILE_BYTES_BF16);
  const uint64_t from = (uint64_t)rows.first * outer.row_stride;
  inner.base += (uint64_t)rows.first * p->stride * inner.row_stride;
  outer.base += from;
  places.base += from;
  const uint32_t last = hart + 1 == DOJO_HARTS ? p->height : rows.end * p->stride;
  shape.height = last - rows.first * p->stride;
  if (kind == NETWORK_MAX_POOL) pooling_max(&shape, inner, outer, places);
  if (kind == NETWORK_MEAN_POOL) pooling_average(&shape, inner, outer);
  if (kind == NETWORK_MEAN_POOL_BACK) pooling_average_gradient(&shape, outer, inner);
  if (kind != NETWORK_MAX_POOL_BACK) return;
  if (p->output != 0) {
    activation_relu_gradient((rows.end - rows.first) * outer.row_stride / TILE_BYTES_BF16, network_at(outer.base),
                             network_at(p->output + from), network_at(outer.base));
  }
  pooling_max_gradient(&shape, outer, places, inner);
}

/* Harts take rows of the pooled image, of eight channels. */
NETWORK_OPERATION void network_pairs(enum network_kind kind, const struct network_pairs* p, unsigned hart) {
  const struct network_part units = network_part_of(p->rows * p->channel_tiles, hart);
  const struct pooling_pairs_shape shape = {p->width, p->rows, p->channel_tiles, units.first, units.end};
  const uint32_t value_bytes = kind == NETWORK_PAIRS ? sizeof(float) : sizeof(__bf16);
  const struct image_tiles inner = image_by_pixels(p->inner, p->width, p->channel_tiles, TILE_VALUES * value_bytes);
  const struct image_tiles outer = image_by_pixels(p->outer, p->width / 2, p->channel_tiles, TILE_BYTES_BF16);
  if (kind == NETWORK_PAIRS) {
    pooling_pairs(&shape, inner, network_at(p->bias), outer, network_at(p->winners));
  } else {
    const struct image_tiles output = image_by_pixels(p->output, p->width / 2, p->channel_tiles, TILE_BYTES_BF16);
    pooling_pairs_gradient(&shape, outer, output, network_at(p->winners), inner);
  }
}

/* The eight channels of a pixel, or of a row of a matrix, in tiles that follow each other. */
static inline void network_copy_pixel(uint64_t from, uint64_t to, uint32_t tiles) {
  for (uint64_t t = 0; t < tiles; t += IMAGE_LANES) {
    const uint64_t count = tiles - t < IMAGE_LANES ? tiles - t : IMAGE_LANES;
    const vuint32m1x4_t pixels =
        __riscv_vlsseg4e32_v_u32m1x4(network_at(from + t * TILE_BYTES_BF16), TILE_BYTES_BF16, count);
    __riscv_vssseg4e32_v_u32m1x4(network_at(to + t * TILE_BYTES_BF16), TILE_BYTES_BF16, pixels, count);
  }
}

/* Eight channels of a pixel are 16 bytes of a row of a tile, in both. */
NETWORK_OPERATION void network_flatten(enum network_kind kind, const struct network_flatten* f, unsigned hart) {
  const struct network_part samples = network_part_of(f->samples, hart);
  const uint64_t features = (uint64_t)f->width * f->height * f->channel_tiles;
  for (uint32_t s = samples.first; s < samples.end; ++s) {
    const struct image_tiles image =
        image_by_pixels(f->image + (uint64_t)s * f->image_bytes, f->width, f->channel_tiles, TILE_BYTES_BF16);
    uint64_t to = f->matrix + s / TILE_EDGE * features * TILE_BYTES_BF16 + s % TILE_EDGE * IMAGE_PIXEL_BYTES;
    for (uint32_t y = 0; y < f->height; ++y) {
      for (uint32_t x = 0; x < f->width; ++x) {
        const uint64_t pixel =
            image_row(image, y, 0) + x / TILE_EDGE * image.pixel_stride + x % TILE_EDGE * IMAGE_PIXEL_BYTES;
        if (kind == NETWORK_FLATTEN) network_copy_pixel(pixel, to, f->channel_tiles);
        if (kind == NETWORK_UNFLATTEN) network_copy_pixel(to, pixel, f->channel_tiles);
        to += f->channel_tiles * TILE_BYTES_BF16;
      }
    }
  }
}

/* Harts take places of the kernel; the order of the places is turned around. */
NETWORK_OPERATION void network_turn_weights(const struct network_turn* t, unsigned hart) {
  const struct network_part places = network_part_of(t->places, hart);
  const uint64_t place_bytes = (uint64_t)t->channel_tiles * t->output_tiles * t->tile_bytes;
  convolution_turn_weights(places.end - places.first, t->channel_tiles, t->output_tiles, t->tile_bytes,
                           network_at(t->weights + places.first * place_bytes),
                           network_at(t->turned + (t->places - places.end) * place_bytes));
}

NETWORK_OPERATION void network_quantize(const struct network_quantize* q, unsigned hart) {
  const struct network_part own = network_part_of(q->tiles, hart);
  const uint64_t count = own.end - own.first;
  const __bf16* const x = network_at(q->x + (uint64_t)own.first * TILE_BYTES_BF16);
  uint8_t* const d = network_at(q->d + (uint64_t)own.first * TILE_BYTES_CFLOAT8);
  uint16_t* const line = network_at(q->largest + (uint64_t)hart * DOJO_LINE_BYTES);
  vuint16m1_t largest = __riscv_vle16_v_u16m1(line, TILE_VALUES / 2);
  network_seed(q->tensor, hart);
  for (uint64_t i = 0; i < count; ++i) {
    const vbfloat16m2_t values = __riscv_vle16_v_bf16m2(x + i * TILE_VALUES, TILE_VALUES);
    const vuint16m2_t sizes = __riscv_vand_vx_u16m2(__riscv_vreinterpret_v_bf16m2_u16m2(values), 0x7fff, TILE_VALUES);
    largest = __riscv_vmaxu_vv_u16m1(largest, __riscv_vget_v_u16m2_u16m1(sizes, 0), TILE_VALUES / 2);
    largest = __riscv_vmaxu_vv_u16m1(largest, __riscv_vget_v_u16m2_u16m1(sizes, 1), TILE_VALUES / 2);
    __riscv_vse8_v_u8m1(d + i * TILE_VALUES, dojo_cfloat8_from_bf16(values, q->control), TILE_VALUES);
  }
  __riscv_vse16_v_u16m1(line, largest, TILE_VALUES / 2);
}

NETWORK_OPERATION void network_dropout(const struct network_dropout* d, unsigned hart) {
  const struct network_part own = network_part_of(d->tiles, hart);
  const uint32_t key = dropout_key(d->layer, (uint32_t)dojo_launch.args[NETWORK_ARGUMENT_SEED]);
  __bf16* const x = network_at(d->x + (uint64_t)own.first * TILE_BYTES_BF16);
  float scale;
  __builtin_memcpy(&scale, &d->scale, sizeof(scale));
  const uint32_t first = dojo_launch.node_index * d->node_values + d->first + own.first * TILE_VALUES;
  dropout(own.end - own.first, key, first, d->threshold, scale, x, x);
}

NETWORK_OPERATION void network_cross_entropy(const struct network_cross_entropy* c, unsigned hart) {
  const struct network_part rows = network_part_of(c->rows, hart);
  const uint32_t tiles = (c->classes + TILE_EDGE - 1) / TILE_EDGE;
  const struct tile_rows shape = {rows.end - rows.first, c->classes, tiles, 1};
  float* const logits = network_at(c->logits + (uint64_t)rows.first * tiles * TILE_BYTES_FP32);
  row_cross_entropy(&shape, logits, network_at(c->labels + rows.first * TILE_EDGE * 4ul),
                    network_float_argument(NETWORK_ARGUMENT_SCALE), logits,
                    network_at(c->losses + rows.first * TILE_EDGE * 4ul),
                    network_at(c->gradient + (uint64_t)rows.first * tiles * TILE_BYTES_BF16));
}

#endif
