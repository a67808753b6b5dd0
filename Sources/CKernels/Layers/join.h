#ifndef TANDEM_LAYERS_JOIN_H
#define TANDEM_LAYERS_JOIN_H

#include <stdbool.h>
#include <stddef.h>

// What is done to a sum of branches before it is written.
struct tandem_after_sum {
  bool rectifies;  // max(sum, 0)
  // Of a ReLU whose derivative is applied: 0 where this is not above 0; or null.
  const void *output;
};

// sum[i] = terms[0][i] + … + terms[term_count - 1][i], added in this order; `sum` may be one of the
// terms. At least one term. All are float32, or all are bfloat16, whose sum is rounded once.
void tandem_sum_terms(void *sum, const void *const *terms, size_t term_count, size_t count,
                      bool bfloat16, struct tandem_after_sum after);

#endif
