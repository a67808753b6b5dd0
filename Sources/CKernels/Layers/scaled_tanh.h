#ifndef TANDEM_LAYERS_SCALED_TANH_H
#define TANDEM_LAYERS_SCALED_TANH_H

#include <stddef.h>

// y = amplitude · tanh(slope · x); `destination` may be `source`.
void tandem_scaled_tanh_forward(const float *source, float *destination, float amplitude,
                                float slope, size_t count);

// dx = dy · slope · (amplitude - y² / amplitude); `source_gradient` may be `destination_gradient`.
void tandem_scaled_tanh_backward(const float *destination, const float *destination_gradient,
                                 float *source_gradient, float amplitude, float slope,
                                 size_t count);

#endif
