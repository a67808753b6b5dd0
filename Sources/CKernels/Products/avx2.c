// For AVX2, of whose 16 registers 12 sums, 2 factors and a number of the left one take 15.
#include "Vectors/clones.h"
#ifdef TANDEM_HAS_SETS

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#pragma clang fp contract(fast)

enum { vector_columns = 8, most_rows = 6 };
#define MASK_OF(COUNT)                              \
  _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(COUNT)), \
                     _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define LOAD_SOME(VECTOR, FROM, COUNT) \
  (VECTOR) = (columns)_mm256_maskload_ps(FROM, MASK_OF(COUNT))
#define STORE_SOME(TO, VECTOR, COUNT) _mm256_maskstore_ps(TO, MASK_OF(COUNT), (__m256)(VECTOR))
#include "Products/tiles.h"

TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6)
static const product_function tiles[most_rows][product_vectors] = {
    NAMES(1), NAMES(2), NAMES(3), NAMES(4), NAMES(5), NAMES(6)};

// 9 sums, 3 factors and a vector of the left one take 13.
enum { dot_rows = 3, dot_columns = 3 };
#include "Products/dots.h"

#define DOTS(ROWS) DOT(ROWS, 1) DOT(ROWS, 2) DOT(ROWS, 3)
#define DOT_NAMES(ROWS) dots_##ROWS##_1, dots_##ROWS##_2, dots_##ROWS##_3
DOTS(1) DOTS(2) DOTS(3)
static const product_function dots[dot_rows * dot_columns] = {DOT_NAMES(1), DOT_NAMES(2),
                                                              DOT_NAMES(3)};

const struct product_kernels tandem_product_kernels_avx2 = {
    vector_columns, most_rows, tiles, dot_rows, dot_columns, dots};

#pragma clang attribute pop

#endif
