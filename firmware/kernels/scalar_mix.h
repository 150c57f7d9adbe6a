/* A mix of integer work as programs for controllers do it: linked lists, small matrices, a state machine over text, and
 * checksums. It measures the scalar core (`dojo bench scalar`). The host compiles it too and compares the result. */

#ifndef SCALAR_MIX_H
#define SCALAR_MIX_H

#include <stdint.h>

#define SCALAR_LIST_NODES 48
#define SCALAR_MATRIX 10
#define SCALAR_TEXT_BYTES 192
#define SCALAR_STATES 8

struct scalar_node {
  struct scalar_node* next;
  int32_t key;
  uint32_t order;
};

/* What one hart works on. */
struct scalar_work {
  struct scalar_node nodes[SCALAR_LIST_NODES];
  int16_t a[SCALAR_MATRIX][SCALAR_MATRIX];
  int16_t b[SCALAR_MATRIX][SCALAR_MATRIX];
  int32_t c[SCALAR_MATRIX][SCALAR_MATRIX];
  char text[SCALAR_TEXT_BYTES];
  uint32_t entered[SCALAR_STATES];
};

static uint32_t scalar_crc_byte(uint32_t value, uint32_t crc) {
  for (unsigned bit = 0; bit < 8; ++bit) {
    const uint32_t odd = (value ^ crc) & 1;
    crc >>= 1;
    value >>= 1;
    if (odd != 0) crc ^= 0xa001;
  }
  return crc;
}

static uint32_t scalar_crc_word(uint32_t value, uint32_t crc) {
  for (unsigned byte = 0; byte < 4; ++byte) crc = scalar_crc_byte(value >> (8 * byte), crc);
  return crc;
}

/* Lists: build, search, reverse, sort. */

static struct scalar_node* scalar_reverse(struct scalar_node* list) {
  struct scalar_node* reversed = 0;
  while (list != 0) {
    struct scalar_node* next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  return reversed;
}

static const struct scalar_node* scalar_find(const struct scalar_node* list, int32_t key) {
  while (list != 0 && list->key != key) list = list->next;
  return list;
}

/* Bottom-up merge sort; stable. */
static struct scalar_node* scalar_sort(struct scalar_node* list) {
  for (uint32_t width = 1;; width *= 2) {
    struct scalar_node* rest = list;
    struct scalar_node** tail = &list;
    uint32_t merges = 0;
    while (rest != 0) {
      struct scalar_node* left = rest;
      struct scalar_node* right = rest;
      uint32_t left_count = 0;
      while (left_count < width && right != 0) {
        right = right->next;
        ++left_count;
      }
      uint32_t right_count = width;
      ++merges;
      while (left_count != 0 || (right_count != 0 && right != 0)) {
        struct scalar_node* taken;
        if (left_count != 0 && (right_count == 0 || right == 0 || left->key <= right->key)) {
          taken = left;
          left = left->next;
          --left_count;
        } else {
          taken = right;
          right = right->next;
          --right_count;
        }
        *tail = taken;
        tail = &taken->next;
      }
      rest = right;
    }
    *tail = 0;
    if (merges <= 1) return list;
  }
}

static uint32_t scalar_lists(struct scalar_work* work, uint32_t seed, uint32_t crc) {
  struct scalar_node* list = 0;
  for (uint32_t i = 0; i < SCALAR_LIST_NODES; ++i) {
    seed = seed * 1664525u + 1013904223u;
    work->nodes[i].key = (int32_t)(seed >> 16 & 0x3ff);
    work->nodes[i].order = i;
    work->nodes[i].next = list;
    list = &work->nodes[i];
  }
  uint32_t found = 0;
  for (uint32_t i = 0; i < 24; ++i) {
    const struct scalar_node* node = scalar_find(list, work->nodes[(seed >> i % 16) % SCALAR_LIST_NODES].key);
    if (node != 0) found += node->order;
    list = scalar_reverse(list);
  }
  list = scalar_sort(list);
  for (const struct scalar_node* node = list; node != 0; node = node->next)
    crc = scalar_crc_byte((uint32_t)node->key, crc);
  return scalar_crc_word(found, crc);
}

/* Matrices of 16-bit integers. */

static uint32_t scalar_matrices(struct scalar_work* work, uint32_t seed, uint32_t crc) {
  for (unsigned i = 0; i < SCALAR_MATRIX; ++i) {
    for (unsigned j = 0; j < SCALAR_MATRIX; ++j) {
      seed = seed * 1664525u + 1013904223u;
      work->a[i][j] = (int16_t)(seed >> 20);
      work->b[i][j] = (int16_t)(seed >> 12);
    }
  }
  for (unsigned i = 0; i < SCALAR_MATRIX; ++i) {
    for (unsigned j = 0; j < SCALAR_MATRIX; ++j) work->a[i][j] = (int16_t)(work->a[i][j] + work->b[j][i]);
  }
  for (unsigned i = 0; i < SCALAR_MATRIX; ++i) {
    for (unsigned j = 0; j < SCALAR_MATRIX; ++j) {
      int32_t sum = 0;
      for (unsigned k = 0; k < SCALAR_MATRIX; ++k) sum += work->a[i][k] * work->b[k][j];
      work->c[i][j] = sum;
    }
  }
  /* Sums that start again when they pass a limit. */
  int32_t sum = 0;
  int32_t last = 0;
  uint32_t result = 0;
  for (unsigned i = 0; i < SCALAR_MATRIX; ++i) {
    for (unsigned j = 0; j < SCALAR_MATRIX; ++j) {
      const int32_t value = work->c[i][j];
      sum += value;
      if (sum > 1000000) {
        ++result;
        sum = 0;
      } else {
        result += value > last ? 10 : 0;
      }
      last = value;
    }
    crc = scalar_crc_byte((uint32_t)last, crc);
  }
  return scalar_crc_word(result, crc);
}

/* A state machine that finds integers, fractions and exponents in text. */

enum scalar_state {
  scalar_start,
  scalar_sign,
  scalar_integer,
  scalar_fraction,
  scalar_exponent,
  scalar_exponent_sign,
  scalar_power,
  scalar_invalid
};

static int scalar_is_digit(char character) {
  return character >= '0' && character <= '9';
}

static enum scalar_state scalar_next(enum scalar_state state, char character) {
  switch (state) {
    case scalar_start:
      if (scalar_is_digit(character)) return scalar_integer;
      if (character == '+' || character == '-') return scalar_sign;
      return character == '.' ? scalar_fraction : scalar_invalid;
    case scalar_sign:
      if (scalar_is_digit(character)) return scalar_integer;
      return character == '.' ? scalar_fraction : scalar_invalid;
    case scalar_integer:
      if (scalar_is_digit(character)) return scalar_integer;
      if (character == '.') return scalar_fraction;
      return character == 'e' ? scalar_exponent : scalar_invalid;
    case scalar_fraction:
      if (scalar_is_digit(character)) return scalar_fraction;
      return character == 'e' ? scalar_exponent : scalar_invalid;
    case scalar_exponent:
      if (scalar_is_digit(character)) return scalar_power;
      return character == '+' || character == '-' ? scalar_exponent_sign : scalar_invalid;
    case scalar_exponent_sign:
    case scalar_power:
      return scalar_is_digit(character) ? scalar_power : scalar_invalid;
    default:
      return scalar_invalid;
  }
}

static uint32_t scalar_text(struct scalar_work* work, uint32_t seed, uint32_t crc) {
  static const char words[8][8] = {"5012,", "-1.874,", "+0.5,", "1.1e+7,", "T0.3e,", "35.54,", "7e-3,", "-x9,"};
  unsigned length = 0;
  while (length + 8 < SCALAR_TEXT_BYTES) {
    seed = seed * 1664525u + 1013904223u;
    for (const char* word = words[seed >> 29]; *word != 0; ++word) work->text[length++] = *word;
  }
  work->text[length] = 0;
  for (unsigned i = 0; i < SCALAR_STATES; ++i) work->entered[i] = 0;
  enum scalar_state state = scalar_start;
  for (const char* place = work->text; *place != 0; ++place) {
    if (*place == ',') {
      ++work->entered[state];
      state = scalar_start;
    } else {
      state = scalar_next(state, *place);
    }
  }
  for (unsigned i = 0; i < SCALAR_STATES; ++i) crc = scalar_crc_word(work->entered[i], crc);
  return crc;
}

/* All of it; the result depends on all that was computed. */
static inline uint32_t scalar_mix(struct scalar_work* work, uint32_t rounds) {
  uint32_t crc = 0xffff;
  for (uint32_t round = 0; round < rounds; ++round) {
    crc = scalar_lists(work, crc + round, crc);
    crc = scalar_matrices(work, crc + round, crc);
    crc = scalar_text(work, crc + round, crc);
  }
  return crc;
}

#endif
