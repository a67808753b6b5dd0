#ifndef TANDEM_NORMALIZATION_FUSED_NORM_H
#define TANDEM_NORMALIZATION_FUSED_NORM_H

#include <stdbool.h>
#include <stddef.h>

#include "Vectors/maps.h"

// Batch normalization with the statistics of the images at hand, along with the addition and the
// ReLU that follow it. A block of channels of all images is computed at a time, so that the second
// pass over it finds it in a cache, and nothing is written that can be computed again from x.

// One normalization, y = (x - mean) / √(variance + epsilon) · weight + bias; per channel [C].
struct tandem_fused_norm {
  const float *source;  // x
  const float *weight;
  const float *bias;
  float epsilon;
  // Written by the forward pass and read by all later ones. y is computed as x · scale + shift,
  // always with the same rounding, so that a ReLU's sign is the same each time.
  float *mean;
  float *variance;
  float *scale;
  float *shift;
};

// y = the sum of one or two normalizations and, where it is not null, of a shortcut; `rectifies`:
// max(y, 0), of which what is not a number stays so. With `again` the statistics are those of an
// earlier call. `destination` may be the shortcut, and is no normalization's source.
void tandem_fused_norm_forward(const struct tandem_fused_norm *norms, size_t norm_count,
                               const float *shortcut, float *destination, struct tandem_maps maps,
                               bool rectifies, bool again);

// With dy set to 0 where the ReLU was not positive, if there was one alone after the
// normalization: db = Σ dy, dw = Σ dy · (x - mean) / σ and
// dx = weight / σ · (dy - db / n - (x - mean) / σ · dw / n). dx may be dy.
void tandem_fused_norm_backward(const struct tandem_fused_norm *norm,
                                const float *destination_gradient, float *source_gradient,
                                float *weight_gradient, float *bias_gradient,
                                struct tandem_maps maps, bool rectifies);

#endif
