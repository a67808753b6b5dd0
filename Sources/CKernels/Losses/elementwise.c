#include <math.h>

#include "Losses/ranking.h"

// The target of one output: with a single one the label itself, 0 or 1, else 1 for the label's.
static float target(size_t outputs, size_t k, size_t label) {
  return outputs == 1 ? (float)label : (float)(k == label);
}

// A single output tells two classes apart by `threshold`.
static void count(struct tandem_loss_sum *total, const float *x, size_t outputs, size_t label,
                  float threshold) {
  if (outputs > 1) {
    count_hits(total, x, outputs, label);
    return;
  }
  total->top1 += (size_t)(x[0] > threshold) == label;
  total->top5 += 1;
}

struct tandem_loss_sum tandem_binary_cross_entropy(const float *restrict logits,
                                                   const int32_t *restrict labels, size_t images,
                                                   size_t outputs, float *restrict gradient,
                                                   float scale) {
  struct tandem_loss_sum total = {0, 0, 0};
  for (size_t image = 0; image < images; image++) {
    const float *x = logits + image * outputs;
    const size_t label = (size_t)labels[image];
    double loss = 0;
    for (size_t k = 0; k < outputs; k++) {
      const double t = target(outputs, k, label), magnitude = fabs((double)x[k]);
      // log(1 + exp(x)) - t·x, written so that no exponential overflows.
      loss += (x[k] > 0 ? x[k] : 0) - t * x[k] + log1p(exp(-magnitude));
      if (gradient) {
        const double tail = 1 / (1 + exp(-magnitude));
        const double probability = x[k] < 0 ? 1 - tail : tail;
        gradient[image * outputs + k] = (float)((probability - t) / (double)outputs) * scale;
      }
    }
    // A NaN is larger than nothing, which the maximum above would hide.
    for (size_t k = 0; k < outputs; k++) loss += x[k] != x[k] ? x[k] : 0;
    total.loss += loss / (double)outputs;
    if (!isnan(loss)) count(&total, x, outputs, label, 0);
  }
  return total;
}

struct tandem_loss_sum tandem_mean_squared_error(const float *restrict outputs_of_images,
                                                 const int32_t *restrict labels, size_t images,
                                                 size_t outputs, float *restrict gradient,
                                                 float scale) {
  struct tandem_loss_sum total = {0, 0, 0};
  for (size_t image = 0; image < images; image++) {
    const float *x = outputs_of_images + image * outputs;
    const size_t label = (size_t)labels[image];
    double loss = 0;
    for (size_t k = 0; k < outputs; k++) {
      const double difference = (double)x[k] - target(outputs, k, label);
      loss += difference * difference;
      if (gradient) {
        gradient[image * outputs + k] = (float)(2 * difference / (double)outputs) * scale;
      }
    }
    total.loss += loss / (double)outputs;
    if (!isnan(loss)) count(&total, x, outputs, label, 0.5f);
  }
  return total;
}
