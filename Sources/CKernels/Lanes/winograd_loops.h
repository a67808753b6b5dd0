// The loops of Winograd's way along rows, for tiles see winograd_tiles.h. Included by loops.h.
#include "Lanes/winograd_tiles.h"

// Values of maps of so many rows: from a row to the next, from a value to the next, from a map to
// the next.
struct value_layout {
  size_t row, plane, map;
};
LANES_INLINE struct value_layout value_layout(size_t rows, struct lane_correlation shape) {
  const size_t tiles = winograd_tiles(shape.output_columns), plane = rows * tiles;
  return (struct value_layout){tiles, plane, winograd_values * plane};
}

static void winograd_source(struct lane_maps source, lanes *restrict values,
                            struct lane_correlation shape) {
  const struct value_layout layout = value_layout(shape.rows, shape);
  for (size_t c = 0; c < shape.channels; c++) {
    for (size_t i = 0; i < shape.rows; i++) {
      const lanes *row = source.base + c * source.channel + i * source.row;
      lanes *to = values + c * layout.map + i * layout.row;
      for (size_t tile = 0; tile < layout.row; tile++) {
        const ptrdiff_t start = (ptrdiff_t)(tile * winograd_outputs) - (ptrdiff_t)shape.left;
        const int is_inside = start >= 0 && (size_t)start + winograd_values <= shape.columns;
        for (size_t number = 0; number < pieces; number++) {
          piece d[winograd_values];
          LANES_UNROLL for (int j = 0; j < winograd_values; j++) {
            // Before the first column it wraps around.
            const int is_zero = !is_inside && (size_t)(start + j) >= shape.columns;
            d[j] = is_zero ? (piece){0} : CONSTANT_PIECE(row + start + j, number);
          }
          values_of_source(d, to + tile, layout.plane, number);
        }
      }
    }
  }
}

// MARK: Convolution, forward and backward to its input

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
  // One value after the other has its part of the input in the first cache for all outputs. A few
  // rows of all values are there anyway: where sums are short, all values go through one choice of
  // the tile's size.
  enum { few_weights = 10 };
  const size_t at_once = weights_of_output > few_weights ? 1 : winograd_values;
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
        for (size_t tile = 0; tile < layout.row; tile++, from++, to += winograd_outputs) {
          const size_t rest = shape.output_columns - tile * winograd_outputs;
          for (size_t number = 0; number < pieces; number++) {
            piece y[winograd_outputs];
            outputs_of_values(from, columns, number, b, y);
            if (rest >= winograd_outputs) {
              LANES_UNROLL for (size_t j = 0; j < winograd_outputs; j++) {
                PIECE(to + j, number) = y[j];
              }
            } else {
              LANES_UNROLL for (size_t j = 0; j < winograd_outputs; j++) {
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
  enum { shared = winograd_values - winograd_outputs };
  piece before[shared] = {0};
  for (size_t tile = 0; tile <= tiles; tile++) {
    piece d[winograd_values] = {0};
    if (tile < tiles) source_of_values(from + tile, plane, number, d);
    LANES_UNROLL for (size_t j = 0; j < winograd_outputs; j++) {
      // Wraps around before the first column.
      const size_t column = tile * winograd_outputs + j - shape.left;
      if (column < shape.columns) PIECE(row + column, number) = before[j] + d[j];
      before[j] = d[winograd_outputs + j];
    }
  }
}

static void values_of_gradients(struct lane_maps gradient, lanes *restrict values, size_t rows,
                                struct lane_correlation shape) {
  const struct value_layout layout = value_layout(rows, shape);
  for (size_t o = 0; o < shape.output_channels; o++) {
    for (size_t i = 0; i < rows; i++) {
      const lanes *row = gradient.base + o * gradient.channel + i * gradient.row;
      lanes *to = values + o * layout.map + i * layout.row;
      for (size_t tile = 0; tile < layout.row; tile++) {
        for (size_t number = 0; number < pieces; number++) {
          piece dy[winograd_outputs];
          load_gradient(row, tile, shape.output_columns, number, dy);
          values_of_gradient(dy, to + tile, layout.plane, number);
        }
      }
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

// MARK: The gradient of a convolution's weights

// Values are computed once and kept for all channels of the input:
//
// for each value, tile of up to 5 output channels, channel, and up to 5 kernel rows
//   for each row and tile of the output                    25 sums stay in registers
//     5 values of the gradient × 5 of the input            25 multiply-adds for 10 loads

LANES_INLINE void accumulate_kept_tile(const lanes *x, size_t x_rows, const lanes *dy,
                                       struct value_layout dy_layout, lanes *sums,
                                       size_t sums_of_output, ptrdiff_t first_row, size_t rows,
                                       size_t number, const int outputs, const int kernel_rows) {
  const size_t tiles = dy_layout.row;
  piece tile[lane_tile][lane_tile];
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int u = 0; u < kernel_rows; u++) {
      tile[o][u] = PIECE(sums + o * sums_of_output + u, number);
    }
  }
  for (size_t i = 0; i < rows; i++, dy += tiles) {
    const ptrdiff_t row = first_row + (ptrdiff_t)i;
    const lanes *from = x + row * (ptrdiff_t)tiles;
    if (row >= 0 && (size_t)row + (size_t)kernel_rows <= x_rows) {
      for (size_t t = 0; t < tiles; t++) {
        piece value[lane_tile];
        LANES_UNROLL for (int u = 0; u < kernel_rows; u++) {
          value[u] = CONSTANT_PIECE(from + (size_t)u * tiles + t, number);
        }
        LANES_UNROLL for (int o = 0; o < outputs; o++) {
          const piece factor = CONSTANT_PIECE(dy + o * dy_layout.map + t, number);
          LANES_UNROLL for (int u = 0; u < kernel_rows; u++) tile[o][u] += factor * value[u];
        }
      }
    } else {
      LANES_UNROLL for (int u = 0; u < kernel_rows; u++) {
        // Above the first row it wraps around.
        if ((size_t)(row + u) >= x_rows) continue;
        for (size_t t = 0; t < tiles; t++) {
          const piece value = CONSTANT_PIECE(from + (size_t)u * tiles + t, number);
          LANES_UNROLL for (int o = 0; o < outputs; o++) {
            tile[o][u] += CONSTANT_PIECE(dy + o * dy_layout.map + t, number) * value;
          }
        }
      }
    }
  }
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int u = 0; u < kernel_rows; u++) {
      PIECE(sums + o * sums_of_output + u, number) = tile[o][u];
    }
  }
}

static void accumulate_kept(const lanes *values, const lanes *gradient, lanes *restrict sums,
                            size_t first, size_t rows, struct lane_correlation shape) {
  const struct value_layout layout = value_layout(shape.rows, shape);
  const struct value_layout dy_layout = value_layout(rows, shape);
  const size_t sums_of_output = shape.channels * shape.kernel_rows;
  const size_t kernel_tiles = lane_tiles(shape.kernel_rows);
  const size_t most_rows = lane_part(shape.kernel_rows, kernel_tiles, 0).count;
  const size_t output_tiles = parts_of(shape.output_channels, most_beside(most_rows));
  for (size_t value = 0; value < winograd_values; value++) {
    for (size_t output_tile = 0; output_tile < output_tiles; output_tile++) {
      const struct lane_part outputs = lane_part(shape.output_channels, output_tiles, output_tile);
      const lanes *dy = gradient + outputs.start * dy_layout.map + value * dy_layout.plane;
      for (size_t c = 0; c < shape.channels; c++) {
        const lanes *x = values + c * layout.map + value * layout.plane;
        for (size_t kernel_tile = 0; kernel_tile < kernel_tiles; kernel_tile++) {
          const struct lane_part kernel = lane_part(shape.kernel_rows, kernel_tiles, kernel_tile);
          const ptrdiff_t first_row = (ptrdiff_t)(first + kernel.start) - (ptrdiff_t)shape.top;
          lanes *sum = sums + (value * shape.output_channels + outputs.start) * sums_of_output +
                       c * shape.kernel_rows + kernel.start;
          for (size_t number = 0; number < pieces; number++) {
#define TILE(OUTPUTS, ROWS)                                                                     \
  accumulate_kept_tile(x, shape.rows, dy, dy_layout, sum, sums_of_output, first_row, rows,     \
                       number, OUTPUTS, ROWS)
            CASES(outputs.count, kernel.count)
#undef TILE
          }
        }
      }
    }
  }
}

// With one or two channels it is faster to compute values where they are used:
//
// for each tile of 2 output channels, 1 with few registers,
// pair of values, channel, and up to 5 kernel rows
//   for each row and tile of the output                    20 sums stay in registers
//     2 values of 2 gradients × 5 of the input             20 multiply-adds for 18 loads and 8
//                                                          additions

// Two values of an output channel after the other, and of the outputs beside them.
struct pair_sums {
  lanes *of_value[2];
  size_t output;
};

LANES_INLINE void accumulate_pair_tile(const lanes *const x[2], size_t x_rows,
                                       struct lane_maps gradient, struct pair_sums sums,
                                       ptrdiff_t first_row, size_t rows, size_t columns,
                                       size_t number, const int pair, const int outputs,
                                       const int kernel_rows) {
  enum { most_outputs = 2 };
  const size_t tiles = winograd_tiles(columns);
  piece tile[2][most_outputs][lane_tile];
  LANES_UNROLL for (int p = 0; p < 2; p++) {
    LANES_UNROLL for (int o = 0; o < outputs; o++) {
      LANES_UNROLL for (int u = 0; u < kernel_rows; u++) {
        tile[p][o][u] = PIECE(sums.of_value[p] + o * sums.output + u, number);
      }
    }
  }
  for (size_t i = 0; i < rows; i++) {
    const ptrdiff_t row = first_row + (ptrdiff_t)i;
    const int is_inside = row >= 0 && (size_t)row + (size_t)kernel_rows <= x_rows;
    const ptrdiff_t offset = row * (ptrdiff_t)tiles;
    for (size_t t = 0; t < tiles; t++) {
      piece factor[most_outputs][2];
      LANES_UNROLL for (int o = 0; o < outputs; o++) {
        piece dy[winograd_outputs];
        load_gradient(gradient.base + o * gradient.channel + i * gradient.row, t, columns, number,
                      dy);
        pair_of_gradient(dy, factor[o], pair);
      }
      LANES_UNROLL for (int p = 0; p < 2; p++) {
        LANES_UNROLL for (int u = 0; u < kernel_rows; u++) {
          // Above the first row it wraps around.
          if (!is_inside && (size_t)(row + u) >= x_rows) continue;
          const piece value = CONSTANT_PIECE(x[p] + offset + u * tiles + t, number);
          LANES_UNROLL for (int o = 0; o < outputs; o++) tile[p][o][u] += factor[o][p] * value;
        }
      }
    }
  }
  LANES_UNROLL for (int p = 0; p < 2; p++) {
    LANES_UNROLL for (int o = 0; o < outputs; o++) {
      LANES_UNROLL for (int u = 0; u < kernel_rows; u++) {
        PIECE(sums.of_value[p] + o * sums.output + u, number) = tile[p][o][u];
      }
    }
  }
}

static void accumulate_pairs(const lanes *values, struct lane_maps gradient, lanes *restrict sums,
                             size_t first, size_t rows, struct lane_correlation shape) {
  const struct value_layout layout = value_layout(shape.rows, shape);
  const size_t sums_of_output = shape.channels * shape.kernel_rows;
  const size_t kernel_tiles = lane_tiles(shape.kernel_rows);
  const size_t output_tiles = parts_of(shape.output_channels, most_sums < 4 * lane_tile ? 1 : 2);
  for (size_t output_tile = 0; output_tile < output_tiles; output_tile++) {
    const struct lane_part outputs = lane_part(shape.output_channels, output_tiles, output_tile);
    const struct lane_maps dy = {gradient.base + outputs.start * gradient.channel, gradient.row,
                                 gradient.channel};
    for (size_t pair = 0; pair < winograd_pairs; pair++) {
      for (size_t c = 0; c < shape.channels; c++) {
        for (size_t kernel_tile = 0; kernel_tile < kernel_tiles; kernel_tile++) {
          const struct lane_part kernel = lane_part(shape.kernel_rows, kernel_tiles, kernel_tile);
          const ptrdiff_t first_row = (ptrdiff_t)(first + kernel.start) - (ptrdiff_t)shape.top;
          const lanes *x[2];
          struct pair_sums sum = {.output = sums_of_output};
          for (int p = 0; p < 2; p++) {
            const size_t value = winograd_values_of_pair[pair][p];
            x[p] = values + c * layout.map + value * layout.plane;
            sum.of_value[p] =
                sums + (value * shape.output_channels + outputs.start) * sums_of_output +
                c * shape.kernel_rows + kernel.start;
          }
          for (size_t number = 0; number < pieces; number++) {
#define ROWS(PAIR, OUTPUTS, COUNT)                                                             \
  case COUNT:                                                                                  \
    accumulate_pair_tile(x, shape.rows, dy, sum, first_row, rows, shape.output_columns, number, \
                         PAIR, OUTPUTS, COUNT);                                                \
    break;
#define OUTPUTS(PAIR, COUNT)                                                       \
  switch (kernel.count) {                                                          \
    ROWS(PAIR, COUNT, 1) ROWS(PAIR, COUNT, 2) ROWS(PAIR, COUNT, 3)                 \
    ROWS(PAIR, COUNT, 4) ROWS(PAIR, COUNT, 5)                                      \
  }
#define PAIR(PAIR)              \
  case PAIR:                    \
    if (outputs.count == 1) {   \
      OUTPUTS(PAIR, 1)          \
    } else {                    \
      OUTPUTS(PAIR, 2)          \
    }                           \
    break;
            switch (pair) {
              PAIR(pair_of_zero_and_infinite)
              PAIR(pair_of_one)
              PAIR(pair_of_two)
              PAIR(pair_of_half)
            }
#undef ROWS
#undef OUTPUTS
#undef PAIR
          }
        }
      }
    }
  }
}

static void winograd_accumulate(const lanes *values, struct lane_maps gradient,
                                lanes *restrict sums, lanes *restrict gradient_values,
                                size_t first, size_t end, struct lane_correlation shape) {
  if (shape.channels <= few_winograd_channels) {
    accumulate_pairs(values, gradient, sums, first, end - first, shape);
  } else {
    values_of_gradients(gradient, gradient_values, end - first, shape);
    accumulate_kept(values, gradient_values, sums, first, end - first, shape);
  }
}
