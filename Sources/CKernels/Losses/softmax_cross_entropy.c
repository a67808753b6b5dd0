#include <math.h>

#include "Losses/ranking.h"

struct tandem_loss_sum tandem_softmax_cross_entropy(const float *restrict logits,
                                                    const int32_t *restrict labels, size_t images,
                                                    size_t classes, float label_smoothing,
                                                    float *restrict gradient, float scale) {
  struct tandem_loss_sum total = {0, 0, 0};
  const float label_target = 1 - label_smoothing;
  const float other_target = label_smoothing / (float)classes;

  for (size_t image = 0; image < images; image++) {
    const float *x = logits + image * classes;
    const size_t label = (size_t)labels[image];

    float largest = x[0];
    for (size_t k = 1; k < classes; k++) largest = x[k] > largest ? x[k] : largest;

    // Subtracting the largest logit first leaves exponents ≤ 0: nothing overflows.
    double exponentials = 0;
    double shifted = 0;  // Σ (x - largest)
    if (gradient) {
      float *g = gradient + image * classes;
      for (size_t k = 0; k < classes; k++) {
        g[k] = expf(x[k] - largest);
        exponentials += g[k];
        shifted += x[k] - largest;
      }
      const float inverse = (float)(1 / exponentials);
      const float label_probability = g[label] * inverse;
      for (size_t k = 0; k < classes; k++) g[k] = (g[k] * inverse - other_target) * scale;
      g[label] = (label_probability - label_target - other_target) * scale;
    } else {
      for (size_t k = 0; k < classes; k++) {
        exponentials += expf(x[k] - largest);
        shifted += x[k] - largest;
      }
    }

    const double log_sum = log(exponentials);
    double loss = label_target * (log_sum - (x[label] - largest));
    // Without smoothing the term is left out rather than 0: a logit of -∞ would make it 0 · ∞.
    if (label_smoothing > 0) {
      loss += label_smoothing * (log_sum - shifted / (double)classes);
    }
    total.loss += loss;

    if (isnan(exponentials)) continue;
    count_hits(&total, x, classes, label);
  }
  return total;
}
