#include "Optimizers/arithmetic.h"

TANDEM_CLONES
void tandem_adadelta(float *restrict parameters, const float *restrict gradients,
                     float *restrict square_average, float *restrict square_update, size_t count,
                     struct tandem_adadelta_scalars s) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i] + s.weight_decay * parameters[i];
    float square = s.rho * square_average[i] + s.one_minus_rho * (gradient * gradient);
    square_average[i] = square;
    float update =
        TANDEM_SQRT(square_update[i] + s.epsilon) / TANDEM_SQRT(square + s.epsilon) * gradient;
    square_update[i] = s.rho * square_update[i] + s.one_minus_rho * (update * update);
    parameters[i] = parameters[i] - s.learning_rate * update;
  }
}
