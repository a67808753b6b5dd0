// For AVX-512, of whose 32 registers 25 sums, 5 factors and a pixel take 31.
#include "Vectors/clones.h"
#ifdef TANDEM_HAS_SETS

// Named one by one: for the whole level the compiler prefers registers of half the size.
#pragma clang attribute push(                                                       \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)

#define PIECE_LANES 16
enum { most_sums = 25 };
#include "Lanes/loops.h"

const struct lane_loops tandem_lane_loops_avx512 = {
    correlate,          accumulate,          add_products,
    winograd_source,    winograd_correlate,  winograd_correlate_back,
    winograd_accumulate,
};

#pragma clang attribute pop

#endif
