/* A mix of integer C whose result is the same on every machine: compiled for the harts and for the host, and compared.
 */
#ifndef DOJO_TESTS_MODEL_MIXED_H
#define DOJO_TESTS_MODEL_MIXED_H

#include <stdint.h>
#include <string.h>

#define MIXED_ITEMS 512

typedef uint64_t (*mixed_operation_t)(uint64_t a, uint64_t b);

static uint64_t mixed_random(uint64_t* state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static uint64_t mixed_divide(uint64_t a, uint64_t b) {
  const int64_t divisor = (int64_t)(b | 1) >> 17;
  const int64_t signed_part = divisor == 0 || divisor == -1 ? 5 : (int64_t)a / divisor + (int64_t)a % divisor;
  return (uint64_t)signed_part + a / (b | 1) + a % (b | 1);
}

static uint64_t mixed_divide_words(uint64_t a, uint64_t b) {
  const int32_t divisor = (int32_t)(uint32_t)(b >> 7) >> 9;
  const int32_t signed_part =
      divisor == 0 || divisor == -1 ? 7 : (int32_t)(uint32_t)a / divisor - (int32_t)(uint32_t)a % divisor;
  return (uint64_t)(int64_t)signed_part + (uint32_t)a / ((uint32_t)b | 1) + (uint32_t)a % ((uint32_t)b | 1);
}

static uint64_t mixed_multiply(uint64_t a, uint64_t b) {
  const unsigned __int128 product = (unsigned __int128)a * b;
  const __int128 signed_product = (__int128)(int64_t)a * (int64_t)b;
  return (uint64_t)product ^ (uint64_t)(product >> 64) ^ (uint64_t)(signed_product >> 64);
}

static uint64_t mixed_shift(uint64_t a, uint64_t b) {
  const unsigned amount = b & 63;
  const int32_t word = (int32_t)(uint32_t)a;
  return (a << amount) ^ (a >> amount) ^ (uint64_t)((int64_t)a >> amount) ^ (uint64_t)(int64_t)(word >> (amount & 31)) ^
         ((uint32_t)a >> (amount & 31));
}

static uint64_t mixed_small(uint64_t a, uint64_t b) {
  int8_t bytes[8];
  int16_t halves[4];
  memcpy(bytes, &a, sizeof bytes);
  memcpy(halves, &b, sizeof halves);
  int64_t sum = 0;
  for (int i = 0; i < 8; ++i) sum = sum * 3 + bytes[i] - halves[i / 2] + (uint8_t)bytes[7 - i];
  return (uint64_t)sum;
}

static uint64_t mixed_switch(uint64_t a, uint64_t b) {
  switch (a % 9) {
    case 0:
      return b + 1;
    case 1:
      return b ^ a;
    case 2:
      return b - a;
    case 3:
      return b < a ? b : a;
    case 4:
      return (int64_t)b < (int64_t)a ? 11 : 13;
    case 5:
      return ~b;
    case 6:
      return b & a;
    case 7:
      return b | a;
    default:
      return a;
  }
}

static unsigned mixed_fibonacci(unsigned n) {
  return n < 2 ? n : mixed_fibonacci(n - 1) + mixed_fibonacci(n - 2);
}

static void mixed_sort(int32_t* values, int count) {
  for (int gap = count / 2; gap > 0; gap /= 2) {
    for (int i = gap; i < count; ++i) {
      const int32_t value = values[i];
      int place = i;
      for (; place >= gap && values[place - gap] > value; place -= gap) values[place] = values[place - gap];
      values[place] = value;
    }
  }
}

/* One number out of everything above. */
static uint64_t mixed(unsigned rounds) {
  static const mixed_operation_t operations[] = {mixed_divide, mixed_divide_words, mixed_multiply,
                                                 mixed_shift,  mixed_small,        mixed_switch};
  static int32_t values[MIXED_ITEMS];
  static uint64_t counter;
  static uint32_t word_counter;
  uint64_t state = 88172645463325252u;
  uint64_t result = 0;
  counter = 0;
  word_counter = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    for (int i = 0; i < MIXED_ITEMS; ++i) {
      const uint64_t a = mixed_random(&state);
      const uint64_t b = mixed_random(&state) >> (a % 64);
      result = (result << 1 | result >> 63) ^ operations[a % 6](a, b);
      values[i] = (int32_t)(uint32_t)b;
      __atomic_fetch_add(&counter, a, __ATOMIC_SEQ_CST);
      __atomic_fetch_xor(&word_counter, (uint32_t)b, __ATOMIC_SEQ_CST);
    }
    mixed_sort(values, MIXED_ITEMS);
    for (int i = 0; i < MIXED_ITEMS; ++i) result = result * 31 + (uint64_t)(int64_t)values[i];
    result += mixed_fibonacci(10 + round % 5) + counter + word_counter;
  }
  return result;
}

#endif
