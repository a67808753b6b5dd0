#include "Sums/sum.h"

#include "Vectors/clones.h"

// Elements that are carried through the whole tree at a time: with the tree's intermediate sums
// they stay in the first-level cache.
#define BLOCK 512

// Intermediate sums that can wait at once: one for each power of two up to the most shards.
#define LEVELS 17

// Sums the shards of one block. The intermediate sums form a stack in which each covers a power of
// two of shards, as the digits of a binary counter do; two equal ones are added at once. What is
// left in the end is added from the smallest (the last shards) upwards, which is exactly the tree
// that splits at the largest power of two.
TANDEM_CLONES
static void sum_block(float *sum, const float *const *shards, size_t shardCount,
                      size_t offset, size_t count) {
  float stack[LEVELS][BLOCK];
  size_t depth = 0;
  for (size_t shard = 0; shard < shardCount; shard += 2) {
    const float *a = shards[shard] + offset;
    if (shard + 1 < shardCount) {
      const float *b = shards[shard + 1] + offset;
      for (size_t i = 0; i < count; i++) stack[depth][i] = a[i] + b[i];
    } else {
      for (size_t i = 0; i < count; i++) stack[depth][i] = a[i];
    }
    depth++;
    // After shards 0…k the counter's trailing ones say how many sums are complete. A lone last
    // shard completes none: it waits for the final round.
    for (size_t pairs = shard / 2 + 1; pairs % 2 == 0 && shard + 1 < shardCount; pairs /= 2) {
      depth--;
      for (size_t i = 0; i < count; i++) stack[depth - 1][i] += stack[depth][i];
    }
  }
  while (depth > 1) {
    depth--;
    for (size_t i = 0; i < count; i++) stack[depth - 1][i] += stack[depth][i];
  }
  for (size_t i = 0; i < count; i++) sum[i] = stack[0][i];
}

TANDEM_CLONES
static void sum_two(float *sum, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] = a[i] + b[i];
}

TANDEM_CLONES
static void sum_four(float *sum, const float *a, const float *b, const float *c, const float *d,
                     size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] = (a[i] + b[i]) + (c[i] + d[i]);
}

void tandem_sum_shards(float *sum, const float *const *shards, size_t shardCount, size_t count) {
  switch (shardCount) {
  case 0:
    for (size_t i = 0; i < count; i++) sum[i] = 0;
    return;
  case 1:
    if (sum != shards[0]) {
      for (size_t i = 0; i < count; i++) sum[i] = shards[0][i];
    }
    return;
  case 2:
    sum_two(sum, shards[0], shards[1], count);
    return;
  case 4:
    sum_four(sum, shards[0], shards[1], shards[2], shards[3], count);
    return;
  default:
    for (size_t offset = 0; offset < count; offset += BLOCK) {
      size_t block = count - offset < BLOCK ? count - offset : BLOCK;
      sum_block(sum + offset, shards, shardCount, offset, block);
    }
  }
}

TANDEM_CLONES
void tandem_add(float *restrict total, const float *restrict addend, size_t count) {
  for (size_t i = 0; i < count; i++) total[i] += addend[i];
}

TANDEM_CLONES
void tandem_sum_rows(float *restrict sum, const float *restrict values, size_t rows,
                     size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] = values[i];
  for (size_t row = 1; row < rows; row++) {
    for (size_t i = 0; i < count; i++) sum[i] += values[row * count + i];
  }
}

TANDEM_CLONES
void tandem_scale(float *restrict scaled, const float *restrict values, float factor,
                  size_t count) {
  for (size_t i = 0; i < count; i++) scaled[i] = values[i] * factor;
}

// Sixteen running sums, so that the order of additions does not depend on the width of the
// machine's vectors. The square of a float is exact in double: fused or not, the bits are the same.
TANDEM_CLONES
double tandem_sum_of_squares(const float *values, size_t count) {
  double lanes[16] = {0};
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (size_t lane = 0; lane < 16; lane++) {
      double value = values[i + lane];
      lanes[lane] += value * value;
    }
  }
  for (size_t lane = 0; i < count; i++, lane++) {
    double value = values[i];
    lanes[lane] += value * value;
  }
  for (size_t width = 8; width > 0; width /= 2) {
    for (size_t lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
  }
  return lanes[0];
}

// A float is not finite exactly when all bits of its exponent are set.
TANDEM_CLONES
int tandem_all_finite(const float *values, size_t count) {
  unsigned worst = 0;
  for (size_t i = 0; i < count; i++) {
    union {
      float value;
      unsigned bits;
    } view = {values[i]};
    unsigned exponent = view.bits & 0x7f800000u;
    worst = exponent > worst ? exponent : worst;
  }
  return worst != 0x7f800000u;
}
