// Tiles of a product in registers: included by each set of instructions after it has defined
// `vector_columns`, `most_rows`, `LOAD_SOME` and `STORE_SOME`.
//
// for each term
//   two vectors of a right row                     the last one may be filled up with zeros; those
//                                                  of the tile after the next are prefetched
//   for each row
//     a number of the left factor, spread
//     two multiply-adds                            their sums stay in registers
#include "Products/internal.h"

// Weights that another worker has updated are far away: the input's gradient of 4,320 → 100 and 50
// images takes 202 µs without prefetching them and 165 with it.
enum { tiles_ahead = 2 };

typedef float columns __attribute__((vector_size(vector_columns * sizeof(float)),
                                     aligned(sizeof(float)), may_alias));

// Whether the last vector is a whole one is known when this is compiled.
PRODUCTS_INLINE void load(columns *to, const float *from, const int vectors, const int is_whole,
                          size_t last_columns) {
  PRODUCTS_UNROLL for (int v = 0; v < vectors; v++, from += vector_columns) {
    if (is_whole || v + 1 < vectors) {
      to[v] = *(const columns *)from;
    } else {
      LOAD_SOME(to[v], from, last_columns);
    }
  }
}

PRODUCTS_INLINE void store(float *to, const columns *sums, const int vectors, const int is_whole,
                           size_t last_columns) {
  PRODUCTS_UNROLL for (int v = 0; v < vectors; v++, to += vector_columns) {
    if (is_whole || v + 1 < vectors) {
      *(columns *)to = sums[v];
    } else {
      STORE_SOME(to, sums[v], last_columns);
    }
  }
}

// The tile is a copy, as all that lies behind a pointer is read again after each store.
PRODUCTS_INLINE void compute(const int rows, const int vectors, const int is_whole,
                             const struct product_tile tile) {
  columns sums[most_rows][product_vectors];
  PRODUCTS_UNROLL for (int r = 0; r < rows; r++) {
    PRODUCTS_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (columns){0};
  }
  const float *left = tile.left, *right = tile.right;
  const size_t left_row = tile.left_row, left_term = tile.left_term;
  const size_t right_row = tile.right_row;
  for (size_t t = 0; t < tile.terms; t++, left += left_term, right += right_row) {
    columns factors[product_vectors];
    load(factors, right, vectors, is_whole, tile.last_columns);
    PRODUCTS_UNROLL for (int v = 0; v < vectors; v++) {
      __builtin_prefetch(right + (tiles_ahead * product_vectors + v) * vector_columns, 0, 2);
    }
    PRODUCTS_UNROLL for (int r = 0; r < rows; r++) {
      // x - 0 is x, so that the compiler only spreads it; x + 0 would turn -0 into 0.
      const columns x = left[r * left_row] - (columns){0};
      PRODUCTS_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += x * factors[v];
    }
  }
  float *result = tile.result;
  PRODUCTS_UNROLL for (int r = 0; r < rows; r++, result += tile.result_row) {
    if (tile.adds) {
      columns before[product_vectors];
      load(before, result, vectors, is_whole, tile.last_columns);
      PRODUCTS_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += before[v];
    }
    store(result, sums[r], vectors, is_whole, tile.last_columns);
  }
}

#define TILE(ROWS, VECTORS)                                                                    \
  __attribute__((noinline)) static void tile_##ROWS##_##VECTORS(                               \
      const struct product_tile *tile) {                                                       \
    if (tile->last_columns == vector_columns) {                                                \
      compute(ROWS, VECTORS, 1, *tile);                                                        \
    } else {                                                                                   \
      compute(ROWS, VECTORS, 0, *tile);                                                        \
    }                                                                                          \
  }
#define TILES(ROWS) TILE(ROWS, 1) TILE(ROWS, 2)
#define NAMES(ROWS) {tile_##ROWS##_1, tile_##ROWS##_2}
