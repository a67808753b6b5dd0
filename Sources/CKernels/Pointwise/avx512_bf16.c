// Tiles of the weights' gradient of convolutions of 1×1 in bfloat16, for AVX512-BF16.
#include "Pointwise/internal.h"
#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(                                                              \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))),     \
    apply_to = function)

typedef int two_numbers __attribute__((may_alias));

POINTWISE_INLINE __m512bh pairs_at(const float *pairs) {
  return (__m512bh)_mm512_load_ps(pairs);
}
POINTWISE_INLINE __m512bh spread(const float *pair) {
  return (__m512bh)_mm512_set1_epi32(*(const two_numbers *)pair);
}

// As `correlate` in avx512.c.
POINTWISE_INLINE void correlate(const int channels, const struct pointwise_gradient_tile tile) {
  enum { first_cache = 3 };
  __m512 sums[gradient_rows][most_channel_blocks];
  POINTWISE_UNROLL for (int r = 0; r < gradient_rows; r++) {
    POINTWISE_UNROLL for (int c = 0; c < channels; c++) {
      sums[r][c] = _mm512_setzero_ps();
      if (tile.before) {
        __builtin_prefetch(tile.before + (r * channels + c) * block, 1, first_cache);
      }
    }
  }
  const size_t source_block = tile.source_block;
  for (size_t segment = 0; segment < tile.segments; segment++) {
    const float *source = tile.source + segment * tile.source_segment;
    const float *gradient = tile.gradient + segment * tile.gradient_segment;
    for (size_t p = 0; p < tile.pixels; p++, source += block, gradient += block) {
      __m512bh factors[most_channel_blocks];
      POINTWISE_UNROLL for (int c = 0; c < channels; c++) {
        factors[c] = pairs_at(source + c * source_block);
      }
      POINTWISE_UNROLL for (int r = 0; r < gradient_rows; r++) {
        const __m512bh y = spread(gradient + r);
        POINTWISE_UNROLL for (int c = 0; c < channels; c++) {
          sums[r][c] = _mm512_dpbf16_ps(sums[r][c], y, factors[c]);
        }
      }
    }
  }
  POINTWISE_UNROLL for (int r = 0; r < gradient_rows; r++) {
    POINTWISE_UNROLL for (int c = 0; c < channels; c++) {
      if (tile.before) {
        sums[r][c] = _mm512_add_ps(sums[r][c],
                                   _mm512_load_ps(tile.before + (r * channels + c) * block));
      }
      _mm512_storeu_ps(tile.result + r * tile.result_row + c * block, sums[r][c]);
    }
  }
}

#define CORRELATE(CHANNELS)                                                               \
  __attribute__((noinline)) static void correlate_##CHANNELS(                             \
      const struct pointwise_gradient_tile *tile) {                                       \
    correlate(CHANNELS, *tile);                                                            \
  }
CORRELATE(1) CORRELATE(2) CORRELATE(3)

void tandem_pointwise_correlate_pairs(const struct pointwise_gradient_tile *tile) {
  static void (*const functions[most_channel_blocks])(const struct pointwise_gradient_tile *) = {
      correlate_1, correlate_2, correlate_3};
  functions[tile->channel_blocks - 1](tile);
}

void tandem_pointwise_add_pairs(const float *gradient, size_t pairs, float *sums) {
  const __m512bh ones = (__m512bh)_mm512_set1_epi16(0x3f80);
  __m512 sum = _mm512_load_ps(sums);
  for (size_t p = 0; p < pairs; p++) {
    sum = _mm512_dpbf16_ps(sum, ones, pairs_at(gradient + p * block));
  }
  _mm512_store_ps(sums, sum);
}

POINTWISE_INLINE __m512i widened(const tandem_bfloat16 *pixel) {
  return _mm512_cvtepu16_epi32(_mm256_load_si256((const __m256i *)pixel));
}

void tandem_pointwise_pair(const tandem_bfloat16 *row, size_t stride, float *paired, size_t pixels,
                           size_t ahead) {
  enum { second_cache = 2, upper_half = 16 };
  const size_t step = stride * block;
  for (size_t p = 0; p < pixels; p += 2, row += 2 * step, paired += block) {
    __builtin_prefetch(row + ahead, 0, second_cache);
    if (stride > 1) __builtin_prefetch(row + step + ahead, 0, second_cache);
    __m512i numbers = widened(row);
    if (p + 1 < pixels) {
      const __m512i others = _mm512_slli_epi32(widened(row + step), upper_half);
      numbers = _mm512_or_si512(numbers, others);
    }
    _mm512_store_si512(paired, numbers);
  }
}

#pragma clang attribute pop

#else

// No processor has these.
void tandem_pointwise_correlate_pairs(const struct pointwise_gradient_tile *tile) {
  __builtin_trap();
}
void tandem_pointwise_add_pairs(const float *gradient, size_t pairs, float *sums) {
  __builtin_trap();
}
void tandem_pointwise_pair(const tandem_bfloat16 *row, size_t stride, float *paired, size_t pixels,
                           size_t ahead) {
  __builtin_trap();
}

#endif
