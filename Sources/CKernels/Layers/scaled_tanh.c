#include "Layers/scaled_tanh.h"

#include <stdint.h>
#include <string.h>

#include "Vectors/clones.h"

// tanh as Cephes computes it (Moshier, https://www.netlib.org/cephes/, tanhf): a polynomial near 0,
// 1 - 2 / (exp(2|x|) + 1) elsewhere; written without branches, so that loops are vectorised. The
// error is 2 units in the last place.
static inline __attribute__((always_inline)) float exponential(float x) {
  // x = n·log 2 + r, |r| ≤ log 2 / 2; exp(x) = 2ⁿ·exp(r)
  float n = __builtin_elementwise_roundeven(x * 1.44269504088896341f);
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  union {
    int32_t bits;
    float value;
  } power = {((int32_t)n + 127) << 23};
  return p * power.value;
}

static inline __attribute__((always_inline)) float hyperbolic_tangent(float x) {
  float magnitude = x < 0 ? -x : x;
  // Beyond 9 the result rounds to 1. NaN becomes 9 here, which an integer can be made of.
  float bounded = magnitude < 9 ? magnitude : 9;
  float far = 1 - 2 / (exponential(2 * bounded) + 1);
  float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  float near = p * z * x + x;
  float signed_far = x < 0 ? -far : far;
  return magnitude < 0.625f ? near : x != x ? x : signed_far;
}

// A few values at a time in local arrays, which cannot alias: both arguments may be one array.
enum { some = 16 };

static inline __attribute__((always_inline)) void transform(const float *source, float *destination,
                                                            float amplitude, float slope,
                                                            size_t count) {
  float values[some] = {0};
  memcpy(values, source, count * sizeof *values);
  for (int i = 0; i < some; i++) values[i] = amplitude * hyperbolic_tangent(slope * values[i]);
  memcpy(destination, values, count * sizeof *values);
}

TANDEM_CLONES
void tandem_scaled_tanh_forward(const float *source, float *destination, float amplitude,
                                float slope, size_t count) {
  size_t i = 0;
  for (; i + some <= count; i += some) {
    transform(source + i, destination + i, amplitude, slope, some);
  }
  if (i < count) transform(source + i, destination + i, amplitude, slope, count - i);
}

static inline __attribute__((always_inline)) void differentiate(const float *destination,
                                                                const float *destination_gradient,
                                                                float *source_gradient,
                                                                float amplitude, float slope,
                                                                size_t count) {
  const float inverse = 1 / amplitude;
  float y[some] = {0}, gradient[some] = {0};
  memcpy(y, destination, count * sizeof *y);
  memcpy(gradient, destination_gradient, count * sizeof *gradient);
  for (int i = 0; i < some; i++) gradient[i] *= slope * (amplitude - y[i] * y[i] * inverse);
  memcpy(source_gradient, gradient, count * sizeof *gradient);
}

TANDEM_CLONES
void tandem_scaled_tanh_backward(const float *destination, const float *destination_gradient,
                                 float *source_gradient, float amplitude, float slope,
                                 size_t count) {
  size_t i = 0;
  for (; i + some <= count; i += some) {
    differentiate(destination + i, destination_gradient + i, source_gradient + i, amplitude, slope,
                  some);
  }
  if (i < count) {
    differentiate(destination + i, destination_gradient + i, source_gradient + i, amplitude, slope,
                  count - i);
  }
}
