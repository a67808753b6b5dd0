#ifndef TANDEM_NORMALIZATION_BATCH_NORM_H
#define TANDEM_NORMALIZATION_BATCH_NORM_H

#include <stddef.h>

#include "Vectors/maps.h"

// Batch normalization whose statistics come from elsewhere, in passes that each go over the maps
// once.

// For each channel the sum and the sum of squares over images and pixels: sums[2c], sums[2c + 1].
void tandem_batch_norm_sums(const float *restrict source, struct tandem_maps maps,
                            double *restrict sums);

// y = x · scale[c] + shift[c]
void tandem_batch_norm_apply(const float *restrict source, float *restrict destination,
                             struct tandem_maps maps, const float *restrict scale,
                             const float *restrict shift);

// dx = dy · scale[c]; `source_gradient` may be `destination_gradient`.
void tandem_batch_norm_scale(const float *destination_gradient, float *source_gradient,
                             struct tandem_maps maps, const float *restrict scale);

// For each channel Σ dy and Σ dy · (x - mean[c]): sums[2c], sums[2c + 1].
void tandem_batch_norm_gradient_sums(const float *restrict source,
                                     const float *restrict destination_gradient,
                                     struct tandem_maps maps, const float *restrict mean,
                                     double *restrict sums);

// dx = dy · a[c] + (x - mean[c]) · b[c] + d[c]; `source_gradient` may be `destination_gradient`.
void tandem_batch_norm_backward(const float *source, const float *destination_gradient,
                                float *source_gradient, struct tandem_maps maps,
                                const float *restrict mean, const float *restrict a,
                                const float *restrict b, const float *restrict d);

// running = (1 - momentum) · running + momentum · statistic
void tandem_running_statistic(float *restrict running, const float *restrict statistic,
                              float momentum, size_t count);

#endif
