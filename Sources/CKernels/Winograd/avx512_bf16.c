// For AVX-512 with bfloat16: as avx512.c, with maps in bfloat16 and products of two numbers at
// once. Transforms and sums are float32; transformed tiles and weights are rounded.
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(                                                                  \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))),         \
    apply_to = function)
#pragma clang fp contract(fast)

#define FACTORS "Winograd/bfloat16_factors.h"
#include "Winograd/sixteen_lanes.h"

const struct winograd_kernels tandem_winograd_kernels_avx512_bf16 = {
    lane_count, sizeof(factor), terms, convolve, correlate};

#pragma clang attribute pop

#endif
