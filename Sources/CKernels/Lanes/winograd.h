// Which layers in lane order are computed by Winograd's way along rows, how much arithmetic and
// memory that takes; how it works is said in winograd_tiles.h.
#ifndef TANDEM_LANES_WINOGRAD_H
#define TANDEM_LANES_WINOGRAD_H

#include "Lanes/internal.h"

// Operations of vectors for a row of one output channel, multiply-adds or others, as forward has
// them. The 26 of an input's transform are shared by three output channels, fewer than layers have,
// as their number must not count.
static inline size_t winograd_operations(struct tandem_lane_layer layer) {
  enum { source_transform = 8, output_transform = 16 };
  const size_t rows = layer.channels * layer.kernel_rows;
  const size_t transforms = source_transform * layer.channels + output_transform;
  return winograd_tiles(layer.output_columns) * (rows * winograd_values + transforms);
}

// By the definition, for so many columns.
static inline size_t direct_operations(size_t columns, struct tandem_lane_layer layer) {
  return layer.channels * layer.kernel_rows * layer.kernel_columns * columns;
}

// Whether less arithmetic outweighs the transforms, by a fifth at least: a pure function of the
// shape. Rows and output channels do not count, so that a part of a layer goes the way of the
// whole. Measured with AVX-512 on Zen 5, 64 images, forward, weights and input,
// new by old time: 1 → 6 channels 0.92, 0.93 and 0.93, 1 → 30 0.85, 0.84 and 0.91, 6 → 16 0.65,
// 0.75 and 0.69, 20 → 50 0.49, 0.60 and 0.49; with AVX2 0.42 to 0.84.
static inline int uses_winograd(struct tandem_lane_layer layer) {
  // With one kernel row a tile would have up to 12 outputs, for which the loops have no cases.
  if (layer.kernel_columns != winograd_kernel || layer.kernel_rows == 1) return 0;
  return 5 * winograd_operations(layer) < 4 * direct_operations(layer.output_columns, layer);
}

// 1 / Π (the point - each other finite one) of the points 1 and -1, 2 and -2, 1/2 and -1/2, by
// which kernels' values are multiplied; of 0 it is -1, which the signs in winograd_tiles.h have.
enum { winograd_factor_count = 3 };
static const double winograd_factors[winograd_factor_count] = {-2.0 / 9, 1.0 / 90, 32.0 / 45};

// MARK: Sizes, in vectors of one block; zero where a layer is computed by its definition

// The values of so many rows of so many maps.
static inline size_t values_of_rows(size_t maps, size_t rows, struct tandem_lane_layer layer) {
  if (!uses_winograd(layer)) return 0;
  return maps * rows * winograd_values * winograd_tiles(layer.output_columns);
}

static inline size_t source_values(struct tandem_lane_layer layer) {
  return values_of_rows(layer.channels, layer.rows, layer);
}

// Sums of products of one step: those that are `winograd_sums_at_once`, or one row.
static inline size_t sums_of_step(size_t maps, struct tandem_lane_layer layer) {
  const size_t row = values_of_rows(maps, 1, layer);
  return row && row < winograd_sums_at_once ? winograd_sums_at_once : row;
}

// MARK: Parts, of layers only for which it is used

// Output channels are computed so many at a time that the sums of a row stay in the first cache.
static inline size_t winograd_output_tiles(struct tandem_lane_layer layer) {
  const size_t most = winograd_sums_at_once / values_of_rows(1, 1, layer);
  return most ? (layer.output_channels + most - 1) / most : layer.output_channels;
}

// Rows of windows of such a tile of outputs that are computed at a time: many, as the sums of the
// weights' gradient are read and written for each of these strips.
static inline size_t winograd_strip_windows(struct tandem_lane_layer tile) {
  enum { most_values = 4000 };
  return most_values / (values_of_rows(tile.output_channels, 1, tile) * tile.window_rows);
}

#endif
