#ifndef TANDEM_POINTWISE_POINTWISE_H
#define TANDEM_POINTWISE_POINTWISE_H

#include <stdbool.h>
#include <stddef.h>

#include "Vectors/bfloat16.h"

// Convolutions of 1×1 in one group without padding, which are products of matrices at each pixel:
//
//   y[o] = b[o] + Σ over c of w[o][c] · x[c]          forward
//   dx[c] = Σ over o of w[o][c] · dy[o]               the gradient of the input
//   dw[o][c] = Σ over all pixels of dy[o] · x[c]      the gradient of the weights
//
// With a stride they see only some pixels of the input, the first of each row and column among
// them; the gradient of the others is zero.
//
// Maps are float32 in blocks of 16 channels, nChw16c, filled up with zeros. An output is one sum
// over all channels in their order, and the same bits whatever images and pixels are computed with
// it; the order in which the weights' gradients are summed depends on the shape of the maps and the
// number of images.

enum { tandem_pointwise_block = 16 };

// Whether this processor has the instructions: AVX-512. Nothing else may be called without them.
bool tandem_pointwise_runs(void);

// At least one image; of rows the output has (rows - 1) / stride + 1, and likewise of columns.
struct tandem_pointwise_layer {
  size_t images;
  size_t channels, rows, columns;                       // of the input
  size_t output_channels, output_rows, output_columns;  // of the output
  size_t stride;
};

// All pointers are multiples of 64, but those to plain weights, to biases and to their gradients.

// Floats of the weights in the order that forward and backward to the input read, blocks that are
// filled up included.
size_t tandem_pointwise_weights(size_t channels, size_t output_channels);

// From plain weights [outputs][channels]. For forward: [block of outputs][channel][output].
void tandem_pointwise_pack_forward(const float *restrict weights, float *restrict packed,
                                   size_t channels, size_t output_channels);
// For backward to the input: [block of channels][output][channel].
void tandem_pointwise_pack_backward(const float *restrict weights, float *restrict packed,
                                    size_t channels, size_t output_channels);

// Floats of scratch memory that each pass needs.
size_t tandem_pointwise_forward_scratch(struct tandem_pointwise_layer layer);
size_t tandem_pointwise_backward_scratch(struct tandem_pointwise_layer layer);
size_t tandem_pointwise_gradient_scratch(struct tandem_pointwise_layer layer);

// `bias` may be null. `rectifies`: a ReLU is computed, too, which passes what is not a number.
void tandem_pointwise_forward(const float *restrict source, const float *restrict packed_weights,
                              const float *restrict bias, bool rectifies,
                              float *restrict destination, float *restrict scratch,
                              struct tandem_pointwise_layer layer);

void tandem_pointwise_backward_input(const float *restrict output_gradient,
                                     const float *restrict packed_weights,
                                     float *restrict source_gradient, float *restrict scratch,
                                     struct tandem_pointwise_layer layer);

// The gradient of the weights, in plain order, and of the bias, which may be null.
void tandem_pointwise_backward_parameters(const float *restrict source,
                                          const float *restrict output_gradient,
                                          float *restrict weight_gradient,
                                          float *restrict bias_gradient, float *restrict scratch,
                                          struct tandem_pointwise_layer layer);

// The same of maps in bfloat16 with sums of float32, on processors that have AVX512-BF16, too.
bool tandem_pointwise_bfloat16_runs(void);
size_t tandem_pointwise_bfloat16_gradient_scratch(struct tandem_pointwise_layer layer);
void tandem_pointwise_bfloat16_backward_parameters(const tandem_bfloat16 *restrict source,
                                                   const tandem_bfloat16 *restrict output_gradient,
                                                   float *restrict weight_gradient,
                                                   float *restrict bias_gradient,
                                                   float *restrict scratch,
                                                   struct tandem_pointwise_layer layer);

#endif
