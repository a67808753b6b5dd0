// Activations of one vector in lane order.
#ifndef TANDEM_LANES_ACTIVATION_H
#define TANDEM_LANES_ACTIVATION_H

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

LANES_INLINE void activate(lanes *value, const enum tandem_lane_activation kind) {
  switch (kind) {
    case tandem_lane_activation_none: break;
    case tandem_lane_activation_relu: *value = LANES_WHERE(*value < 0, (lanes){0}, *value); break;
    case tandem_lane_activation_tanh: hyperbolic_tangent(value); break;
  }
}

#endif
