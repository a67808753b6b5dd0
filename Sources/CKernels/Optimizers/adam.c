#include "Optimizers/arithmetic.h"

TANDEM_CLONES
void tandem_adam(float *restrict parameters, const float *restrict gradients,
                 float *restrict average, float *restrict square_average, size_t count,
                 struct tandem_adam_scalars s) {
  for (size_t i = 0; i < count; i++) {
    float parameter = parameters[i] * s.parameter_scale;
    float gradient = gradients[i] + s.weight_decay * parameter;
    float mean = average[i] + s.one_minus_beta1 * (gradient - average[i]);
    float square = s.beta2 * square_average[i] + s.one_minus_beta2 * (gradient * gradient);
    average[i] = mean;
    square_average[i] = square;
    // torch divides by the root of the bias correction; the product with its inverse saves one of
    // two divisions per element and differs in the last bit at most.
    float root = TANDEM_SQRT(square) * s.inverse_root_bias_correction2;
    parameters[i] = parameter - s.step_size * (mean / (root + s.epsilon));
  }
}
