#include "Lanes/internal.h"

// The inner loops of the gradient of a convolution's weights in lane order.
//
//   for each tile of up to 5 output channels
//     for each channel, kernel row, and up to 5 columns of it   25 accumulators stay in registers
//       for each row and column of the output
//         5 gradients × 5 pixels                                25 multiply-adds for 10 loads
//
// The callers hand in as many rows at a time as the first cache holds. Lanes are added up at the
// end only.

LANES_INLINE void tile(const lanes *source, size_t source_row, const lanes *gradient,
                       struct lane_maps layout, lanes *sums, size_t sums_of_output, size_t rows,
                       size_t columns, const int outputs, const int kernel_columns) {
  lanes tile[lane_tile][lane_tile];
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int v = 0; v < kernel_columns; v++) tile[o][v] = sums[o * sums_of_output + v];
  }
  for (size_t i = 0; i < rows; i++) {
    const lanes *x = source + i * source_row, *dy = gradient + i * layout.row;
    for (size_t j = 0; j < columns; j++) {
      lanes pixel[lane_tile];
      LANES_UNROLL for (int v = 0; v < kernel_columns; v++) pixel[v] = x[j + v];
      LANES_UNROLL for (int o = 0; o < outputs; o++) {
        lanes factor = dy[o * layout.channel + j];
        LANES_UNROLL for (int v = 0; v < kernel_columns; v++) tile[o][v] += factor * pixel[v];
      }
    }
  }
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int v = 0; v < kernel_columns; v++) sums[o * sums_of_output + v] = tile[o][v];
  }
}

#define TILE(OUTPUTS, COLUMNS)                                                              \
  tile(x, source.row, dy, gradient, sum, sums_of_output, last - begin, shape.output_columns,\
       OUTPUTS, COLUMNS);                                                                   \
  break
#define TILES(OUTPUTS)                 \
  switch (kernel_columns.count) {      \
    case 1: TILE(OUTPUTS, 1);          \
    case 2: TILE(OUTPUTS, 2);          \
    case 3: TILE(OUTPUTS, 3);          \
    case 4: TILE(OUTPUTS, 4);          \
    default: TILE(OUTPUTS, lane_tile); \
  }                                    \
  break

TANDEM_CLONES
void tandem_lane_accumulate(struct lane_maps source, struct lane_maps gradient,
                            lanes *restrict sums, size_t first, size_t end,
                            struct lane_correlation shape) {
  size_t sums_of_output = shape.channels * shape.kernel_rows * shape.kernel_columns;
  size_t output_tiles = lane_tiles(shape.output_channels);
  size_t kernel_tiles = lane_tiles(shape.kernel_columns);
  for (size_t output_tile = 0; output_tile < output_tiles; output_tile++) {
    struct lane_part outputs = lane_part(shape.output_channels, output_tiles, output_tile);
    for (size_t c = 0; c < shape.channels; c++) {
      for (size_t u = 0; u < shape.kernel_rows; u++) {
        // The rows of the output to which kernel row u brings a row of the input, not of zeros.
        size_t begin = u < shape.top ? shape.top - u : 0;
        if (begin < first) begin = first;
        size_t last = shape.rows + shape.top > u ? shape.rows + shape.top - u : 0;
        if (last > end) last = end;
        if (begin >= last) continue;
        const lanes *dy = gradient.base + outputs.start * gradient.channel +
                          (begin - first) * gradient.row;
        for (size_t kernel_tile = 0; kernel_tile < kernel_tiles; kernel_tile++) {
          struct lane_part kernel_columns =
              lane_part(shape.kernel_columns, kernel_tiles, kernel_tile);
          const lanes *x = source.base + c * source.channel +
                           (begin + u - shape.top) * source.row + kernel_columns.start;
          lanes *sum = sums + outputs.start * sums_of_output +
                       (c * shape.kernel_rows + u) * shape.kernel_columns + kernel_columns.start;
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
}
