#ifndef TANDEM_KERNELS_NORMALIZATION_H
#define TANDEM_KERNELS_NORMALIZATION_H

#include <stdbool.h>

#include "kernels_maps.h"

// Local response normalization: y_c = x_c / (k + alpha · Σ x_j²)^beta over |j - c| <= half_window,
// within each of `groups` equal parts of the channels.
struct tandem_response_norm {
  size_t half_window;
  size_t groups;
  float alpha;
  float beta;
  float k;
  bool follows_relu;  // x is a ReLU's output: backward applies the ReLU's derivative, too
};

// Floats of scratch memory that both passes need.
size_t tandem_response_norm_scratch(struct tandem_maps maps, struct tandem_response_norm norm);

// Maps may be bfloat16; what is between the first and the last rounding is float32.
void tandem_response_norm_forward(const void *restrict source, void *restrict destination,
                                  struct tandem_maps maps, struct tandem_response_norm norm,
                                  float *restrict scratch);

// dx_c = dy_c · s_c^-beta - 2 · alpha · beta · x_c · Σ_j dy_j · x_j · s_j^(-beta - 1), s being the
// sum in the parentheses above. `source_gradient` may be `destination_gradient`.
void tandem_response_norm_backward(const void *source, const void *destination_gradient,
                                   void *source_gradient, struct tandem_maps maps,
                                   struct tandem_response_norm norm, float *restrict scratch);

// Batch normalization whose statistics come from elsewhere, in passes that each go over the maps once.

// For each channel the sum and the sum of squares over images and pixels: sums[2c], sums[2c + 1].
void tandem_batch_norm_sums(const float *restrict source, struct tandem_maps maps,
                            double *restrict sums);

// y = x · scale[c] + shift[c]
void tandem_batch_norm_apply(const float *restrict source, float *restrict destination,
                             struct tandem_maps maps, const float *restrict scale,
                             const float *restrict shift);

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
