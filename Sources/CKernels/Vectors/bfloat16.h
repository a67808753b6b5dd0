#ifndef TANDEM_VECTORS_BFLOAT16_H
#define TANDEM_VECTORS_BFLOAT16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// bfloat16: the upper half of a float32, so the same range and 8 bits of mantissa, the first one
// implied.
typedef uint16_t tandem_bfloat16;

static inline float tandem_float_from_bfloat16(tandem_bfloat16 value) {
  const uint32_t bits = (uint32_t)value << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

// Rounded to the nearest, and to the even one of two that are equally near. What is not a number
// stays so, whatever its payload.
static inline tandem_bfloat16 tandem_bfloat16_from_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const uint32_t is_number = (bits & 0x7fffffff) <= 0x7f800000;
  return (tandem_bfloat16)(is_number ? rounded : 0x7fc0);
}

void tandem_bfloat16_from_floats(
    tandem_bfloat16 *restrict destination, const float *restrict source, size_t count);
void tandem_floats_from_bfloat16(
    float *restrict destination, const tandem_bfloat16 *restrict source, size_t count);

bool tandem_all_finite_bfloat16(const tandem_bfloat16 *values, size_t count);

#endif
