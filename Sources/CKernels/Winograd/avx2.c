// For AVX2: 8 channels are a register, and 6 rows of tiles by 2 blocks of outputs are 12 of 16.
#if defined(__x86_64__)

#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#pragma clang fp contract(fast)

enum { lane_count = 8, most_rows = 6 };
#define ROW_PARTS_OF_GRADIENT 2
#include "Winograd/eight_lanes.h"

#include "Winograd/transforms.h"
#include "Winograd/float_factors.h"
#include "Winograd/products.h"
#include "Winograd/tiles.h"

PRODUCTS(1)
PRODUCTS(2)
PRODUCTS(3)
PRODUCTS(4)
PRODUCTS(5)
PRODUCTS(6)
static const product_function products[most_rows + 1][blocks_of_panel] = {
    {0}, NAMES(1), NAMES(2), NAMES(3), NAMES(4), NAMES(5), NAMES(6)};

#include "Winograd/passes.h"

const struct winograd_kernels tandem_winograd_kernels_avx2 = {
    lane_count, sizeof(factor), terms, convolve, correlate};

#pragma clang attribute pop

#endif
