// Maps and the factors of products as bfloat16, two terms of a sum beside each other, as the dot
// products of AVX512-BF16 take them: included after transforms.h.

typedef unsigned short map_number;
typedef unsigned short factor;
typedef __m512bh factor_lanes;
enum { terms = 2 };

typedef int two_numbers __attribute__((aligned(2), may_alias));

WINOGRAD_INLINE lanes widened(__m256i numbers) {
  return (lanes)_mm512_slli_epi32(_mm512_cvtepu16_epi32(numbers), 16);
}
WINOGRAD_INLINE __m256i rounded(lanes numbers) {
  return (__m256i)_mm512_cvtneps_pbh((__m512)numbers);
}
WINOGRAD_INLINE __m512i interleaved(lanes low, lanes high) {
  return _mm512_or_si512(_mm512_cvtepu16_epi32(rounded(low)),
                         _mm512_slli_epi32(_mm512_cvtepu16_epi32(rounded(high)), 16));
}

#define LOAD_MAP(P) widened(_mm256_loadu_si256((const __m256i *)(P)))
#define LOAD_MAP_WHERE(MASK, P) widened(_mm256_maskz_loadu_epi16(MASK, P))
#define STORE_MAP(P, V) _mm256_storeu_si256((__m256i *)(P), rounded(V))
#define STORE_MAP_PAST_CACHES(P, V) _mm256_stream_si256((__m256i *)(P), rounded(V))

#define STORE_FACTOR(P, V) STORE_MAP(P, V)
#define STORE_TERMS(P, NUMBERS, AT) \
  _mm512_storeu_si512(P, interleaved(LOAD((NUMBERS)[0] + (AT)), LOAD((NUMBERS)[1] + (AT))))
#define LOAD_FACTORS(P) ((__m512bh)_mm512_loadu_si512(P))
#define SPREAD(P) ((__m512bh)_mm512_set1_epi32(*(const two_numbers *)(P)))
#define MULTIPLY_ADD(SUM, X, FACTORS) \
  (SUM) = (lanes)_mm512_dpbf16_ps((__m512)(SUM), X, FACTORS)
