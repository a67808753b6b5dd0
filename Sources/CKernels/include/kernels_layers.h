#ifndef TANDEM_KERNELS_LAYERS_H
#define TANDEM_KERNELS_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include "kernels_maps.h"

// y = amplitude · tanh(slope · x); `destination` may be `source`.
void tandem_scaled_tanh_forward(const float *source, float *destination, float amplitude,
                                float slope, size_t count);

// dx = dy · slope · (amplitude - y² / amplitude); `source_gradient` may be `destination_gradient`.
void tandem_scaled_tanh_backward(const float *destination, const float *destination_gradient,
                                 float *source_gradient, float amplitude, float slope,
                                 size_t count);

// The mean of windows given by their first row and the row after their last one, and likewise for
// columns, in plain order: [images · channels, rows, columns] to [images · channels, windows].
struct tandem_windows {
  size_t rows;
  size_t columns;
  size_t output_rows;
  size_t output_columns;
  const int32_t *row_bounds;     // [output_rows][2]
  const int32_t *column_bounds;  // [output_columns][2]
};
void tandem_window_means_forward(const float *restrict source, float *restrict destination,
                                 size_t maps, struct tandem_windows windows);
void tandem_window_means_backward(const float *restrict destination_gradient,
                                  float *restrict source_gradient, size_t maps,
                                  struct tandem_windows windows);

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

// Every stride-th row and column, and zeros for the channels that the input lacks. Both orders have
// the same block.
void tandem_padded_shortcut_forward(const float *restrict source, float *restrict destination,
                                    struct tandem_maps input, struct tandem_maps output,
                                    size_t stride);
void tandem_padded_shortcut_backward(const float *restrict destination_gradient,
                                     float *restrict source_gradient, struct tandem_maps input,
                                     struct tandem_maps output, size_t stride);

// Radial basis units: y_i = -Σ_j (x_j - target_ij)², [images, features] to [images, classes], with
// targets of -1 or 1, [classes, features].
void tandem_radial_basis_forward(const float *restrict source, float *restrict destination,
                                 const float *restrict targets, size_t images, size_t features,
                                 size_t classes);
void tandem_radial_basis_backward(const float *restrict source,
                                  const float *restrict destination_gradient,
                                  float *restrict source_gradient, const float *restrict targets,
                                  size_t images, size_t features, size_t classes);

// Pieces of `length` floats: to[position[i]] = from[i], and back.
void tandem_scatter_pieces(const float *restrict from, float *restrict to,
                           const int32_t *restrict positions, size_t pieces, size_t length);
void tandem_gather_pieces(const float *restrict from, float *restrict to,
                          const int32_t *restrict positions, size_t pieces, size_t length);

#endif
