// Winograd's way along rows for convolutions, forward and backward to their input. Included by
// loops.h.
#include "Lanes/winograd_values.h"

// for some rows of the output that meet the same kernel rows
//   for each value, tile of columns and tile of outputs    their sums stay in registers
//     for each channel and kernel row
//       5 factors × 5 values                               25 multiply-adds for 10 loads
//   for each output and tile                               sums to columns

LANES_INLINE void multiply_tile(const lanes *values, struct value_layout layout,
                                const float *weights, lanes *sums, size_t sums_of_output,
                                struct lane_rows kernel, size_t channels, size_t kernel_rows,
                                size_t number, const int outputs, const int columns) {
  piece tile[lane_tile][most_beside_one];
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int j = 0; j < columns; j++) tile[o][j] = (piece){0};
  }
  for (size_t c = 0; c < channels; c++) {
    const lanes *x = values + c * layout.map + kernel.first * layout.row;
    const float *w = weights + (c * kernel_rows + kernel.first) * (size_t)outputs;
    for (size_t u = kernel.first; u < kernel.end; u++, x += layout.row, w += outputs) {
      add_columns(tile, x, w, number, outputs, 0, columns);
    }
  }
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int j = 0; j < columns; j++) {
      PIECE(sums + o * sums_of_output + j, number) = tile[o][j];
    }
  }
}

// Sums [output][value][column], where a column is a tile of the output: `columns` are those of one
// row or several.
static void multiply(const lanes *values, struct value_layout layout,
                     const float *restrict weights, lanes *restrict sums, size_t columns,
                     struct lane_rows kernel, size_t channels, size_t outputs,
                     size_t kernel_rows) {
  const size_t weights_of_output = channels * kernel_rows;
  const size_t weights_of_value = weights_of_output * outputs;
  const size_t output_tiles = lane_tiles(outputs);
  const size_t most = most_columns(lane_part(outputs, output_tiles, 0).count);
  const size_t column_tiles = parts_of(columns, most);
  // Value by value, a value's part of the input stays in the first cache for all outputs. Where
  // sums have few terms, to choose a tile's size takes longer than that saves: then all values go
  // through one choice.
  enum { few_terms = 10 };
  const size_t at_once = weights_of_output > few_terms ? 1 : winograd_values;
  for (size_t first = 0; first < winograd_values; first += at_once) {
    for (size_t column_tile = 0; column_tile < column_tiles; column_tile++) {
      const struct lane_part part = lane_part(columns, column_tiles, column_tile);
      for (size_t output_tile = 0; output_tile < output_tiles; output_tile++) {
        const struct lane_part tile = lane_part(outputs, output_tiles, output_tile);
        const lanes *x = values + first * layout.plane + part.start;
        const float *w = weights + first * weights_of_value + tile.start * weights_of_output;
        lanes *to = sums + (tile.start * winograd_values + first) * columns + part.start;
#define TILE(OUTPUTS, COLUMNS)                                                              \
  for (size_t value = 0; value < at_once; value++) {                                        \
    for (size_t number = 0; number < pieces; number++) {                                    \
      multiply_tile(x + value * layout.plane, layout, w + value * weights_of_value,         \
                    to + value * columns, winograd_values * columns, kernel, channels,      \
                    kernel_rows, number, OUTPUTS, COLUMNS);                                 \
    }                                                                                       \
  }
        CASES_OF_COLUMNS(tile.count, part.count)
#undef TILE
      }
    }
  }
}

// How many rows from `first` on meet the same kernel rows, as many as are computed at once at most.
LANES_INLINE size_t rows_alike(size_t first, size_t end, size_t outputs, size_t tiles,
                               struct lane_correlation shape) {
  const size_t most = winograd_sums_at_once / (outputs * winograd_values * tiles);
  const struct lane_rows kernel = kernel_rows_of(first, shape);
  size_t count = 1;
  for (; count < most && first + count < end; count++) {
    const struct lane_rows other = kernel_rows_of(first + count, shape);
    if (other.first != kernel.first || other.end != kernel.end) break;
  }
  return count;
}

static void winograd_correlate(const lanes *values, const float *restrict packed_weights,
                               const float *restrict bias, struct lane_maps destination,
                               lanes *restrict sums, size_t first, size_t end,
                               struct lane_correlation shape) {
  const struct value_layout layout = value_layout(shape.rows, shape);
  for (size_t i = first, count; i < end; i += count) {
    count = rows_alike(i, end, shape.output_channels, layout.row, shape);
    const size_t columns = count * layout.row;
    // May lie before the values, where nothing is read.
    const lanes *x = values + (ptrdiff_t)layout.row * ((ptrdiff_t)i - (ptrdiff_t)shape.top);
    multiply(x, layout, packed_weights, sums, columns, kernel_rows_of(i, shape), shape.channels,
             shape.output_channels, shape.kernel_rows);
    for (size_t o = 0; o < shape.output_channels; o++) {
      const lanes *from = sums + o * winograd_values * columns;
      const float b = bias ? bias[o] : 0;
      for (size_t row = 0; row < count; row++) {
        lanes *to =
            destination.base + o * destination.channel + (i - first + row) * destination.row;
        for (size_t tile = 0; tile < layout.row; tile++, from++, to += winograd_columns) {
          const size_t rest = shape.output_columns - tile * winograd_columns;
          for (size_t number = 0; number < pieces; number++) {
            piece y[winograd_columns];
            columns_of_values(from, columns, number, b, y);
            if (rest >= winograd_columns) {
              LANES_UNROLL for (size_t j = 0; j < winograd_columns; j++) {
                PIECE(to + j, number) = y[j];
              }
            } else {
              LANES_UNROLL for (size_t j = 0; j < winograd_columns; j++) {
                if (j < rest) PIECE(to + j, number) = y[j];
              }
            }
          }
        }
      }
    }
  }
}

// Tiles of the input's gradient share columns: the last of one are the first of the next.
LANES_INLINE void add_tiles(const lanes *from, size_t plane, lanes *row, size_t tiles,
                            size_t number, struct lane_correlation shape) {
  enum { shared = winograd_values - winograd_columns };
  piece before[shared] = {0};
  for (size_t tile = 0; tile <= tiles; tile++) {
    piece d[winograd_values] = {0};
    if (tile < tiles) source_of_values(from + tile, plane, number, d);
    LANES_UNROLL for (size_t j = 0; j < winograd_columns; j++) {
      // Wraps around before the first column.
      const size_t column = tile * winograd_columns + j - shape.left;
      if (column < shape.columns) PIECE(row + column, number) = before[j] + d[j];
      before[j] = d[winograd_columns + j];
    }
  }
}

static void winograd_correlate_back(struct lane_maps gradient, const float *restrict packed_weights,
                                    struct lane_maps destination, lanes *restrict scratch,
                                    size_t output_rows, struct lane_correlation shape) {
  const struct value_layout layout = value_layout(output_rows, shape);
  lanes *values = scratch, *sums = scratch + shape.output_channels * layout.map;
  values_of_gradients(gradient, values, output_rows, shape);
  // Kernels are upside down here; along rows the transforms turn them around.
  struct lane_correlation back = shape;
  back.rows = output_rows;
  back.top = shape.kernel_rows - 1 - shape.top;
  for (size_t i = 0, count; i < shape.rows; i += count) {
    count = rows_alike(i, shape.rows, shape.channels, layout.row, back);
    const size_t columns = count * layout.row;
    const lanes *x = values + (ptrdiff_t)layout.row * ((ptrdiff_t)i - (ptrdiff_t)back.top);
    multiply(x, layout, packed_weights, sums, columns, kernel_rows_of(i, back),
             shape.output_channels, shape.channels, shape.kernel_rows);
    for (size_t c = 0; c < shape.channels; c++) {
      for (size_t row = 0; row < count; row++) {
        const lanes *from = sums + c * winograd_values * columns + row * layout.row;
        lanes *to = destination.base + c * destination.channel + (i + row) * destination.row;
        for (size_t number = 0; number < pieces; number++) {
          add_tiles(from, columns, to, layout.row, number, shape);
        }
      }
    }
  }
}
