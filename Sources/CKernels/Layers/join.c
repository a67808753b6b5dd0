#include "Layers/join.h"

#include "Vectors/clones.h"
#include "Vectors/vectors.h"

// Written with vectors, as the compiler would not make them where the sum may be one of the terms.

INLINE void load_any(vector *to, const void *values, size_t first, size_t count,
                     const bool bfloat16) {
  if (bfloat16) {
    load_bfloat16(to, (const tandem_bfloat16 *)values + first, count);
  } else {
    load(to, (const float *)values + first, count);
  }
}

INLINE void store_any(void *to, const vector *values, size_t first, size_t count,
                      const bool bfloat16) {
  if (bfloat16) {
    store_bfloat16((tandem_bfloat16 *)to + first, values, count);
  } else {
    store((float *)to + first, values, count);
  }
}

INLINE void sum_vector(void *sum, const void *const *terms, const size_t term_count, size_t first,
                       size_t count, struct tandem_after_sum after, const bool bfloat16) {
  vector total, next;
  load_any(&total, terms[0], first, count, bfloat16);
  for (size_t term = 1; term < term_count; term++) {
    load_any(&next, terms[term], first, count, bfloat16);
    total += next;
  }
  // What is not a number stays so.
  if (after.rectifies) total = (vector)(~(total < 0) & (vector_bits)total);
  if (after.output) {
    load_any(&next, after.output, first, count, bfloat16);
    total = (vector)(~(next <= 0) & (vector_bits)total);
  }
  store_any(sum, &total, first, count, bfloat16);
}

INLINE void sum_vectors(void *sum, const void *const *terms, const size_t term_count, size_t count,
                        struct tandem_after_sum after, const bool bfloat16) {
  size_t i = 0;
  for (; i + width <= count; i += width) {
    sum_vector(sum, terms, term_count, i, width, after, bfloat16);
  }
  if (i < count) sum_vector(sum, terms, term_count, i, count - i, after, bfloat16);
}

INLINE void sum_any(void *sum, const void *const *terms, size_t term_count, size_t count,
                    struct tandem_after_sum after, const bool bfloat16) {
  if (term_count == 2) {
    // Their addresses need not be looked up anew for each vector.
    const void *two[] = {terms[0], terms[1]};
    sum_vectors(sum, two, 2, count, after, bfloat16);
  } else {
    sum_vectors(sum, terms, term_count, count, after, bfloat16);
  }
}

TANDEM_CLONES
void tandem_sum_terms(void *sum, const void *const *terms, size_t term_count, size_t count,
                      bool bfloat16, struct tandem_after_sum after) {
  if (bfloat16) {
    sum_any(sum, terms, term_count, count, after, true);
  } else {
    sum_any(sum, terms, term_count, count, after, false);
  }
}
