#include "Optimizers/arithmetic.h"

TANDEM_CLONES
void tandem_sgd(float *restrict parameters, const float *restrict gradients, size_t count,
                float learning_rate, float weight_decay) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i] + weight_decay * parameters[i];
    parameters[i] = parameters[i] - learning_rate * gradient;
  }
}

TANDEM_CLONES
void tandem_sgd_momentum(float *restrict parameters, const float *restrict gradients,
                         float *restrict velocity, size_t count, float learning_rate,
                         float momentum, bool nesterov, float weight_decay) {
  if (nesterov) {
    for (size_t i = 0; i < count; i++) {
      float gradient = gradients[i] + weight_decay * parameters[i];
      float v = momentum * velocity[i] + gradient;
      velocity[i] = v;
      parameters[i] = parameters[i] - learning_rate * (gradient + momentum * v);
    }
  } else {
    for (size_t i = 0; i < count; i++) {
      float gradient = gradients[i] + weight_decay * parameters[i];
      float v = momentum * velocity[i] + gradient;
      velocity[i] = v;
      parameters[i] = parameters[i] - learning_rate * v;
    }
  }
}
