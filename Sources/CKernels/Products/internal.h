// What products share; see products.h.
#ifndef TANDEM_PRODUCTS_INTERNAL_H
#define TANDEM_PRODUCTS_INTERNAL_H

#include "Products/products.h"
#include "Vectors/clones.h"

#define PRODUCTS_INLINE static inline __attribute__((always_inline))
#define PRODUCTS_UNROLL _Pragma("clang loop unroll(full)")

// A tile of the result: some rows by one or two vectors.
struct product_tile {
  const float *left;
  size_t left_row, left_term;
  const float *right;
  size_t right_row;
  float *result;
  size_t result_row;
  size_t terms;
  size_t last_columns;  // of the last vector; this and left_term not for a transposed right factor
  bool adds;
};
enum { product_vectors = 2 };

typedef void (*product_function)(const struct product_tile *tile);

// Tiles compiled for one set of instructions.
struct product_kernels {
  size_t vector_columns;
  size_t most_rows;
  // For so many rows, from one on, and for one vector or two.
  const product_function (*tiles)[product_vectors];
  // With a transposed right factor: for so many rows and columns, from one on.
  size_t dot_rows, dot_columns;
  const product_function *dots;
};
extern const struct product_kernels tandem_product_kernels_portable;
#ifdef TANDEM_HAS_SETS
extern const struct product_kernels tandem_product_kernels_avx2;
extern const struct product_kernels tandem_product_kernels_avx512;
#endif

#endif
