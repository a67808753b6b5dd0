// For AVX2, whose registers hold 8 columns.
#include "Vectors/clones.h"
#ifdef TANDEM_HAS_SETS

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#pragma clang fp contract(fast)

enum { vector_columns = 8 };
#define MASK_OF(COUNT)                              \
  _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(COUNT)), \
                     _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define LOAD_SOME(VECTOR, FROM, COUNT) \
  (VECTOR) = (columns)_mm256_maskload_ps(FROM, MASK_OF(COUNT))
#define STORE_SOME(TO, VECTOR, COUNT) _mm256_maskstore_ps(TO, MASK_OF(COUNT), (__m256)(VECTOR))
#include "Products/sixteen_registers.h"

const struct product_kernels tandem_product_kernels_avx2 = {
    vector_columns, most_rows, tiles, dot_rows, dot_columns, dots};

#pragma clang attribute pop

#endif
