#include "Lanes/internal.h"

// The inner loops of a convolution in lane order, forward and backward to its input.
//
//   for each row of the output                     rows of zeros above and below are left out
//     for each tile of up to 5 columns
//       for each tile of up to 5 output channels   25 accumulators stay in registers
//         for each channel, kernel row, kernel column
//           5 factors × 5 pixels                   25 multiply-adds for 10 loads
//
// A tile's part of the input, channels × kernel rows × 9 columns, stays in the first cache from one
// tile of outputs to the next.

LANES_INLINE void tile(const lanes *source, struct lane_maps layout, const float *weights,
                       const float *bias, lanes *destination, size_t destination_channel,
                       size_t first_kernel_row, size_t end_kernel_row,
                       struct lane_correlation shape, const int outputs, const int columns) {
  lanes sums[lane_tile][lane_tile];
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int j = 0; j < columns; j++) sums[o][j] = (bias ? bias[o] : 0) - (lanes){0};
  }
  for (size_t c = 0; c < shape.channels; c++) {
    for (size_t u = first_kernel_row; u < end_kernel_row; u++) {
      const lanes *x = source + c * layout.channel + u * layout.row;
      const float *w = weights + (c * shape.kernel_rows + u) * shape.kernel_columns * outputs;
      for (size_t v = 0; v < shape.kernel_columns; v++, x++, w += outputs) {
        lanes factor[lane_tile];
        // Minus zero spreads a number over a vector without an addition at run time.
        LANES_UNROLL for (int o = 0; o < outputs; o++) factor[o] = w[o] - (lanes){0};
        LANES_UNROLL for (int j = 0; j < columns; j++) {
          LANES_UNROLL for (int o = 0; o < outputs; o++) sums[o][j] += x[j] * factor[o];
        }
      }
    }
  }
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int j = 0; j < columns; j++) {
      destination[o * destination_channel + j] = sums[o][j];
    }
  }
}

#define TILE(OUTPUTS, COLUMNS)                                                              \
  tile(x, source, w, b, y, destination.channel, first_kernel_row, end_kernel_row, shape, OUTPUTS, \
       COLUMNS);                                                                            \
  break
#define TILES(OUTPUTS)                \
  switch (columns.count) {            \
    case 1: TILE(OUTPUTS, 1);         \
    case 2: TILE(OUTPUTS, 2);         \
    case 3: TILE(OUTPUTS, 3);         \
    case 4: TILE(OUTPUTS, 4);         \
    default: TILE(OUTPUTS, lane_tile); \
  }                                   \
  break

TANDEM_CLONES
void tandem_lane_correlate(struct lane_maps source, const float *restrict packed_weights,
                           const float *restrict bias, struct lane_maps destination, size_t first,
                           size_t end, struct lane_correlation shape) {
  size_t weights_of_output = shape.channels * shape.kernel_rows * shape.kernel_columns;
  size_t output_tiles = lane_tiles(shape.output_channels);
  size_t column_tiles = lane_tiles(shape.output_columns);
  for (size_t i = first; i < end; i++) {
    size_t first_kernel_row = i < shape.top ? shape.top - i : 0;
    size_t rows_below = shape.rows + shape.top - i;
    size_t end_kernel_row = rows_below < shape.kernel_rows ? rows_below : shape.kernel_rows;
    // May lie above the first row, which the first kernel row makes up for.
    const lanes *row = source.base + (ptrdiff_t)source.row * ((ptrdiff_t)i - (ptrdiff_t)shape.top);
    for (size_t column_tile = 0; column_tile < column_tiles; column_tile++) {
      struct lane_part columns = lane_part(shape.output_columns, column_tiles, column_tile);
      for (size_t output_tile = 0; output_tile < output_tiles; output_tile++) {
        struct lane_part outputs = lane_part(shape.output_channels, output_tiles, output_tile);
        const lanes *x = row + columns.start;
        const float *w = packed_weights + outputs.start * weights_of_output;
        const float *b = bias ? bias + outputs.start : 0;
        lanes *y = destination.base + outputs.start * destination.channel +
                   (i - first) * destination.row + columns.start;
        switch (outputs.count) {
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
