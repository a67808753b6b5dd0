#include "Optimizers/arithmetic.h"

TANDEM_CLONES
void tandem_lamb_direction(float *restrict direction, const float *restrict parameters,
                           const float *restrict gradients, float *restrict average,
                           float *restrict square_average, size_t count,
                           struct tandem_adam_scalars s, bool keeps) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i];
    float mean = average[i] + s.one_minus_beta1 * (gradient - average[i]);
    float square = s.beta2 * square_average[i] + s.one_minus_beta2 * (gradient * gradient);
    float root = TANDEM_SQRT(square) * s.inverse_root_bias_correction2;
    direction[i] = s.step_size * (mean / (root + s.epsilon)) + s.weight_decay * parameters[i];
    average[i] = keeps ? mean : average[i];
    square_average[i] = keeps ? square : square_average[i];
  }
}
