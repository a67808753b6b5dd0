#include "Lanes/internal.h"

// The forward pass of a dense layer whose input is in lane order.
//
//   for each group of up to 5 blocks of images
//     for each chunk of features                    its pixels stay in the first cache
//       for each tile of up to 5 outputs            25 accumulators stay in registers
//         for each feature
//           5 factors × 5 blocks                    25 multiply-adds for 10 loads
enum { features_of_chunk = 128, line_floats = 16 };

LANES_INLINE void tile(const lanes *source, const float *weights, size_t features, lanes *sums,
                       size_t all_outputs, size_t count, const int outputs, const int blocks) {
  lanes tile[lane_tile][lane_tile];
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int b = 0; b < blocks; b++) tile[o][b] = sums[b * all_outputs + o];
  }
  // Rows of weights are far apart, and each chunk of one is too short for the processor to see that
  // more of the next ones will be needed: without asking for them 25 % of the time goes by waiting.
  _Pragma("clang loop unroll_count(2)")
  for (size_t f = 0; f < count; f++) {
    lanes factor[lane_tile];
    if (f % line_floats == 0) {
      LANES_UNROLL for (int o = 0; o < outputs; o++) {
        __builtin_prefetch(weights + (outputs + o) * features + f);
      }
    }
    LANES_UNROLL for (int o = 0; o < outputs; o++) {
      factor[o] = weights[o * features + f] - (lanes){0};
    }
    LANES_UNROLL for (int b = 0; b < blocks; b++) {
      LANES_UNROLL for (int o = 0; o < outputs; o++) {
        tile[o][b] += source[b * features + f] * factor[o];
      }
    }
  }
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int b = 0; b < blocks; b++) sums[b * all_outputs + o] = tile[o][b];
  }
}

#define TILE(OUTPUTS, BLOCKS) \
  tile(x, w, features, y, outputs, count, OUTPUTS, BLOCKS); \
  break
#define TILES(OUTPUTS)                 \
  switch (group.count) {               \
    case 1: TILE(OUTPUTS, 1);          \
    case 2: TILE(OUTPUTS, 2);          \
    case 3: TILE(OUTPUTS, 3);          \
    case 4: TILE(OUTPUTS, 4);          \
    default: TILE(OUTPUTS, lane_tile); \
  }                                    \
  break

// sums[block][output] += Σ x[block][feature] · w[output][feature]
TANDEM_CLONES
static void add_products(const lanes *source, const float *weights, lanes *sums, size_t blocks,
                         size_t features, size_t outputs) {
  size_t groups = lane_tiles(blocks), tiles = lane_tiles(outputs);
  for (size_t g = 0; g < groups; g++) {
    struct lane_part group = lane_part(blocks, groups, g);
    for (size_t first = 0; first < features; first += features_of_chunk) {
      size_t count = features - first < features_of_chunk ? features - first : features_of_chunk;
      for (size_t t = 0; t < tiles; t++) {
        struct lane_part part = lane_part(outputs, tiles, t);
        const lanes *x = source + group.start * features + first;
        const float *w = weights + part.start * features + first;
        lanes *y = sums + group.start * outputs + part.start;
        switch (part.count) {
          case 1: TILES(1);
          case 2: TILES(2);
          case 3: TILES(3);
          case 4: TILES(4);
          default: TILES(lane_tile);
        }
      }
    }
  }
}

size_t tandem_lane_dense_scratch(size_t images, size_t outputs) {
  return tandem_lane_blocks(images) * outputs * tandem_lane_count;
}

void tandem_lane_dense(const float *restrict source, const float *restrict weights,
                       const float *restrict bias, float *restrict output,
                       enum tandem_lane_activation activation, float *restrict scratch,
                       size_t images, size_t features, size_t outputs) {
  size_t blocks = tandem_lane_blocks(images);
  lanes *sums = (lanes *)scratch;
  for (size_t block = 0; block < blocks; block++) {
    for (size_t o = 0; o < outputs; o++) {
      sums[block * outputs + o] = (bias ? bias[o] : 0) - (lanes){0};
    }
  }
  add_products((const lanes *)source, weights, sums, blocks, features, outputs);
  tandem_lane_activate((struct lane_maps){sums, outputs, 0}, 1, blocks * outputs, activation);
  tandem_lanes_to_plain(scratch, output, images, outputs);
}
