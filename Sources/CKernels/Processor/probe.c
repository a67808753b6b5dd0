#include "Processor/probe.h"

// Each accumulator waits for itself only: about four cycles of latency times two units have to be
// in flight, so eight chains at least, and no more than fit the register file together with the
// factors.
#define DEFINE_PROBE(NAME, ATTRIBUTES, LANES, CHAINS)                                             \
  typedef float NAME##_vector __attribute__((vector_size(LANES * sizeof(float))));                \
  ATTRIBUTES static int64_t NAME(int64_t rounds, float *sum) {                                    \
    /* Read from memory that the compiler cannot see through, or it would do the sums itself. */  \
    volatile float seed = 0.999f;                                                                 \
    NAME##_vector factor, chain[CHAINS], total;                                                   \
    for (int lane = 0; lane < LANES; lane++) factor[lane] = seed;                                 \
    for (int i = 0; i < CHAINS; i++) chain[i] = factor * (float)(i + 1);                          \
    for (int64_t round = 0; round < rounds; round++) {                                            \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++)                         \
        chain[i] = chain[i] * factor + factor;                                                    \
    }                                                                                             \
    total = chain[0];                                                                             \
    for (int i = 1; i < CHAINS; i++) total += chain[i];                                           \
    *sum = 0;                                                                                     \
    for (int lane = 0; lane < LANES; lane++) *sum += total[lane];                                 \
    return rounds * CHAINS * LANES * 2;                                                           \
  }

DEFINE_PROBE(probe_baseline, , 4, 12)

#if defined(__x86_64__)
DEFINE_PROBE(probe_avx2, __attribute__((target("avx2,fma"))), 8, 12)
DEFINE_PROBE(probe_avx512, __attribute__((target("avx512f"))), 16, 24)

static int has_avx512(void) { return __builtin_cpu_supports("avx512f"); }
static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

int64_t tandem_probe_multiply_add(int64_t rounds, float *sum) {
#if defined(__x86_64__)
  if (has_avx512()) return probe_avx512(rounds, sum);
  if (has_avx2()) return probe_avx2(rounds, sum);
#endif
  return probe_baseline(rounds, sum);
}

const char *tandem_probe_vector_name(void) {
#if defined(__x86_64__)
  if (has_avx512()) return "AVX-512";
  if (has_avx2()) return "AVX2";
#endif
  return "128-bit";
}
