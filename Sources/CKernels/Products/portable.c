// For any processor: vectors of four, 12 sums, 2 factors and a number of the left one.
#include <string.h>

enum { vector_columns = 4, most_rows = 6 };
#define LOAD_SOME(VECTOR, FROM, COUNT) \
  (VECTOR) = (columns){0};               \
  for (size_t c = 0; c < (COUNT); c++) (VECTOR)[c] = (FROM)[c];
#define STORE_SOME(TO, VECTOR, COUNT) memcpy(TO, &(VECTOR), (COUNT) * sizeof(float))
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

const struct product_kernels tandem_product_kernels_portable = {
    vector_columns, most_rows, tiles, dot_rows, dot_columns, dots};
