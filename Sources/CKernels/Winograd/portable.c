// For any processor: 8 channels are two registers of four, and 2 rows of tiles by 2 blocks of
// outputs are 8 of 16.
#include <string.h>

#pragma clang fp contract(fast)

enum { lane_count = 8, most_rows = 2 };
#define ROW_PARTS_OF_GRADIENT 4
#include "Winograd/eight_lanes.h"

#include "Winograd/transforms.h"
#include "Winograd/float_factors.h"
#include "Winograd/products.h"
#include "Winograd/tiles.h"

PRODUCTS(1)
PRODUCTS(2)
static const product_function products[most_rows + 1][blocks_of_panel] = {
    {0}, NAMES(1), NAMES(2)};

#include "Winograd/passes.h"

const struct winograd_kernels tandem_winograd_kernels_portable = {
    lane_count, sizeof(factor), terms, convolve, correlate};
