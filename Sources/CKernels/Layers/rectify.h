#ifndef TANDEM_LAYERS_RECTIFY_H
#define TANDEM_LAYERS_RECTIFY_H

#include <stdbool.h>
#include <stddef.h>

// rectified[i] = values[i] > 0 ? values[i] : 0, and what is not a number stays so; `rectified` may
// be `values` itself. Both are float32, or both bfloat16.
void tandem_rectify(void *rectified, const void *values, size_t count, bool bfloat16);

// source_gradient[i] = output[i] <= 0 ? 0 : output_gradient[i], where `output` is what was
// rectified or comes of it; what is not a number passes the gradient. `source_gradient` may be
// `output_gradient`.
void tandem_rectify_backward(float *source_gradient, const float *output_gradient,
                             const float *output, size_t count);

#endif
