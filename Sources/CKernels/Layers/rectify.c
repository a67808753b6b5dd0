#include "Layers/rectify.h"

#include "Vectors/clones.h"
#include "Vectors/vectors.h"

// Written with vectors, as the compiler would not make them where both arrays may be one.

INLINE void rectify_vector(float *rectified, const float *values, size_t count) {
  vector value;
  load(&value, values, count);
  value = (vector)(~(value <= 0) & (vector_bits)value);
  store(rectified, &value, count);
}

TANDEM_CLONES
static void rectify_floats(float *rectified, const float *values, size_t count) {
  size_t i = 0;
  for (; i + width <= count; i += width) rectify_vector(rectified + i, values + i, width);
  if (i < count) rectify_vector(rectified + i, values + i, count - i);
}

TANDEM_CLONES
static void rectify_halves(tandem_bfloat16 *rectified, const tandem_bfloat16 *values,
                           size_t count) {
  for (size_t i = 0; i < count; i++) {
    const tandem_bfloat16 value = values[i];
    // Those with a sign are not above 0, except where they are not a number.
    rectified[i] = value >> 15 && (value & 0x7fff) <= 0x7f80 ? 0 : value;
  }
}

void tandem_rectify(void *rectified, const void *values, size_t count, bool bfloat16) {
  if (bfloat16) {
    rectify_halves((tandem_bfloat16 *)rectified, (const tandem_bfloat16 *)values, count);
  } else {
    rectify_floats((float *)rectified, (const float *)values, count);
  }
}

INLINE void pass_vector(float *source_gradient, const float *output_gradient, const float *output,
                        size_t count) {
  vector gradient, value;
  load(&gradient, output_gradient, count);
  load(&value, output, count);
  gradient = (vector)(~(value <= 0) & (vector_bits)gradient);
  store(source_gradient, &gradient, count);
}

TANDEM_CLONES
void tandem_rectify_backward(float *source_gradient, const float *output_gradient,
                             const float *output, size_t count) {
  size_t i = 0;
  for (; i + width <= count; i += width) {
    pass_vector(source_gradient + i, output_gradient + i, output + i, width);
  }
  if (i < count) pass_vector(source_gradient + i, output_gradient + i, output + i, count - i);
}
