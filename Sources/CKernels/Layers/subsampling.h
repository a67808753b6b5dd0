#ifndef TANDEM_LAYERS_SUBSAMPLING_H
#define TANDEM_LAYERS_SUBSAMPLING_H

#include <stddef.h>

#include "Vectors/maps.h"

// Trainable subsampling in plain order: y = weight[c] · (mean of a kernel_rows × kernel_columns
// window) + bias[c]; windows touch, and what is left at the end is not seen.
void tandem_subsampling_forward(const float *restrict source, float *restrict destination,
                                struct tandem_maps input, size_t kernel_rows,
                                size_t kernel_columns, const float *restrict weight,
                                const float *restrict bias);
void tandem_subsampling_backward_parameters(const float *restrict source,
                                            const float *restrict destination_gradient,
                                            struct tandem_maps input, size_t kernel_rows,
                                            size_t kernel_columns,
                                            float *restrict weight_gradient,
                                            float *restrict bias_gradient);
void tandem_subsampling_backward_input(const float *restrict destination_gradient,
                                       float *restrict source_gradient,
                                       struct tandem_maps input, size_t kernel_rows,
                                       size_t kernel_columns, const float *restrict weight);

#endif
