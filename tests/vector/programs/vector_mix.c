/* Plain C loops of all kinds of accesses and widths, each hart on its own data: the compiler makes vector code of them.
 */

#include <stdint.h>

#include "dojo.h"

enum { WORDS = 512, BYTES = 700, HALVES = 600 };

static struct data {
  float a[WORDS], b[WORDS], c[WORDS];
  int32_t i[WORDS], j[WORDS];
  uint32_t index[WORDS];
  uint8_t p[BYTES], q[BYTES];
  int16_t h[HALVES];
} harts[DOJO_HARTS];

static __attribute__((noinline)) void fill(struct data* data, uint32_t state) {
  for (unsigned n = 0; n < WORDS; ++n) {
    state = state * 1664525 + 1013904223;
    data->a[n] = (float)(int32_t)(state >> 8) / 65536.0f;
    data->b[n] = (float)(state & 0xffff);
    data->i[n] = (int32_t)state;
    data->j[n] = (int32_t)(state >> 3);
    data->index[n] = state >> 10 & (WORDS - 1);
  }
  for (unsigned n = 0; n < BYTES; ++n) data->p[n] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
  for (unsigned n = 0; n < HALVES; ++n) data->h[n] = (int16_t)((state = state * 1664525 + 1013904223) >> 16);
}

/* Unit stride, masks, division, square root. */
static __attribute__((noinline)) void arithmetic(float* restrict a, const float* restrict b, float* restrict c,
                                                 unsigned n) {
  for (unsigned i = 0; i < n; ++i) a[i] = b[i] * c[i] + a[i];
  for (unsigned i = 0; i < n; ++i) c[i] = b[i] > 3000.0f ? a[i] / (b[i] + 1.0f) : __builtin_sqrtf(b[i]);
}

static __attribute__((noinline)) int32_t reductions(const int32_t* a, const int32_t* b, unsigned n) {
  uint32_t sum = 0;
  int32_t largest = 0;
  for (unsigned i = 0; i < n; ++i) sum += (uint32_t)a[i] * (uint32_t)b[i];
  for (unsigned i = 0; i < n; ++i) largest = a[i] > largest ? a[i] : largest;
  return (int32_t)sum ^ largest;
}

static __attribute__((noinline)) void bytes(uint8_t* restrict d, const uint8_t* restrict s, unsigned n) {
  for (unsigned i = 0; i < n; ++i) d[i] = (uint8_t)((s[i] * 3 + 7) >> 2);
}

static __attribute__((noinline)) void gather(float* restrict d, const float* restrict s, const uint32_t* restrict x,
                                             unsigned n) {
  for (unsigned i = 0; i < n; ++i) d[i] = s[x[i]] + 1.0f;
}

static __attribute__((noinline)) void segments(float* restrict d, const float* restrict s, unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    d[2 * i] = s[3 * i] + s[3 * i + 1];
    d[2 * i + 1] = s[3 * i + 2] * 2.0f;
  }
}

static __attribute__((noinline)) void squares(int16_t* d, unsigned n) {
  for (unsigned i = 0; i < n; ++i) d[i] = (int16_t)(d[i] * d[i] >> 5);
}

static __attribute__((noinline)) void scatter(int32_t* restrict d, const uint32_t* restrict x,
                                              const int32_t* restrict s, unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    if (s[i] & 1) d[x[i] & 255] = s[i];
  }
}

static __attribute__((noinline)) void strided(int32_t* restrict d, const uint8_t* restrict s, unsigned n) {
  for (unsigned i = 0; i < n; ++i) d[i] += s[i * 5];
}

int kernel_main(unsigned hart) {
  struct data* data = &harts[hart];
  fill(data, hart * 77 + 1);
  for (unsigned round = 0; round < 2; ++round) {
    arithmetic(data->a, data->b, data->c, 500 - round);
    data->i[round] += reductions(data->i, data->j, WORDS - 1 - 7 * round);
    bytes(data->q, data->p, BYTES - 1 - round);
    bytes(data->p + 3, data->q + 1, 650);
    gather(data->c, data->a, data->index, WORDS - 3 * round);
    segments(data->b, data->c, 160);
    squares(data->h + round, 590);
    scatter(data->j, data->index, data->i, 300);
    strided(data->i, data->p, 128);
  }
  return 0;
}
