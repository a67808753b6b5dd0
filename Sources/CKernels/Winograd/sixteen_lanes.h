// What sets of instructions with blocks of 16 channels have in common: 14 rows of tiles by 2 blocks
// of outputs are 28 of 32 registers. `FACTORS` is the header of their factors.

enum { lane_count = 16, most_rows = 14 };
#define ROW_PARTS_OF_GRADIENT 2
#define INTERLEAVE_LOW(A, B) \
  __builtin_shufflevector(A, B, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(A, B) \
  __builtin_shufflevector(A, B, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

typedef __mmask16 column_mask;
#define MASK_OF(HAS) ((column_mask)((HAS) ? 0xffff : 0))
#define LOAD_WHERE(MASK, P) ((lanes)_mm512_maskz_loadu_ps(MASK, P))

#include "Winograd/transforms.h"
#include FACTORS
#include "Winograd/products.h"
#include "Winograd/tiles.h"

PRODUCTS(1)
PRODUCTS(2)
PRODUCTS(3)
PRODUCTS(4)
PRODUCTS(5)
PRODUCTS(6)
PRODUCTS(7)
PRODUCTS(8)
PRODUCTS(9)
PRODUCTS(10)
PRODUCTS(11)
PRODUCTS(12)
PRODUCTS(13)
PRODUCTS(14)
static const product_function products[most_rows + 1][blocks_of_panel] = {
    {0},      NAMES(1), NAMES(2), NAMES(3),  NAMES(4),  NAMES(5),  NAMES(6),  NAMES(7),
    NAMES(8), NAMES(9), NAMES(10), NAMES(11), NAMES(12), NAMES(13), NAMES(14)};

#include "Winograd/passes.h"
