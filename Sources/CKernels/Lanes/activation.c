#include "Lanes/internal.h"

// tanh as a quotient of polynomials, x·P(x²) / Q(x²): the coefficients are those of Eigen's ptanh
// (https://eigen.tuxfamily.org, MathFunctionsImpl.h). All of float32 is within 3.1e-7; beyond the
// limit it is 1 to that. NaN stays NaN, as comparisons with it are false.
LANES_INLINE void hyperbolic_tangent(lanes *value) {
  lanes x = *value;
  const lanes limit = 7.90531110763549805f - (lanes){0};
  x = LANES_WHERE(x > limit, limit, x);
  x = LANES_WHERE(x < -limit, -limit, x);
  lanes z = x * x;
  lanes p = z * 1.394553628e-8f + 2.102733560e-5f;
  p = p * z + 3.520756727e-3f;
  p = p * z + 1.340216100e-1f;
  p = p * z + 1;
  lanes q = z * 8.015776984e-7f + 3.326951409e-4f;
  q = q * z + 2.597254514e-2f;
  q = q * z + 4.673548340e-1f;
  q = q * z + 1;
  *value = x * p / q;
}

TANDEM_CLONES
void tandem_lane_activate(struct lane_maps values, size_t channels, size_t count,
                          enum tandem_lane_activation kind) {
  for (size_t c = 0; c < channels; c++) {
    lanes *value = values.base + c * values.channel;
    switch (kind) {
      case tandem_lane_activation_none: break;
      case tandem_lane_activation_relu:
        for (size_t i = 0; i < count; i++) {
          lane_bits is_negative = value[i] < 0;
          value[i] = LANES_WHERE(is_negative, (lanes){0}, value[i]);
        }
        break;
      case tandem_lane_activation_tanh:
        for (size_t i = 0; i < count; i++) hyperbolic_tangent(value + i);
        break;
    }
  }
}
