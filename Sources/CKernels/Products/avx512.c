// For AVX-512, of whose 32 registers 28 sums, 2 factors and a number of the left one take 31.
#include "Vectors/clones.h"
#ifdef TANDEM_HAS_SETS

#include <immintrin.h>

// Named one by one: for the whole level the compiler prefers registers of half the size.
#pragma clang attribute push(                                                       \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#pragma clang fp contract(fast)

enum { vector_columns = 16, most_rows = 14 };
#define MASK_OF(COUNT) ((__mmask16)((1u << (COUNT)) - 1))
#define LOAD_SOME(VECTOR, FROM, COUNT) \
  (VECTOR) = (columns)_mm512_maskz_loadu_ps(MASK_OF(COUNT), FROM)
#define STORE_SOME(TO, VECTOR, COUNT) \
  _mm512_mask_storeu_ps(TO, MASK_OF(COUNT), (__m512)(VECTOR))
#include "Products/tiles.h"

TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6) TILES(7)
TILES(8) TILES(9) TILES(10) TILES(11) TILES(12) TILES(13) TILES(14)
static const product_function tiles[most_rows][product_vectors] = {
    NAMES(1), NAMES(2), NAMES(3),  NAMES(4),  NAMES(5),  NAMES(6),  NAMES(7),
    NAMES(8), NAMES(9), NAMES(10), NAMES(11), NAMES(12), NAMES(13), NAMES(14)};

// 24 sums, 6 factors and a vector of the left one take 31.
enum { dot_rows = 4, dot_columns = 6 };
#include "Products/dots.h"

#define DOTS(ROWS) DOT(ROWS, 1) DOT(ROWS, 2) DOT(ROWS, 3) DOT(ROWS, 4) DOT(ROWS, 5) DOT(ROWS, 6)
#define DOT_NAMES(ROWS)                                                  \
  dots_##ROWS##_1, dots_##ROWS##_2, dots_##ROWS##_3, dots_##ROWS##_4,    \
      dots_##ROWS##_5, dots_##ROWS##_6
DOTS(1) DOTS(2) DOTS(3) DOTS(4)
static const product_function dots[dot_rows * dot_columns] = {DOT_NAMES(1), DOT_NAMES(2),
                                                              DOT_NAMES(3), DOT_NAMES(4)};

const struct product_kernels tandem_product_kernels_avx512 = {
    vector_columns, most_rows, tiles, dot_rows, dot_columns, dots};

#pragma clang attribute pop

#endif
