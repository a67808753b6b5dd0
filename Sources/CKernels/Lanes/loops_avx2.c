// For AVX2, of whose 16 registers 12 sums, 3 factors and a pixel take all.
#include "Vectors/clones.h"
#ifdef TANDEM_HAS_SETS

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define PIECE_LANES 8
enum { most_sums = 12 };
#include "Lanes/loops.h"

const struct lane_loops tandem_lane_loops_avx2 = {
    correlate,          accumulate,          add_products,
    winograd_source,    winograd_correlate,  winograd_correlate_back,
    winograd_accumulate,
};

#pragma clang attribute pop

#endif
