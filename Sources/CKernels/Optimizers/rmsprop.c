#include "Optimizers/arithmetic.h"

// One loop per combination of optional state: a pointer tested inside the loop would keep it from
// being vectorised.

// The root of the variance. Rounding makes a variance of nearly 0, as of a gradient that stays the
// same, slightly negative now and then, where torch's root is NaN. A NaN of the caller's stays one.
static inline __attribute__((always_inline)) float centered_root(float square, float mean) {
  float variance = square - mean * mean;
  return TANDEM_SQRT(variance < 0 ? 0 : variance);
}

TANDEM_CLONES
static void plain(float *restrict parameters, const float *restrict gradients,
                  float *restrict square_average, size_t count,
                  struct tandem_rmsprop_scalars s) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i] + s.weight_decay * parameters[i];
    float square = s.alpha * square_average[i] + s.one_minus_alpha * (gradient * gradient);
    square_average[i] = square;
    float update = gradient / (TANDEM_SQRT(square) + s.epsilon);
    parameters[i] = parameters[i] - s.learning_rate * update;
  }
}

TANDEM_CLONES
static void with_momentum(float *restrict parameters, const float *restrict gradients,
                          float *restrict square_average, float *restrict velocity, size_t count,
                          struct tandem_rmsprop_scalars s) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i] + s.weight_decay * parameters[i];
    float square = s.alpha * square_average[i] + s.one_minus_alpha * (gradient * gradient);
    square_average[i] = square;
    float update = gradient / (TANDEM_SQRT(square) + s.epsilon);
    float v = s.momentum * velocity[i] + update;
    velocity[i] = v;
    parameters[i] = parameters[i] - s.learning_rate * v;
  }
}

TANDEM_CLONES
static void centered(float *restrict parameters, const float *restrict gradients,
                     float *restrict square_average, float *restrict average, size_t count,
                     struct tandem_rmsprop_scalars s) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i] + s.weight_decay * parameters[i];
    float square = s.alpha * square_average[i] + s.one_minus_alpha * (gradient * gradient);
    square_average[i] = square;
    float mean = average[i] + s.one_minus_alpha * (gradient - average[i]);
    average[i] = mean;
    float update = gradient / (centered_root(square, mean) + s.epsilon);
    parameters[i] = parameters[i] - s.learning_rate * update;
  }
}

TANDEM_CLONES
static void centered_with_momentum(float *restrict parameters, const float *restrict gradients,
                                   float *restrict square_average, float *restrict velocity,
                                   float *restrict average, size_t count,
                                   struct tandem_rmsprop_scalars s) {
  for (size_t i = 0; i < count; i++) {
    float gradient = gradients[i] + s.weight_decay * parameters[i];
    float square = s.alpha * square_average[i] + s.one_minus_alpha * (gradient * gradient);
    square_average[i] = square;
    float mean = average[i] + s.one_minus_alpha * (gradient - average[i]);
    average[i] = mean;
    float update = gradient / (centered_root(square, mean) + s.epsilon);
    float v = s.momentum * velocity[i] + update;
    velocity[i] = v;
    parameters[i] = parameters[i] - s.learning_rate * v;
  }
}

void tandem_rmsprop(float *restrict parameters, const float *restrict gradients,
                    float *restrict square_average, float *restrict velocity,
                    float *restrict average, size_t count,
                    struct tandem_rmsprop_scalars scalars) {
  if (velocity && average) {
    centered_with_momentum(parameters, gradients, square_average, velocity, average, count,
                           scalars);
  } else if (velocity) {
    with_momentum(parameters, gradients, square_average, velocity, count, scalars);
  } else if (average) {
    centered(parameters, gradients, square_average, average, count, scalars);
  } else {
    plain(parameters, gradients, square_average, count, scalars);
  }
}
