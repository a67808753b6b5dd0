// Tiles of products with a transposed right factor: included by each set of instructions after
// tiles.h and after it has defined `dot_rows` and `dot_columns`.
//
// for each vector of terms                         the last one may be filled up with zeros
//   for each row
//     for each column
//       a multiply-add of so many terms            their sums stay in registers
// for each row and column
//   the sum of its vector

PRODUCTS_INLINE void add_dots(const float *left, const float *right, size_t count,
                              columns sums[dot_rows][dot_columns], const int rows,
                              const int column_count, const int is_whole,
                              const struct product_tile *tile) {
  columns factors[dot_columns];
  PRODUCTS_UNROLL for (int c = 0; c < column_count; c++) {
    load(factors + c, right + c * tile->right_row, 1, is_whole, count);
  }
  PRODUCTS_UNROLL for (int r = 0; r < rows; r++) {
    columns x;
    load(&x, left + r * tile->left_row, 1, is_whole, count);
    PRODUCTS_UNROLL for (int c = 0; c < column_count; c++) sums[r][c] += x * factors[c];
  }
}

// Each half to the other, as often as there are halves.
PRODUCTS_INLINE float total(const columns *vector) {
  float parts[vector_columns];
  __builtin_memcpy(parts, vector, sizeof parts);
  PRODUCTS_UNROLL for (int half = vector_columns / 2; half > 0; half /= 2) {
    PRODUCTS_UNROLL for (int i = 0; i < half; i++) parts[i] += parts[i + half];
  }
  return parts[0];
}

PRODUCTS_INLINE void compute_dots(const int rows, const int column_count,
                                  const struct product_tile *tile) {
  columns sums[dot_rows][dot_columns];
  PRODUCTS_UNROLL for (int r = 0; r < rows; r++) {
    PRODUCTS_UNROLL for (int c = 0; c < column_count; c++) sums[r][c] = (columns){0};
  }
  size_t t = 0;
  for (; t + vector_columns <= tile->terms; t += vector_columns) {
    add_dots(tile->left + t, tile->right + t, vector_columns, sums, rows, column_count, 1, tile);
  }
  if (t < tile->terms) {
    add_dots(tile->left + t, tile->right + t, tile->terms - t, sums, rows, column_count, 0, tile);
  }
  PRODUCTS_UNROLL for (int r = 0; r < rows; r++) {
    PRODUCTS_UNROLL for (int c = 0; c < column_count; c++) {
      float *to = tile->result + r * tile->result_row + c;
      *to = tile->adds ? *to + total(sums[r] + c) : total(sums[r] + c);
    }
  }
}

#define DOT(ROWS, COLUMNS)                                              \
  __attribute__((noinline)) static void dots_##ROWS##_##COLUMNS(        \
      const struct product_tile *tile) {                                \
    compute_dots(ROWS, COLUMNS, tile);                                  \
  }
