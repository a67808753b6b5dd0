// Winograd's way along rows for the gradient of a convolution's weights. Included by loops.h.
#include "Lanes/winograd_values.h"

// Values of the output's gradient are computed once and kept for all channels of the input:
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

// Where the sums of a pair's two values begin, and from one output channel to the next.
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
        piece dy[winograd_columns];
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
