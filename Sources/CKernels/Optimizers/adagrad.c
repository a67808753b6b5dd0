#include "Optimizers/arithmetic.h"

TANDEM_CLONES
void tandem_adagrad(float *restrict parameters, const float *restrict gradients,
                    float *restrict square_sum, size_t count, float learning_rate, float epsilon,
                    float weight_decay) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i] + weight_decay * parameters[i];
    float sum = square_sum[i] + gradient * gradient;
    square_sum[i] = sum;
    parameters[i] = parameters[i] - learning_rate * (gradient / (TANDEM_SQRT(sum) + epsilon));
  }
}
