#include "Products/internal.h"
#include "Vectors/parts.h"

// for each block of columns
//   for each chunk of terms                        its sums are added to those before
//     for each tile of rows
//       for each tile of columns                   the block of the right factor stays in a cache
//
// Rows of the right factor that are a multiple of 2 KiB apart crowd each other out of the first
// cache, so that chunks of them are short. Measured for 1,024 → 1,000 of 16 images on Zen 5: 0.93
// of the time.
enum { block_columns = 1024, long_chunk = 128, short_chunk = 32, crowded_row_floats = 512 };

static size_t chunk_of(struct tandem_product product) {
  return product.right_row % crowded_row_floats == 0 ? short_chunk : long_chunk;
}

static const struct product_kernels *kernels_of(enum tandem_instructions set) {
  switch (tandem_instructions_up_to(set)) {
#ifdef TANDEM_HAS_SETS
    case tandem_instructions_avx512: return &tandem_product_kernels_avx512;
    case tandem_instructions_avx2: return &tandem_product_kernels_avx2;
#endif
    default: return &tandem_product_kernels_portable;
  }
}

// A block of the result, all of whose rows are computed from some columns and some terms.
struct block {
  const float *left, *right;
  float *result;
  size_t columns, terms;
  bool adds;
};

static void multiply_block(struct block block, struct tandem_product product,
                           const struct product_kernels *kernels) {
  const size_t width = kernels->vector_columns, tile_columns = product_vectors * width;
  const size_t row_tiles = parts_of(product.rows, kernels->most_rows);
  for (size_t part = 0; part < row_tiles; part++) {
    const size_t row = part_start(product.rows, row_tiles, part);
    const size_t rows = part_start(product.rows, row_tiles, part + 1) - row;
    for (size_t c = 0; c < block.columns; c += tile_columns) {
      const size_t count = least(tile_columns, block.columns - c);
      const bool has_two = count > width;
      const struct product_tile tile = {
          .left = block.left + row * product.left_row,
          .left_row = product.left_row,
          .left_term = product.left_term,
          .right = block.right + c,
          .right_row = product.right_row,
          .result = block.result + row * product.result_row + c,
          .result_row = product.result_row,
          .terms = block.terms,
          .last_columns = has_two ? count - width : count,
          .adds = block.adds,
      };
      kernels->tiles[rows - 1][has_two](&tile);
    }
  }
}

void tandem_multiply(const float *restrict left, const float *restrict right,
                     float *restrict result, struct tandem_product product) {
  const struct product_kernels *kernels = kernels_of(product.set);
  const size_t chunks = product.terms ? parts_of(product.terms, chunk_of(product)) : 1;
  for (size_t column = 0; column < product.columns; column += block_columns) {
    for (size_t chunk = 0; chunk < chunks; chunk++) {
      const size_t term = part_start(product.terms, chunks, chunk);
      const struct block block = {
          .left = left + term * product.left_term,
          .right = right + term * product.right_row + column,
          .result = result + column,
          .columns = least(block_columns, product.columns - column),
          .terms = part_start(product.terms, chunks, chunk + 1) - term,
          .adds = product.adds || chunk > 0,
      };
      multiply_block(block, product, kernels);
    }
  }
}

// for each chunk of terms                          its sums are added to those before
//   for each tile of columns                       its rows of the right factor stay in a cache
//     for each tile of rows
void tandem_multiply_transposed(const float *restrict left, const float *restrict right,
                                float *restrict result, struct tandem_product product) {
  enum { chunk_terms = 1024 };
  const struct product_kernels *kernels = kernels_of(product.set);
  const size_t row_tiles = parts_of(product.rows, kernels->dot_rows);
  const size_t column_tiles = parts_of(product.columns, kernels->dot_columns);
  for (size_t term = 0; term == 0 || term < product.terms; term += chunk_terms) {
    for (size_t j = 0; j < column_tiles; j++) {
      const size_t column = part_start(product.columns, column_tiles, j);
      const size_t columns = part_start(product.columns, column_tiles, j + 1) - column;
      for (size_t i = 0; i < row_tiles; i++) {
        const size_t row = part_start(product.rows, row_tiles, i);
        const size_t rows = part_start(product.rows, row_tiles, i + 1) - row;
        const struct product_tile tile = {
            .left = left + row * product.left_row + term,
            .left_row = product.left_row,
            .right = right + column * product.right_row + term,
            .right_row = product.right_row,
            .result = result + row * product.result_row + column,
            .result_row = product.result_row,
            .terms = least(chunk_terms, product.terms - term),
            .adds = product.adds || term > 0,
        };
        kernels->dots[(rows - 1) * kernels->dot_columns + columns - 1](&tile);
      }
    }
  }
}
