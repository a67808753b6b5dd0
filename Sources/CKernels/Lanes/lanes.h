#ifndef TANDEM_LANES_LANES_H
#define TANDEM_LANES_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "Processor/instruction_set.h"

// Convolutions with few channels, vectorised over images.
//
// "Lane order": [images / 16][channels][rows][columns][16 images], as cuda-convnet had it
// (Krizhevsky 2012). The same pixel of 16 images is one vector of AVX-512, so that no vector has
// idle lanes however few channels there are, and windows may slide in any direction without
// unaligned loads. Where the images are no multiple of 16, the last block is filled up with zeros
// ("idle lanes"). Outputs have anything finite there; gradients have zeros, and so add nothing to
// sums over images.
//
// On narrower machines the compiler makes two or four instructions of each vector operation.
enum { tandem_lane_count = 16 };

// Blocks of 16 images, the last one filled up.
static inline size_t tandem_lane_blocks(size_t images) {
  return (images + tandem_lane_count - 1) / tandem_lane_count;
}

// [images][features] to [images / 16][features][16], idle lanes zero, and back.
void tandem_lanes_from_plain(const float *restrict plain, float *restrict lanes, size_t images,
                             size_t features);
void tandem_lanes_to_plain(const float *restrict lanes, float *restrict plain, size_t images,
                           size_t features);

enum tandem_lane_activation {
  tandem_lane_activation_none,
  tandem_lane_activation_relu,
  tandem_lane_activation_tanh,
};

enum tandem_lane_pooling {
  tandem_lane_pooling_none,
  tandem_lane_pooling_max,
  tandem_lane_pooling_average,
};

// A convolution of stride 1, an activation after it and a pooling after that, computed as one.
// Windows of the pooling touch and do not overlap; rows and columns left over at the end are not
// seen.
struct tandem_lane_layer {
  size_t images;
  size_t channels, rows, columns;  // of the input
  size_t output_channels;
  size_t output_rows, output_columns;  // of the convolution
  size_t kernel_rows, kernel_columns;
  size_t top, left;  // zeros around the input; as many below and to the right as the output needs
  enum tandem_lane_activation activation;
  enum tandem_lane_pooling pooling;
  size_t window_rows, window_columns;  // of the pooling; 1 without; up to 255 pixels of a maximum
  enum tandem_instructions set;  // the best that may be used
};

// The time of a training step's three passes, in units of that for one whole block of 16 images:
// less than a unit for a last one that is folded. fold.c
double tandem_lane_blocks_of_time(struct tandem_lane_layer layer);

// Floats of the plain weights, and of those in the order that the kernels read: as many, cut into
// tiles of outputs, or by Winograd's way 8 for each 5 (winograd_tiles.h).
size_t tandem_lane_weights_count(struct tandem_lane_layer layer);
size_t tandem_lane_packed_count(struct tandem_lane_layer layer);
// From [output_channels][channels][kernel_rows][kernel_columns].
void tandem_lane_weights_for_forward(const float *restrict weights, float *restrict packed,
                                     struct tandem_lane_layer layer);
void tandem_lane_weights_for_backward(const float *restrict weights, float *restrict packed,
                                      struct tandem_lane_layer layer);

// Floats of scratch memory that each of the three passes below needs.
size_t tandem_lane_forward_scratch(struct tandem_lane_layer layer);
size_t tandem_lane_gradient_scratch(struct tandem_lane_layer layer);
size_t tandem_lane_backward_scratch(struct tandem_lane_layer layer);

// What the backward pass needs of the forward pass beside the input, by the kind of the layer.
struct tandem_lane_memory {
  float *output;      // of the layer: with an activation, unless one of the others tells enough
  float *activation;  // before average pooling, of the size of the convolution's output; what no
                      // window sees is anything
  uint8_t *winners;   // of max pooling: the place in its window, row by row, that was the largest,
                      // or 255 where a ReLU makes it zero
};

// Maps, winners and scratch memory begin at multiples of 64 bytes.
//
// `memory.activation` is null without average pooling and an activation, and may be where no
// backward pass follows; `memory.winners` likewise without max pooling. `bias` may be null.
void tandem_lane_forward(const float *restrict source, const float *restrict packed_weights,
                         const float *restrict bias, struct tandem_lane_memory memory,
                         float *restrict scratch, struct tandem_lane_layer layer);

// The gradient of the weights, in plain order, and of the bias, which may be null.
void tandem_lane_backward_parameters(const float *restrict source,
                                     const float *restrict output_gradient,
                                     struct tandem_lane_memory memory,
                                     float *restrict weight_gradient,
                                     float *restrict bias_gradient, float *restrict scratch,
                                     struct tandem_lane_layer layer);

void tandem_lane_backward_input(const float *restrict output_gradient,
                                const float *restrict packed_weights,
                                struct tandem_lane_memory memory, float *restrict source_gradient,
                                float *restrict scratch, struct tandem_lane_layer layer);

// A dense layer and an activation after it, from lane order to plain [images, outputs]; weights in
// plain order, [outputs][features]. `bias` may be null. dense.c
size_t tandem_lane_dense_scratch(size_t images, size_t outputs);  // floats
void tandem_lane_dense(const float *restrict source, const float *restrict weights,
                       const float *restrict bias, float *restrict output,
                       enum tandem_lane_activation activation, float *restrict scratch,
                       size_t images, size_t features, size_t outputs,
                       enum tandem_instructions set);

#endif
