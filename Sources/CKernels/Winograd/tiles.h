// Tiles of maps on their way into and out of products: included by each set of instructions after
// transforms.h and the header of its factors.

// Some channel blocks of maps, [images][all blocks][rows][columns][block].
struct maps {
  size_t rows, columns;
  size_t all_blocks;  // of an image
  size_t block;       // elements of one: rows · columns · lanes
};

// Where a tile is.
struct place {
  size_t image, row, column;
};
WINOGRAD_INLINE struct place place_of(size_t tile, const struct winograd_pass *pass) {
  const size_t in_image = pass->tile_rows * pass->tile_columns;
  const size_t rest = tile % in_image;
  return (struct place){tile / in_image, rest / pass->tile_columns, rest % pass->tile_columns};
}

static struct maps input_maps(const struct winograd_pass *pass) {
  return (struct maps){pass->rows, pass->columns, pass->groups * pass->blocks,
                       pass->rows * pass->columns * lane_count};
}
static struct maps output_maps(const struct winograd_pass *pass) {
  return (struct maps){pass->output_rows, pass->output_columns, pass->groups * pass->output_blocks,
                       pass->output_rows * pass->output_columns * lane_count};
}

static const map_number zeros[tile_side * lane_count] __attribute__((aligned(64)));

// A square of numbers of some maps that may reach over their edges: the start of each row, how far
// the same row of the next channel block is, and which columns are inside.
struct square {
  const map_number *rows[tile_side];
  size_t steps[tile_side];
  column_mask columns[tile_side];
  bool is_inside;
};
WINOGRAD_INLINE void find_square(struct square *square, const map_number *block, struct maps maps,
                                 ptrdiff_t row, ptrdiff_t column, const int side) {
  const ptrdiff_t rows = (ptrdiff_t)maps.rows, columns = (ptrdiff_t)maps.columns;
  square->is_inside = row >= 0 && column >= 0 && row + side <= rows && column + side <= columns;
  WINOGRAD_UNROLL for (int i = 0; i < side; i++) {
    const bool has_row = row + i >= 0 && row + i < rows;
    const bool has_column = column + i >= 0 && column + i < columns;
    square->rows[i] = has_row ? block + ((row + i) * columns + column) * lane_count : zeros;
    square->steps[i] = has_row ? maps.block : 0;
    square->columns[i] = MASK_OF(has_column);
  }
}
WINOGRAD_INLINE void next_block(struct square *square, const int side) {
  WINOGRAD_UNROLL for (int i = 0; i < side; i++) square->rows[i] += square->steps[i];
}
#define ELEMENT(SQUARE, I, J, INSIDE)                              \
  ((INSIDE) ? LOAD_MAP((SQUARE)->rows[I] + (J) * lane_count)       \
            : LOAD_MAP_WHERE((SQUARE)->columns[J], (SQUARE)->rows[I] + (J) * lane_count))

// A number of V as a factor of products, or as it is.
#define PUT_NUMBER(TO, AT, NUMBER, AS_FACTOR)     \
  do {                                            \
    if (AS_FACTOR) {                              \
      STORE_FACTOR((factor *)(TO) + (AT), NUMBER); \
    } else {                                      \
      STORE((float *)(TO) + (AT), NUMBER);        \
    }                                             \
  } while (0)

// Bᵀ x, of which x is one row of Bᵀ d: `step` numbers apart.
WINOGRAD_INLINE void store_input_row(const lanes x[tile_side], void *to, size_t at, size_t step,
                                     const bool as_factor) {
  const lanes even_a = x[4] - B2 * x[2], odd_a = x[3] - B2 * x[1];
  const lanes even_b = x[4] - A2 * x[2], odd_b = x[3] - A2 * x[1];
  PUT_NUMBER(to, at, A2 * B2 * x[0] + (x[4] - (A2 + B2) * x[2]), as_factor);
  PUT_NUMBER(to, at + step, even_a + POINT_A * odd_a, as_factor);
  PUT_NUMBER(to, at + 2 * step, even_a - POINT_A * odd_a, as_factor);
  PUT_NUMBER(to, at + 3 * step, even_b + POINT_B * odd_b, as_factor);
  PUT_NUMBER(to, at + 4 * step, even_b - POINT_B * odd_b, as_factor);
  PUT_NUMBER(to, at + 5 * step, A2 * B2 * x[1] + (x[5] - (A2 + B2) * x[3]), as_factor);
}

// Bᵀ d B of one tile of one block, as factors or as floats.
WINOGRAD_INLINE void store_input(const struct square *square, void *to, size_t step,
                                 const bool inside, const bool as_factor) {
  lanes plus[tile_side], minus[tile_side];
#define X(I) ELEMENT(square, I, j, inside)
  WINOGRAD_UNROLL for (int j = 0; j < tile_side; j++) {
    plus[j] = A2 * B2 * X(0) + (X(4) - (A2 + B2) * X(2));
  }
  store_input_row(plus, to, 0, step, as_factor);
  WINOGRAD_UNROLL for (int j = 0; j < tile_side; j++) {
    const lanes even = X(4) - B2 * X(2), odd = X(3) - B2 * X(1);
    plus[j] = even + POINT_A * odd;
    minus[j] = even - POINT_A * odd;
  }
  store_input_row(plus, to, 6 * step, step, as_factor);
  store_input_row(minus, to, 12 * step, step, as_factor);
  WINOGRAD_UNROLL for (int j = 0; j < tile_side; j++) {
    const lanes even = X(4) - A2 * X(2), odd = X(3) - A2 * X(1);
    plus[j] = even + POINT_B * odd;
    minus[j] = even - POINT_B * odd;
  }
  store_input_row(plus, to, 18 * step, step, as_factor);
  store_input_row(minus, to, 24 * step, step, as_factor);
  WINOGRAD_UNROLL for (int j = 0; j < tile_side; j++) {
    plus[j] = A2 * B2 * X(1) + (X(5) - (A2 + B2) * X(3));
  }
  store_input_row(plus, to, 30 * step, step, as_factor);
#undef X
}

WINOGRAD_INLINE void find_input(struct square *square, const map_number *source, size_t block,
                                size_t tile, struct maps maps, const struct winograd_pass *pass) {
  const ptrdiff_t side = (ptrdiff_t)tile_step(pass->kernel);
  const struct place place = place_of(tile, pass);
  find_square(square, source + (place.image * maps.all_blocks + block) * maps.block, maps,
              (ptrdiff_t)place.row * side - pass->top, (ptrdiff_t)place.column * side - pass->left,
              tile_side);
}

// V[point][block][tile][channel] of some tiles and `blocks` blocks from `first_block` on; from one
// point to the next `step`.
__attribute__((noinline)) static void store_inputs(const map_number *source, size_t first_block,
                                                   size_t blocks, size_t first_tile, size_t tiles,
                                                   factor *v, size_t step,
                                                   const struct winograd_pass *pass) {
  const struct maps maps = input_maps(pass);
  for (size_t tile = 0; tile < tiles; tile++) {
    struct square square;
    find_input(&square, source, first_block, first_tile + tile, maps, pass);
    factor *to = v + tile * lane_count;
    if (square.is_inside) {
      for (size_t block = 0; block < blocks; block++, to += tiles * lane_count) {
        store_input(&square, to, step, true, true);
        next_block(&square, tile_side);
      }
    } else {
      for (size_t block = 0; block < blocks; block++, to += tiles * lane_count) {
        store_input(&square, to, step, false, true);
        next_block(&square, tile_side);
      }
    }
  }
}

// Numbers of some tiles that are terms of a sum, [term][point][lane], beside each other.
WINOGRAD_INLINE void store_terms(float numbers[terms][tile_points * lane_count], factor *to,
                                 size_t step) {
  for (size_t point = 0; point < tile_points; point++) {
    STORE_TERMS(to + point * step, numbers, point * lane_count);
  }
}

// The same with tiles as terms: V[point][block][tile / terms][channel][term].
__attribute__((noinline)) static void store_input_terms(const map_number *source,
                                                        size_t first_block, size_t blocks,
                                                        size_t first_tile, size_t tiles, factor *v,
                                                        size_t step,
                                                        const struct winograd_pass *pass) {
  if (terms == 1) {
    store_inputs(source, first_block, blocks, first_tile, tiles, v, step, pass);
    return;
  }
  const struct maps maps = input_maps(pass);
  const size_t block_step = whole_terms(tiles, terms) * lane_count;
  float numbers[terms][tile_points * lane_count] __attribute__((aligned(64)));
  for (size_t tile = 0; tile < tiles; tile += terms) {
    struct square squares[terms];
    const size_t rest = tiles - tile, count = rest < terms ? rest : terms;
    for (size_t term = 0; term < count; term++) {
      find_input(&squares[term], source, first_block, first_tile + tile + term, maps, pass);
    }
    if (count < terms) memset(numbers, 0, sizeof numbers);
    for (size_t block = 0; block < blocks; block++) {
      for (size_t term = 0; term < count; term++) {
        if (squares[term].is_inside) {
          store_input(&squares[term], numbers[term], lane_count, true, false);
        } else {
          store_input(&squares[term], numbers[term], lane_count, false, false);
        }
        next_block(&squares[term], tile_side);
      }
      store_terms(numbers, v + block * block_step + tile * lane_count, step);
    }
  }
}

// A dy Aᵀ of one tile of one block; adds the tile's numbers to `*sum`.
WINOGRAD_INLINE void store_gradient(const struct square *square, float *to, size_t step, lanes *sum,
                                    const int side, const bool inside) {
  lanes numbers[4 * 4];
  WINOGRAD_UNROLL for (int i = 0; i < side; i++) {
    lanes row = {0};
    WINOGRAD_UNROLL for (int j = 0; j < side; j++) {
      numbers[i * side + j] = ELEMENT(square, i, j, inside);
      row += numbers[i * side + j];
    }
    *sum += row;
  }
  store_evaluated(numbers, to, step, side, false);
}

WINOGRAD_INLINE void store_gradients_of(const int side, const map_number *gradient,
                                        size_t first_block, size_t blocks, size_t first_tile,
                                        size_t tiles, factor *d, size_t step, float *bias_gradient,
                                        const struct winograd_pass *pass) {
  const struct maps maps = output_maps(pass);
  const size_t block_step = whole_terms(tiles, terms) * lane_count;
  float numbers[terms][tile_points * lane_count] __attribute__((aligned(64)));
  for (size_t block = 0; block < blocks; block++) {
    lanes sum = {0};
    for (size_t tile = 0; tile < tiles; tile += terms) {
      factor *to = d + block * block_step + tile * lane_count;
      for (size_t term = 0; term < terms; term++) {
        if (tile + term >= tiles) {
          memset(numbers[term], 0, sizeof numbers[term]);
          continue;
        }
        const struct place place = place_of(first_tile + tile + term, pass);
        struct square square;
        find_square(&square,
                    gradient + (place.image * maps.all_blocks + first_block + block) * maps.block,
                    maps, (ptrdiff_t)place.row * side, (ptrdiff_t)place.column * side, side);
        // Single terms need no memory between.
        float *numbers_of_term = terms == 1 ? (float *)to : numbers[term];
        const size_t step_of_term = terms == 1 ? step : lane_count;
        if (square.is_inside) {
          store_gradient(&square, numbers_of_term, step_of_term, &sum, side, true);
        } else {
          store_gradient(&square, numbers_of_term, step_of_term, &sum, side, false);
        }
      }
      if (terms > 1) store_terms(numbers, to, step);
    }
    if (bias_gradient) {
      float *total = bias_gradient + block * lane_count;
      STORE(total, LOAD(total) + sum);
    }
  }
}

// The same of the gradient's tiles, D[point][block][tile / terms][output][term]; adds the sum over
// these tiles to the bias's gradient, which may be null.
__attribute__((noinline)) static void store_gradients(const map_number *gradient,
                                                      size_t first_block, size_t blocks,
                                                      size_t first_tile, size_t tiles, factor *d,
                                                      size_t step, float *bias_gradient,
                                                      const struct winograd_pass *pass) {
#define STORE_GRADIENTS_OF(SIDE)                                                          \
  store_gradients_of(SIDE, gradient, first_block, blocks, first_tile, tiles, d, step,     \
                     bias_gradient, pass)
  switch (tile_step(pass->kernel)) {
    case 4: STORE_GRADIENTS_OF(4); break;
    case 3: STORE_GRADIENTS_OF(3); break;
    default: STORE_GRADIENTS_OF(2);
  }
#undef STORE_GRADIENTS_OF
}

// Aᵀ M A of one tile of one block, the bias and the ReLU.
WINOGRAD_INLINE void load_output(const float *m, size_t step, const float *bias, bool rectifies,
                                 lanes *numbers, const int side) {
  const lanes offset = bias ? LOAD(bias) : (lanes){0};
  load_collected(m, step, numbers, side, false);
  WINOGRAD_UNROLL for (int i = 0; i < side * side; i++) {
    numbers[i] += offset;
    // What is not a number is not up to 0.
    if (rectifies) numbers[i] = (lanes)((lane_mask)numbers[i] & ~(numbers[i] <= 0));
  }
}

WINOGRAD_INLINE void put_outputs_of(const int side, const float *m, size_t step, const float *bias,
                                    bool rectifies, size_t first_block, size_t blocks,
                                    size_t first_tile, size_t tiles, map_number *destination,
                                    const struct winograd_pass *pass) {
  const struct maps maps = output_maps(pass);
  const size_t row_step = maps.columns * lane_count;
  for (size_t tile = 0; tile < tiles; tile++) {
    const struct place place = place_of(first_tile + tile, pass);
    const size_t row = place.row * side, column = place.column * side;
    const size_t rows = maps.rows - row, columns = maps.columns - column;
    map_number *to = destination + (place.image * maps.all_blocks + first_block) * maps.block +
                (row * maps.columns + column) * lane_count;
    const float *from = m + tile * lane_count;
    for (size_t block = 0; block < blocks; block++) {
      lanes numbers[4 * 4];
      load_output(from, step, bias ? bias + block * lane_count : 0, rectifies, numbers, side);
      if (rows >= (size_t)side && columns >= (size_t)side) {
        WINOGRAD_UNROLL for (int i = 0; i < side; i++) {
          WINOGRAD_UNROLL for (int j = 0; j < side; j++) {
            STORE_MAP_PAST_CACHES(to + i * row_step + j * lane_count, numbers[i * side + j]);
          }
        }
      } else {
        WINOGRAD_UNROLL for (int i = 0; i < side; i++) {
          WINOGRAD_UNROLL for (int j = 0; j < side; j++) {
            if ((size_t)i < rows && (size_t)j < columns) {
              STORE_MAP(to + i * row_step + j * lane_count, numbers[i * side + j]);
            }
          }
        }
      }
      to += maps.block;
      from += tiles * lane_count;
    }
  }
}

// Writes the output of some tiles and blocks: past the caches, as it is mostly larger than they
// are.
__attribute__((noinline)) static void put_outputs(const float *m, size_t step, const float *bias,
                                                  bool rectifies, size_t first_block, size_t blocks,
                                                  size_t first_tile, size_t tiles,
                                                  map_number *destination,
                                                  const struct winograd_pass *pass) {
#define PUT_OUTPUTS_OF(SIDE)                                                              \
  put_outputs_of(SIDE, m, step, bias, rectifies, first_block, blocks, first_tile, tiles,  \
                 destination, pass)
  switch (tile_step(pass->kernel)) {
    case 4: PUT_OUTPUTS_OF(4); break;
    case 3: PUT_OUTPUTS_OF(3); break;
    default: PUT_OUTPUTS_OF(2);
  }
#undef PUT_OUTPUTS_OF
}

// Brings tiles of the input nearer that are needed next, a few at each call: what no tile before
// had.
struct prefetch {
  const map_number *source;
  size_t first_block, blocks, first_tile, tiles;
  size_t side;
  ptrdiff_t top, left;  // of the first tile
  struct maps maps;
  size_t calls, called, done;
};
static void prefetch_some(struct prefetch *prefetch, const struct winograd_pass *pass) {
  const size_t items = prefetch->tiles * prefetch->blocks;
  if (items == 0) return;
  prefetch->called++;
  const struct maps maps = prefetch->maps;
  for (const size_t end = items * prefetch->called / prefetch->calls; prefetch->done < end;
       prefetch->done++) {
    const struct place place = place_of(prefetch->first_tile + prefetch->done / prefetch->blocks, pass);
    const size_t block = prefetch->first_block + prefetch->done % prefetch->blocks;
    const size_t row = place.row * prefetch->side, column = place.column * prefetch->side;
    const map_number *at = prefetch->source + (place.image * maps.all_blocks + block) * maps.block +
                      (row * maps.columns + column) * lane_count;
    for (size_t i = 0; i < prefetch->side && row + i < maps.rows; i++) {
      for (size_t j = 0; j < prefetch->side; j++) {
        __builtin_prefetch(at + (i * maps.columns + j) * lane_count, 0, 2);
      }
    }
  }
}
