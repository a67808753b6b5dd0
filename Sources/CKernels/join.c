#include <stdint.h>

#include "kernels_clones.h"
#include "kernels_join.h"

// Written with vectors, as the compiler would not make them where the sum may be one of the terms.

enum { width = 16 };
typedef float vector __attribute__((vector_size(width * sizeof(float)), aligned(sizeof(float))));
typedef int32_t vector_bits __attribute__((vector_size(width * sizeof(int32_t))));

#define INLINE static inline __attribute__((always_inline))

INLINE void sum_vectors(float *sum, const float *const *terms, const size_t term_count, size_t count,
                        struct tandem_after_sum after) {
  for (size_t i = 0; i < count; i += width) {
    vector total = *(const vector *)(terms[0] + i);
    for (size_t term = 1; term < term_count; term++) total += *(const vector *)(terms[term] + i);
    // What is not a number stays so.
    if (after.rectifies) total = (vector)(~(total < 0) & (vector_bits)total);
    if (after.output) {
      total = (vector)((*(const vector *)(after.output + i) > 0) & (vector_bits)total);
    }
    *(vector *)(sum + i) = total;
  }
}

TANDEM_CLONES
static void sum_whole_vectors(float *sum, const float *const *terms, size_t term_count,
                              size_t count, struct tandem_after_sum after) {
  if (term_count == 2) {
    // Their addresses need not be looked up anew for each vector.
    const float *two[] = {terms[0], terms[1]};
    sum_vectors(sum, two, 2, count, after);
  } else {
    sum_vectors(sum, terms, term_count, count, after);
  }
}

void tandem_sum_terms(float *sum, const float *const *terms, size_t term_count, size_t count,
                      struct tandem_after_sum after) {
  size_t whole = count / width * width;
  sum_whole_vectors(sum, terms, term_count, whole, after);
  for (size_t i = whole; i < count; i++) {
    float total = terms[0][i];
    for (size_t term = 1; term < term_count; term++) total += terms[term][i];
    if (after.rectifies && total < 0) total = 0;
    if (after.output && !(after.output[i] > 0)) total = 0;
    sum[i] = total;
  }
}
