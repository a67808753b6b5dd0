#ifndef TANDEM_PHASES_PHASES_H
#define TANDEM_PHASES_PHASES_H

#include <stdbool.h>
#include <stddef.h>

#include "Winograd/winograd.h"

// Convolutions with a stride, meant for few channels, as the first layers of AlexNet (11×11, stride
// 4), GoogLeNet and ResNet (7×7, stride 2) are. With stride s every s-th row and column of the
// input, counted from one of s · s places, is a map of its own, one of its phases (Bellanger 1976,
// polyphase filters), and of these the convolution sees every pixel:
//
//   x'[c, r, q][i][j] = x[c][s·i + r - top][s·j + q - left]       r and q from 0 to s - 1
//   w'[o][c, r, q][a][b] = w[o][c][s·a + r][s·b + q]              a and b from 0 to ⌈k/s⌉ - 1
//   y = w' ∗ x'                                                   with stride 1
//
// where a number beyond the maps or the kernel, or one of the maps that no output sees, is zero. So
// Winograd's way is open to them (see Winograd/winograd.h): 11×11 in steps of 4 are 3×3, 7×7 in
// steps of 2 are 4×4.
//
// Maps of the input, and their gradient, are in plain order and float32; those of the output in
// blocks of channels, in the type of the set. Phases are made of a few images at a time, in scratch
// memory. An output is the same bits whatever images are computed with it; the order in which the
// gradients of weights and bias are summed depends on the shape of the maps and the number of
// images.

struct tandem_phases_layer {
  size_t images;
  size_t channels, rows, columns;                       // of the input
  size_t output_channels, output_rows, output_columns;  // of the output
  size_t kernel, stride;  // rows and columns; ⌈kernel / stride⌉ is from 3 to 5
  size_t top, left;  // zeros around the input; as many below and to the right as the output needs
};

// Floats of scratch memory that each pass needs.
size_t tandem_phases_forward_scratch(enum tandem_winograd_set set,
                                     struct tandem_phases_layer layer);
size_t tandem_phases_backward_scratch(enum tandem_winograd_set set,
                                      struct tandem_phases_layer layer);
size_t tandem_phases_gradient_scratch(enum tandem_winograd_set set,
                                      struct tandem_phases_layer layer);

// Weights are float32 in plain order, [output_channels][channels][kernel][kernel]. Pointers to
// blocked maps and to scratch memory are multiples of 64.

// `bias` may be null. `rectifies`: a ReLU is computed, too, which passes what is not a number.
void tandem_phases_forward(enum tandem_winograd_set set, const float *restrict source,
                           const float *restrict weights, const float *restrict bias,
                           bool rectifies, void *restrict destination, float *restrict scratch,
                           struct tandem_phases_layer layer);

void tandem_phases_backward_input(enum tandem_winograd_set set,
                                  const void *restrict output_gradient,
                                  const float *restrict weights, float *restrict source_gradient,
                                  float *restrict scratch, struct tandem_phases_layer layer);

// The gradient of the weights, in plain order, and of the bias, which may be null.
void tandem_phases_backward_parameters(enum tandem_winograd_set set, const float *restrict source,
                                       const void *restrict output_gradient,
                                       float *restrict weight_gradient,
                                       float *restrict bias_gradient, float *restrict scratch,
                                       struct tandem_phases_layer layer);

#endif
