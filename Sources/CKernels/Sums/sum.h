#ifndef TANDEM_SUMS_SUM_H
#define TANDEM_SUMS_SUM_H

#include <stddef.h>

// The most arrays that one call of tandem_sum_shards adds up.
#define TANDEM_MAXIMUM_SHARDS 65536

// sum[i] = shards[0][i] + … + shards[shardCount - 1][i] for 0 <= i < count, added in a fixed binary
// tree: n arrays are split at the largest power of two below n, so four give (0 + 1) + (2 + 3) and
// five give ((0 + 1) + (2 + 3)) + 4. Each element is on its own: how a range is cut into calls does
// not change a bit. `sum` overlaps none of the shards, except that it may be shards[0] itself.
void tandem_sum_shards(float *sum, const float *const *shards, size_t shardCount, size_t count);

// total[i] += addend[i]
void tandem_add(float *restrict total, const float *restrict addend, size_t count);

// sum[i] = values[0][i] + … + values[rows - 1][i], added row by row.
void tandem_sum_rows(float *restrict sum, const float *restrict values, size_t rows, size_t count);

// scaled[i] = values[i] * factor
void tandem_scale(float *restrict scaled, const float *restrict values, float factor, size_t count);

// The sum of squares in double precision, in a fixed order that is the same on every machine.
double tandem_sum_of_squares(const float *values, size_t count);

// 1 when every value is finite, else 0.
int tandem_all_finite(const float *values, size_t count);

#endif
