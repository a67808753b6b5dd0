#include "Optimizers/average.h"

#include "Optimizers/arithmetic.h"

TANDEM_CLONES
void tandem_follow(float *restrict average, const float *restrict values, float share,
                   size_t count) {
  for (size_t i = 0; i < count; i++) {
    average[i] = average[i] + share * (values[i] - average[i]);
  }
}
