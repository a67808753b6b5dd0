// What the kernels of convolutions of 1×1 share; see pointwise.h.
#ifndef TANDEM_POINTWISE_INTERNAL_H
#define TANDEM_POINTWISE_INTERNAL_H

#include "Pointwise/pointwise.h"

enum {
  block = tandem_pointwise_block,
  // A tile of sums in registers. Of AVX-512's 32 registers 28 are sums of 14 pixels and two blocks
  // of outputs, two are weights and one is a pixel's channel.
  most_pixels = 14,
  most_output_blocks = 2,
  // For the weights' gradient 24 are sums of half a block of outputs and three blocks of channels.
  gradient_rows = block / 2,
  most_channel_blocks = 3,
};

#define POINTWISE_INLINE static inline __attribute__((always_inline))
#define POINTWISE_UNROLL _Pragma("clang loop unroll(full)")

// While a tile is computed, memory that will be read next is brought nearer: for each piece of 16
// channels, or pixels, 16 lines or fewer from a place of its own on, so many floats apart. After
// the last place it goes on with the first.
enum { slots_of_piece = block, most_pieces = 64 };
struct pointwise_ahead {
  const float *places[most_pieces];
  size_t step;
};

// Of so many pixels any number of blocks of outputs, two at a time, each of which goes through
// `ahead` again.
//
// result[output][pixel] = before + Σ over channels of weights · source. Of vectors in neighbouring
// blocks the distance is given.
struct pointwise_tile {
  size_t pixels, output_blocks;
  const float *source;  // [block of channels][pixel][channel]
  size_t source_block;
  const float *weights;  // [block of outputs][channel][output]
  size_t weights_block;
  size_t channel_blocks;
  const float *before;  // [block of outputs][pixel][output], or null
  size_t before_block;
  const float *bias;  // [block of outputs][output], or null; not with `before`
  float *result;      // [block of outputs][pixel][output]
  size_t result_block;
  bool rectifies;
  bool streams;  // past the caches
  const struct pointwise_ahead *ahead;
};
void tandem_pointwise_convolve(const struct pointwise_tile *tile);

// result[output][channel] = before + Σ over segments of pixels of gradient · source, for half a
// block of outputs.
struct pointwise_gradient_tile {
  size_t channel_blocks;
  size_t segments, pixels;
  const float *source;  // [segment][block of channels][pixel][channel]
  size_t source_block, source_segment;
  const float *gradient;  // [segment][pixel][output]
  size_t gradient_segment;
  const float *before;  // [output][channel of all blocks], or null
  float *result;        // [output], rows of so many floats
  size_t result_row;
  const struct pointwise_ahead *ahead;
};
void tandem_pointwise_correlate(const struct pointwise_gradient_tile *tile);

// The same for pairs of numbers in bfloat16 in the place of a float: both products are added.
// `ahead` is not read.
void tandem_pointwise_correlate_pairs(const struct pointwise_gradient_tile *tile);

// sums[output] += Σ over segments of pixels of the gradient of a block of outputs.
void tandem_pointwise_add_pixels(const float *gradient, size_t segments, size_t gradient_segment,
                                 size_t pixels, float *sums);

// sums[output] += Σ over pairs of the gradient of a block of outputs.
void tandem_pointwise_add_pairs(const float *gradient, size_t pairs, float *sums);

// Every so many of a row's pixels in pairs, [pair][channel][2]; a last one is beside zeros. Brings
// nearer what lies so many numbers ahead.
void tandem_pointwise_pair(const tandem_bfloat16 *row, size_t stride, float *paired, size_t pixels,
                           size_t ahead);

// Every so many pixels of a row, side by side.
void tandem_pointwise_gather(const float *row, size_t stride, float *gathered, size_t pixels);

// A row of so many pixels, zeros but for every so many, which come from side by side; all zeros
// where `gathered` is null.
void tandem_pointwise_spread(const float *gathered, size_t stride, float *row, size_t pixels);

// Numbers of whole blocks whose rows are so many floats apart, side by side and past the caches: so
// many rows of a block, or one block with rows and columns exchanged.
void tandem_pointwise_copy(const float *numbers, size_t row, float *result, size_t rows);
void tandem_pointwise_transpose(const float *numbers, size_t row, float *result);

#endif
