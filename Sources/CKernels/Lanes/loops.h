// The inner loops in lane order for one set of instructions: included by each of them after it has
// defined `PIECE_LANES`, the lanes of a register, and `most_sums`, the registers that are left for
// sums where a few factors and a pixel have theirs.
//
// A vector of 16 images is one register or several pieces. Tiles of sums stay in registers; which
// tiles makes no difference for the results, as each sum has its order.
#include "Lanes/internal.h"

enum { piece_lanes = PIECE_LANES, pieces = tandem_lane_count / piece_lanes };
typedef float piece __attribute__((vector_size(piece_lanes * sizeof(float)), may_alias));

// Piece number `number` of a vector.
#define PIECE(VECTOR, NUMBER) (((piece *)(VECTOR))[NUMBER])
#define CONSTANT_PIECE(VECTOR, NUMBER) (((const piece *)(VECTOR))[NUMBER])

#include "Lanes/tiles.h"

// MARK: Convolution, forward and backward to its input

// for each row of the output                       rows of zeros above and below are left out
//   for each tile of up to 5 columns               8 beside two or three outputs
//     for each tile of up to 5 output channels     their sums stay in registers
//       for each channel, kernel row, kernel column
//         5 factors × 5 pixels                     25 multiply-adds for 10 loads
//
// A tile's part of the input, channels × kernel rows × 9 columns, stays in the first cache from one
// tile of outputs to the next. Beside the input, where kernel columns meet zeros, there are fewer
// multiply-adds: 50 of 70 are left when a 5×5 convolution brings the gradient of 10 columns back to
// 14.

// Rows of the kernel that meet rows of the input.
struct lane_rows {
  size_t first, end;
};
LANES_INLINE struct lane_rows kernel_rows_of(size_t output_row, struct lane_correlation shape) {
  const size_t rows_below = shape.rows + shape.top - output_row;
  return (struct lane_rows){output_row < shape.top ? shape.top - output_row : 0,
                            rows_below < shape.kernel_rows ? rows_below : shape.kernel_rows};
}

// The columns of a tile that kernel column v multiplies with columns of the input, not of zeros.
struct lane_columns {
  int first, end;
};
LANES_INLINE struct lane_columns columns_beside_zeros(size_t tile_start, size_t v, int columns,
                                                      struct lane_correlation shape) {
  const ptrdiff_t before = (ptrdiff_t)shape.left - (ptrdiff_t)(tile_start + v);
  const ptrdiff_t end = before + (ptrdiff_t)shape.columns;
  return (struct lane_columns){before > 0 ? (int)before : 0, end < columns ? (int)end : columns};
}

// Whether a tile of columns meets zeros.
LANES_INLINE int is_beside_zeros(struct lane_part columns, struct lane_correlation shape) {
  return columns.start < shape.left || columns.start + columns.count + shape.kernel_columns - 1 >
                                           shape.left + shape.columns;
}

LANES_INLINE void add_columns(piece sums[lane_tile][most_beside_one], const lanes *x,
                              const float *weights, size_t number, const int outputs,
                              const int first, const int end) {
  piece factor[lane_tile];
  // Minus zero spreads a number over a vector without an addition at run time.
  LANES_UNROLL for (int o = 0; o < outputs; o++) factor[o] = weights[o] - (piece){0};
  LANES_UNROLL for (int j = first; j < end; j++) {
    LANES_UNROLL for (int o = 0; o < outputs; o++) {
      sums[o][j] += CONSTANT_PIECE(x + j, number) * factor[o];
    }
  }
}

// The same with columns that are known at run time only; nothing where there are none. Zeros lie on
// one side of a tile unless the map is narrower than that: then its columns are added one by one.
LANES_INLINE void add_some_columns(piece sums[lane_tile][most_beside_one], const lanes *x,
                                   const float *weights, size_t number, const int outputs,
                                   const int columns, struct lane_columns some) {
#define ADD(FIRST, END)                                                                   \
  if (FIRST < END && END <= columns) add_columns(sums, x, weights, number, outputs, FIRST, END)
#define COLUMNS_TO(END) case END: ADD(0, END); break;
#define COLUMNS_FROM(FIRST) case FIRST: ADD(FIRST, columns); break;
#define COLUMN(PLACE) case PLACE: ADD(PLACE, PLACE + 1); break;
  if (some.first == 0) {
    switch (some.end) {
      COLUMNS_TO(1) COLUMNS_TO(2) COLUMNS_TO(3) COLUMNS_TO(4)
      COLUMNS_TO(5) COLUMNS_TO(6) COLUMNS_TO(7) COLUMNS_TO(8)
    }
  } else if (some.end == columns) {
    switch (some.first) {
      COLUMNS_FROM(1) COLUMNS_FROM(2) COLUMNS_FROM(3) COLUMNS_FROM(4)
      COLUMNS_FROM(5) COLUMNS_FROM(6) COLUMNS_FROM(7)
    }
  } else {
    for (int j = some.first; j < some.end; j++) {
      switch (j) { COLUMN(1) COLUMN(2) COLUMN(3) COLUMN(4) COLUMN(5) COLUMN(6) }
    }
  }
#undef ADD
#undef COLUMNS_TO
#undef COLUMNS_FROM
#undef COLUMN
}

// Where a tile begins: in the input, as if it had its columns of zeros, in the weights and the
// bias, and in the output.
struct lane_place {
  const lanes *source;
  const float *weights, *bias;
  lanes *destination;
  size_t column;
};

LANES_INLINE void correlate_tile(struct lane_place place, struct lane_maps layout,
                                 size_t destination_channel, struct lane_rows kernel,
                                 struct lane_correlation shape, size_t number, const int outputs,
                                 const int columns, const int meets_zeros) {
  piece sums[lane_tile][most_beside_one];
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int j = 0; j < columns; j++) sums[o][j] = (piece){0};
  }
  for (size_t c = 0; c < shape.channels; c++) {
    for (size_t u = kernel.first; u < kernel.end; u++) {
      const lanes *x = place.source + c * layout.channel + u * layout.row;
      const float *w = place.weights + (c * shape.kernel_rows + u) * shape.kernel_columns * outputs;
      for (size_t v = 0; v < shape.kernel_columns; v++, x++, w += outputs) {
        if (meets_zeros) {
          add_some_columns(sums, x, w, number, outputs, columns,
                           columns_beside_zeros(place.column, v, columns, shape));
        } else {
          add_columns(sums, x, w, number, outputs, 0, columns);
        }
      }
    }
  }
  // Last, as registers that start as zeros cost nothing, and copies of the bias do: with 25 terms a
  // sum, they took 4 % of the time on Zen 5.
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    const piece bias = (place.bias ? place.bias[o] : 0) - (piece){0};
    LANES_UNROLL for (int j = 0; j < columns; j++) {
      PIECE(place.destination + o * destination_channel + j, number) = sums[o][j] + bias;
    }
  }
}

static void correlate(struct lane_maps source, const float *restrict packed_weights,
                      const float *restrict bias, struct lane_maps destination, size_t first,
                      size_t end, struct lane_correlation shape) {
  const size_t weights_of_output = shape.channels * shape.kernel_rows * shape.kernel_columns;
  const size_t output_tiles = lane_tiles(shape.output_channels);
  const size_t most_outputs = lane_part(shape.output_channels, output_tiles, 0).count;
  size_t most = most_columns(most_outputs);
  // TILE below has no cases for wider tiles beside zeros.
  if (has_zeros_beside(shape) && most > most_beside_few) most = most_beside_few;
  const size_t column_tiles = parts_of(shape.output_columns, most);
  for (size_t i = first; i < end; i++) {
    const struct lane_rows kernel = kernel_rows_of(i, shape);
    // May lie before the input, where nothing is read.
    const lanes *row = source.base - shape.left +
                       (ptrdiff_t)source.row * ((ptrdiff_t)i - (ptrdiff_t)shape.top);
    for (size_t column_tile = 0; column_tile < column_tiles; column_tile++) {
      const struct lane_part columns = lane_part(shape.output_columns, column_tiles, column_tile);
      const int meets_zeros = is_beside_zeros(columns, shape);
      for (size_t output_tile = 0; output_tile < output_tiles; output_tile++) {
        const struct lane_part outputs =
            lane_part(shape.output_channels, output_tiles, output_tile);
        const struct lane_place place = {
            row + columns.start, packed_weights + outputs.start * weights_of_output,
            bias ? bias + outputs.start : 0,
            destination.base + outputs.start * destination.channel + (i - first) * destination.row +
                columns.start,
            columns.start};
        for (size_t number = 0; number < pieces; number++) {
#define TILE(OUTPUTS, COLUMNS)                                                                 \
  if (meets_zeros && COLUMNS <= most_beside_few) {                                              \
    correlate_tile(place, source, destination.channel, kernel, shape, number, OUTPUTS, COLUMNS, \
                   1);                                                                          \
  } else {                                                                                      \
    correlate_tile(place, source, destination.channel, kernel, shape, number, OUTPUTS, COLUMNS, \
                   0);                                                                          \
  }
          CASES_OF_COLUMNS(outputs.count, columns.count)
#undef TILE
        }
      }
    }
  }
}

// MARK: The gradient of a convolution's weights

// for each tile of up to 5 output channels
//   for each channel, kernel row, and up to 5 columns of it   25 sums stay in registers
//     for each row and column of the output
//       5 gradients × 5 pixels                                25 multiply-adds for 10 loads;
//                                                             fewer where columns meet zeros
//
// The callers hand in as many rows at a time as the first cache holds. Lanes are added up at the
// end only.

// Which columns of the input some kernel columns meet: at column j of the output the first of them
// meets column `first` + j. At columns [before, end) of the output all of them meet the input, at
// others some meet zeros.
struct lane_sides {
  ptrdiff_t first;
  size_t input_columns;
  size_t before, end, output_columns;
};
LANES_INLINE struct lane_sides sides_of(struct lane_part kernel_columns,
                                        struct lane_correlation shape) {
  const ptrdiff_t first = (ptrdiff_t)kernel_columns.start - (ptrdiff_t)shape.left;
  const ptrdiff_t columns = (ptrdiff_t)shape.output_columns;
  const ptrdiff_t last = (ptrdiff_t)shape.columns - (ptrdiff_t)kernel_columns.count - first;
  const ptrdiff_t before = first > 0 ? 0 : -first < columns ? -first : columns;
  const ptrdiff_t end = last < before ? before : last < columns ? last + 1 : columns;
  return (struct lane_sides){first, shape.columns, (size_t)before, (size_t)end,
                             shape.output_columns};
}

// Column j of the output, where some kernel columns meet zeros.
LANES_INLINE void accumulate_beside_zeros(piece tile[lane_tile][lane_tile], const lanes *x,
                                          const lanes *dy, size_t dy_channel, size_t j,
                                          struct lane_sides sides, size_t number,
                                          const int outputs, const int kernel_columns) {
  LANES_UNROLL for (int v = 0; v < kernel_columns; v++) {
    // Before the first column it wraps around.
    if ((size_t)(sides.first + (ptrdiff_t)j + v) >= sides.input_columns) continue;
    const piece pixel = CONSTANT_PIECE(x + j + v, number);
    LANES_UNROLL for (int o = 0; o < outputs; o++) {
      tile[o][v] += CONSTANT_PIECE(dy + o * dy_channel + j, number) * pixel;
    }
  }
}

LANES_INLINE void accumulate_tile(const lanes *source, size_t source_row, const lanes *gradient,
                                  struct lane_maps layout, lanes *sums, size_t sums_of_output,
                                  size_t rows, struct lane_sides sides, size_t number,
                                  const int outputs, const int kernel_columns) {
  piece tile[lane_tile][lane_tile];
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int v = 0; v < kernel_columns; v++) {
      tile[o][v] = PIECE(sums + o * sums_of_output + v, number);
    }
  }
  for (size_t i = 0; i < rows; i++) {
    const lanes *x = source + i * source_row, *dy = gradient + i * layout.row;
    size_t j = 0;
    for (; j < sides.before; j++) {
      accumulate_beside_zeros(tile, x, dy, layout.channel, j, sides, number, outputs,
                              kernel_columns);
    }
    for (; j < sides.end; j++) {
      piece pixel[lane_tile];
      LANES_UNROLL for (int v = 0; v < kernel_columns; v++) {
        pixel[v] = CONSTANT_PIECE(x + j + v, number);
      }
      LANES_UNROLL for (int o = 0; o < outputs; o++) {
        const piece factor = CONSTANT_PIECE(dy + o * layout.channel + j, number);
        LANES_UNROLL for (int v = 0; v < kernel_columns; v++) tile[o][v] += factor * pixel[v];
      }
    }
    for (; j < sides.output_columns; j++) {
      accumulate_beside_zeros(tile, x, dy, layout.channel, j, sides, number, outputs,
                              kernel_columns);
    }
  }
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int v = 0; v < kernel_columns; v++) {
      PIECE(sums + o * sums_of_output + v, number) = tile[o][v];
    }
  }
}

static void accumulate(struct lane_maps source, struct lane_maps gradient, lanes *restrict sums,
                       size_t first, size_t end, struct lane_correlation shape) {
  const size_t sums_of_output = shape.channels * shape.kernel_rows * shape.kernel_columns;
  // Columns of a kernel first: they are few.
  const size_t kernel_tiles = lane_tiles(shape.kernel_columns);
  const size_t most_columns = lane_part(shape.kernel_columns, kernel_tiles, 0).count;
  const size_t output_tiles = parts_of(shape.output_channels, most_beside(most_columns));
  for (size_t output_tile = 0; output_tile < output_tiles; output_tile++) {
    const struct lane_part outputs = lane_part(shape.output_channels, output_tiles, output_tile);
    for (size_t c = 0; c < shape.channels; c++) {
      for (size_t u = 0; u < shape.kernel_rows; u++) {
        // The rows of the output to which kernel row u brings a row of the input, not of zeros.
        size_t begin = u < shape.top ? shape.top - u : 0;
        if (begin < first) begin = first;
        size_t last = shape.rows + shape.top > u ? shape.rows + shape.top - u : 0;
        if (last > end) last = end;
        if (begin >= last) continue;
        const lanes *dy =
            gradient.base + outputs.start * gradient.channel + (begin - first) * gradient.row;
        for (size_t kernel_tile = 0; kernel_tile < kernel_tiles; kernel_tile++) {
          const struct lane_part kernel_columns =
              lane_part(shape.kernel_columns, kernel_tiles, kernel_tile);
          const struct lane_sides sides = sides_of(kernel_columns, shape);
          const lanes *x = source.base + c * source.channel +
                           (begin + u - shape.top) * source.row + sides.first;
          lanes *sum = sums + outputs.start * sums_of_output +
                       (c * shape.kernel_rows + u) * shape.kernel_columns + kernel_columns.start;
          for (size_t number = 0; number < pieces; number++) {
#define TILE(OUTPUTS, COLUMNS)                                                            \
  accumulate_tile(x, source.row, dy, gradient, sum, sums_of_output, last - begin, sides, \
                  number, OUTPUTS, COLUMNS)
            CASES(outputs.count, kernel_columns.count)
#undef TILE
          }
        }
      }
    }
  }
}

#include "Lanes/winograd_convolution.h"
#include "Lanes/winograd_weights.h"

// MARK: A dense layer forward

// for each group of up to 5 blocks of images
//   for each chunk of features                    its pixels stay in the first cache
//     for each tile of up to 5 outputs            25 sums stay in registers
//       for each feature
//         5 factors × 5 blocks                    25 multiply-adds for 10 loads
//
// With fewer registers it is outputs that are fewer: weights are read from memory by each group.
// The last few images are computed along with the last group, see dense_tail.h.
enum {
  features_of_chunk = 128,
  line_floats = 16,
  has_few_registers = most_sums < lane_tile * lane_tile,
  most_blocks = has_few_registers ? 4 : lane_tile,
  most_sums_and_factors = most_sums + (has_few_registers ? 3 : lane_tile),
};

LANES_INLINE void product_tile(const lanes *source, const float *weights, size_t features,
                               lanes *sums, size_t all_outputs, size_t count, size_t number,
                               const int outputs, const int blocks) {
  piece tile[lane_tile][most_beside_one];
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int b = 0; b < blocks; b++) {
      tile[o][b] = PIECE(sums + b * all_outputs + o, number);
    }
  }
  // Rows of weights are far apart, and each chunk of one is too short for the processor to see that
  // more of the next ones will be needed: without asking for them 25 % of the time goes by waiting.
  _Pragma("clang loop unroll_count(2)")
  for (size_t f = 0; f < count; f++) {
    piece factor[lane_tile];
    if (f % line_floats == 0) {
      LANES_UNROLL for (int o = 0; o < outputs; o++) {
        __builtin_prefetch(weights + (outputs + o) * features + f);
      }
    }
    LANES_UNROLL for (int o = 0; o < outputs; o++) {
      factor[o] = weights[o * features + f] - (piece){0};
    }
    LANES_UNROLL for (int b = 0; b < blocks; b++) {
      LANES_UNROLL for (int o = 0; o < outputs; o++) {
        tile[o][b] += CONSTANT_PIECE(source + b * features + f, number) * factor[o];
      }
    }
  }
  LANES_UNROLL for (int o = 0; o < outputs; o++) {
    LANES_UNROLL for (int b = 0; b < blocks; b++) {
      PIECE(sums + b * all_outputs + o, number) = tile[o][b];
    }
  }
}

#include "Lanes/dense_tail.h"

static void add_products(const lanes *source, const float *weights, lanes *sums,
                         struct lane_dense dense) {
  const size_t features = dense.features;
  const size_t groups = dense.blocks ? parts_of(dense.blocks, most_blocks) : 1;
  for (size_t g = 0; g < groups; g++) {
    const struct lane_part group = lane_part(dense.blocks, groups, g);
    const size_t most_outputs = most_sums_and_factors / (group.count + 1);
    const size_t tile_outputs = most_outputs < lane_tile ? most_outputs : lane_tile;
    // The last images go along with the last group, a few outputs at a time, while these outputs'
    // weights are in the first cache.
    const int has_tail = dense.tail && g + 1 == groups;
    const size_t band_outputs = has_tail ? lane_tail_band : dense.outputs;
    for (size_t first = 0; first < features; first += features_of_chunk) {
      const size_t rest = features - first;
      const size_t count = rest < features_of_chunk ? rest : features_of_chunk;
      for (size_t band = 0; band * band_outputs < dense.outputs; band++) {
        const size_t start = band * band_outputs, others = dense.outputs - start;
        const size_t outputs = others < band_outputs ? others : band_outputs;
        const size_t tiles = group.count ? parts_of(outputs, tile_outputs) : 0;
        for (size_t t = 0; t < tiles; t++) {
          const struct lane_part part = lane_part(outputs, tiles, t);
          const lanes *x = source + group.start * features + first;
          const float *w = weights + (start + part.start) * features + first;
          lanes *y = sums + group.start * dense.outputs + start + part.start;
          for (size_t number = 0; number < pieces; number++) {
#define TILE(OUTPUTS, BLOCKS) \
  product_tile(x, w, features, y, dense.outputs, count, number, OUTPUTS, BLOCKS)
            CASES(part.count, group.count)
#undef TILE
          }
        }
        if (!has_tail) continue;
        const lanes *x = source + dense.blocks * features + first;
        const float *w = weights + lane_tail_start(band, dense) * features + first;
        lanes *y = sums + dense.blocks * dense.outputs + band * dense.tail;
        add_tail(x, w, features, y, count, dense.tail);
      }
    }
  }
}
