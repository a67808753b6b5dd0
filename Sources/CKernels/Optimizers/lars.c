#include "Optimizers/arithmetic.h"

TANDEM_CLONES
void tandem_lars(float *restrict parameters, const float *restrict gradients,
                 float *restrict velocity, size_t count, float local_rate, float momentum,
                 float weight_decay) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i] + weight_decay * parameters[i];
    float v = momentum * velocity[i] + local_rate * gradient;
    velocity[i] = v;
    parameters[i] = parameters[i] - v;
  }
}
