#include <math.h>

#include "Losses/ranking.h"

struct tandem_loss_sum tandem_radial_basis_loss(const float *restrict outputs,
                                                const int32_t *restrict labels, size_t images,
                                                size_t classes, float rubbish,
                                                float *restrict gradient, float scale) {
  struct tandem_loss_sum total = {0, 0, 0};
  for (size_t image = 0; image < images; image++) {
    const float *x = outputs + image * classes;
    const size_t label = (size_t)labels[image];
    double largest = -(double)rubbish;
    for (size_t k = 0; k < classes; k++) largest = x[k] > largest ? x[k] : largest;
    double exponentials = exp(-(double)rubbish - largest);
    for (size_t k = 0; k < classes; k++) exponentials += exp(x[k] - largest);
    if (gradient) {
      for (size_t k = 0; k < classes; k++) {
        const double probability = exp(x[k] - largest) / exponentials;
        gradient[image * classes + k] = (float)(probability - (k == label)) * scale;
      }
    }
    total.loss += largest + log(exponentials) - x[label];
    if (!isnan(exponentials)) count_hits(&total, x, classes, label);
  }
  return total;
}
