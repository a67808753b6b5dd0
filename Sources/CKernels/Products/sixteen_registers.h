// What sets of instructions with 16 registers have in common: included after they have defined
// `vector_columns`, `LOAD_SOME` and `STORE_SOME`.

// 12 sums, 2 factors and a number of the left one take 15.
enum { most_rows = 6 };
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
