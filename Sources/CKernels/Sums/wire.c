#include "Sums/wire.h"

#include "Vectors/clones.h"

// Elements that are carried through the whole tree at a time, as in tandem_sum_shards.
#define BLOCK 512

// Intermediate sums that can wait at once: one for each power of two up to the most shards.
#define LEVELS 17

// As a float: the same bits as by way of bfloat16, in operations that stay 32 bits wide.
static inline float rounded(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t upper = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  upper = (bits & 0x7fffffff) <= 0x7f800000 ? upper : 0x7fc00000;
  float result;
  memcpy(&result, &upper, sizeof result);
  return result;
}

TANDEM_CLONES
void tandem_round_to_bfloat16(float *result, const float *values, size_t count) {
  for (size_t i = 0; i < count; i++) result[i] = rounded(values[i]);
}

// Sums at least two shards of one block. What waits in the stack is rounded when it is added, so
// the last sum never is; the order of additions is that of sum_block in sum.c.
TANDEM_CLONES
static const float *sum_block(
    float stack[LEVELS][BLOCK], const float *const *shards, size_t shardCount, size_t offset,
    size_t count) {
  size_t depth = 0;
  for (size_t shard = 0; shard < shardCount; shard += 2) {
    const float *a = shards[shard] + offset;
    if (shard + 1 < shardCount) {
      const float *b = shards[shard + 1] + offset;
      for (size_t i = 0; i < count; i++) stack[depth][i] = rounded(a[i]) + rounded(b[i]);
    } else {
      for (size_t i = 0; i < count; i++) stack[depth][i] = a[i];
    }
    depth++;
    for (size_t pairs = shard / 2 + 1; pairs % 2 == 0 && shard + 1 < shardCount; pairs /= 2) {
      depth--;
      for (size_t i = 0; i < count; i++) {
        stack[depth - 1][i] = rounded(stack[depth - 1][i]) + rounded(stack[depth][i]);
      }
    }
  }
  while (depth > 1) {
    depth--;
    for (size_t i = 0; i < count; i++) {
      stack[depth - 1][i] = rounded(stack[depth - 1][i]) + rounded(stack[depth][i]);
    }
  }
  return stack[0];
}

static size_t length_of_block(size_t offset, size_t count) {
  return count - offset < BLOCK ? count - offset : BLOCK;
}

void tandem_sum_rounded_shards(
    float *sum, const float *const *shards, size_t shardCount, size_t count) {
  if (shardCount == 0) {
    memset(sum, 0, count * sizeof *sum);
  } else if (shardCount == 1) {
    memmove(sum, shards[0], count * sizeof *sum);
  } else {
    float stack[LEVELS][BLOCK];
    for (size_t offset = 0; offset < count; offset += BLOCK) {
      const size_t length = length_of_block(offset, count);
      memcpy(sum + offset, sum_block(stack, shards, shardCount, offset, length),
             length * sizeof *sum);
    }
  }
}

void tandem_pack_shard_sum(
    tandem_bfloat16 *restrict sum, const float *const *shards, size_t shardCount, size_t count) {
  if (shardCount == 0) {
    memset(sum, 0, count * sizeof *sum);
  } else if (shardCount == 1) {
    tandem_bfloat16_from_floats(sum, shards[0], count);
  } else {
    float stack[LEVELS][BLOCK];
    for (size_t offset = 0; offset < count; offset += BLOCK) {
      const size_t length = length_of_block(offset, count);
      tandem_bfloat16_from_floats(
          sum + offset, sum_block(stack, shards, shardCount, offset, length), length);
    }
  }
}

TANDEM_CLONES
void tandem_add_bfloat16(
    tandem_bfloat16 *restrict total, const tandem_bfloat16 *restrict addend, size_t count) {
  for (size_t i = 0; i < count; i++) {
    total[i] = tandem_bfloat16_from_float(
        tandem_float_from_bfloat16(total[i]) + tandem_float_from_bfloat16(addend[i]));
  }
}

TANDEM_CLONES
void tandem_sum_two_bfloat16(
    float *restrict sum, const tandem_bfloat16 *restrict a, const tandem_bfloat16 *restrict b,
    size_t count) {
  for (size_t i = 0; i < count; i++) {
    sum[i] = tandem_float_from_bfloat16(a[i]) + tandem_float_from_bfloat16(b[i]);
  }
}

TANDEM_CLONES
void tandem_round_change(
    float *restrict parameters, const float *restrict before, tandem_bfloat16 *restrict change,
    size_t count) {
  for (size_t i = 0; i < count; i++) {
    change[i] = tandem_bfloat16_from_float(parameters[i] - before[i]);
    parameters[i] = before[i] + tandem_float_from_bfloat16(change[i]);
  }
}

TANDEM_CLONES
void tandem_add_change(
    float *restrict parameters, const tandem_bfloat16 *restrict change, size_t count) {
  for (size_t i = 0; i < count; i++) parameters[i] += tandem_float_from_bfloat16(change[i]);
}
