#include "Lanes/internal.h"

// tanh as a quotient of polynomials, x·P(x²) / Q(x²): the coefficients are those of Eigen's ptanh
// (https://eigen.tuxfamily.org, MathFunctionsImpl.h). Where |x| is above the limit, the result is 1
// in float32. NaN stays NaN, as comparisons with it are false.
LANES_INLINE void hyperbolic_tangent(lanes *value) {
  lanes x = *value;
  const lanes limit = 7.90531110763549805f - (lanes){0};
  x = LANES_WHERE(x > limit, limit, x);
  x = LANES_WHERE(x < -limit, -limit, x);
  lanes z = x * x;
  lanes p = z * -2.76076847742355e-16f + 2.00018790482477e-13f;
  p = p * z - 8.60467152213735e-11f;
  p = p * z + 5.12229709037114e-08f;
  p = p * z + 1.48572235717979e-05f;
  p = p * z + 6.37261928875436e-04f;
  p = p * z + 4.89352455891786e-03f;
  lanes q = z * 1.19825839466702e-06f + 1.18534705686654e-04f;
  q = q * z + 2.26843463243900e-03f;
  q = q * z + 4.89352518554385e-03f;
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
