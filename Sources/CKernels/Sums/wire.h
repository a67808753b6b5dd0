#ifndef TANDEM_SUMS_WIRE_H
#define TANDEM_SUMS_WIRE_H

#include <stddef.h>

#include "Vectors/bfloat16.h"

// Sums of gradients and changes of parameters where both travel between ranks as bfloat16.
// Additions are in float32. Each element is on its own: how a range is cut into calls does not
// change a bit.

// rounded[i] = values[i], rounded to bfloat16. Both may be the same memory.
void tandem_round_to_bfloat16(float *rounded, const float *values, size_t count);

// The sum of shards in the tree of tandem_sum_shards, in which each addend is rounded to bfloat16
// first: single shards and sums of some of them, but not the sum of all. One shard alone is left as
// it is. `sum` overlaps none of the shards, except that it may be shards[0] itself.
void tandem_sum_rounded_shards(
    float *sum, const float *const *shards, size_t shardCount, size_t count);

// The same, with the sum itself rounded too.
void tandem_pack_shard_sum(
    tandem_bfloat16 *restrict sum, const float *const *shards, size_t shardCount, size_t count);

// total[i] += addend[i], rounded to bfloat16
void tandem_add_bfloat16(
    tandem_bfloat16 *restrict total, const tandem_bfloat16 *restrict addend, size_t count);

// sum[i] = a[i] + b[i]
void tandem_sum_two_bfloat16(
    float *restrict sum, const tandem_bfloat16 *restrict a, const tandem_bfloat16 *restrict b,
    size_t count);

// Rounds the change from `before` to `parameters` to bfloat16, and lets the parameters be `before`
// and that change.
void tandem_round_change(
    float *restrict parameters, const float *restrict before, tandem_bfloat16 *restrict change,
    size_t count);

// parameters[i] += change[i]
void tandem_add_change(
    float *restrict parameters, const tandem_bfloat16 *restrict change, size_t count);

#endif
