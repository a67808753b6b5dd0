#ifndef TANDEM_NORMALIZATION_RESPONSE_NORM_H
#define TANDEM_NORMALIZATION_RESPONSE_NORM_H

#include <stdbool.h>
#include <stddef.h>

#include "Vectors/maps.h"

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

#endif
