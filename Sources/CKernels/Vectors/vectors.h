#ifndef TANDEM_VECTORS_VECTORS_H
#define TANDEM_VECTORS_VECTORS_H

#include <stdint.h>
#include <string.h>

#include "Vectors/bfloat16.h"

// Sixteen neighbours in memory, at any float's address: for loops that the compiler would not
// vectorise on its own. Functions hand them on by pointers, as machines without vectors of this
// size cannot return them.
enum { width = 16 };
typedef float vector __attribute__((vector_size(width * sizeof(float)), aligned(sizeof(float))));
typedef int32_t vector_bits __attribute__((vector_size(width * sizeof(int32_t))));
typedef uint32_t vector_words __attribute__((vector_size(width * sizeof(uint32_t))));
typedef uint16_t halves __attribute__((vector_size(width * sizeof(uint16_t))));

#define INLINE static inline __attribute__((always_inline))

// The first `count` of a vector's elements.
INLINE void load(vector *to, const float *values, size_t count) {
  if (count == width) {
    *to = *(const vector *)values;
  } else {
    *to = (vector){0};
    memcpy(to, values, count * sizeof *values);
  }
}

INLINE void store(float *to, const vector *values, size_t count) {
  if (count == width) {
    *(vector *)to = *values;
  } else {
    memcpy(to, values, count * sizeof *to);
  }
}

INLINE void load_bfloat16(vector *to, const tandem_bfloat16 *values, size_t count) {
  halves bits = {0};
  memcpy(&bits, values, count * sizeof *values);
  *to = (vector)(__builtin_convertvector(bits, vector_words) << 16);
}

// Rounds as tandem_bfloat16_from_float does.
INLINE void store_bfloat16(tandem_bfloat16 *to, const vector *values, size_t count) {
  const vector_words bits = (vector_words)*values;
  const vector_words rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const vector_words is_number = (vector_words)(*values == *values);
  const halves result =
      __builtin_convertvector((rounded & is_number) | (0x7fc0 & ~is_number), halves);
  memcpy(to, &result, count * sizeof *to);
}

#endif
