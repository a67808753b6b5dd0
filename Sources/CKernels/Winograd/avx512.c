// For AVX-512: 16 channels are a register.
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(                                                       \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#pragma clang fp contract(fast)

#define FACTORS "Winograd/float_factors.h"
#include "Winograd/sixteen_lanes.h"

const struct winograd_kernels tandem_winograd_kernels_avx512 = {
    lane_count, sizeof(factor), terms, convolve, correlate};

#pragma clang attribute pop

#endif
