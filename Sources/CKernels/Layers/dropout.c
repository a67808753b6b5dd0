#include "Layers/dropout.h"

#include "Vectors/clones.h"

enum { blocks_at_once = 64 };

// Philox4x32-10 (Salmon et al. 2011) for `blocks_at_once` neighbouring counters: the loops run over
// arrays so that the compiler turns each of them into vector instructions.
static inline __attribute__((always_inline)) void philox_blocks(
    uint32_t words[4][blocks_at_once], uint32_t first_block, uint64_t key, uint32_t layer,
    uint32_t position, uint32_t epoch) {
  for (int i = 0; i < blocks_at_once; i++) {
    words[0][i] = first_block + (uint32_t)i;
    words[1][i] = layer;
    words[2][i] = position;
    words[3][i] = epoch;
  }
  uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < blocks_at_once; i++) {
      uint64_t product0 = (uint64_t)words[0][i] * 0xD2511F53u;
      uint64_t product1 = (uint64_t)words[2][i] * 0xCD9E8D57u;
      uint32_t word0 = (uint32_t)(product1 >> 32) ^ words[1][i] ^ key0;
      uint32_t word2 = (uint32_t)(product0 >> 32) ^ words[3][i] ^ key1;
      words[1][i] = (uint32_t)product1;
      words[3][i] = (uint32_t)product0;
      words[0][i] = word0;
      words[2][i] = word2;
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

// Whether each of the next `4 * blocks_at_once` elements survives, as 1 or 0.
static inline __attribute__((always_inline)) void keep_block(
    uint8_t keep[4 * blocks_at_once], uint32_t first_block, uint64_t key, uint32_t layer,
    uint32_t position, uint32_t epoch, uint32_t threshold) {
  uint32_t words[4][blocks_at_once];
  philox_blocks(words, first_block, key, layer, position, epoch);
  for (int i = 0; i < blocks_at_once; i++) {
    keep[4 * i] = words[0][i] >= threshold;
    keep[4 * i + 1] = words[1][i] >= threshold;
    keep[4 * i + 2] = words[2][i] >= threshold;
    keep[4 * i + 3] = words[3][i] >= threshold;
  }
}

// output = mask ? input * scale : 0 for `count` elements, at most one chunk. The result goes
// through a local array because input and output may be the same memory: then the compiler's vector
// loop over the two of them would never be taken.
static inline __attribute__((always_inline)) void apply_mask(
    const float *input, float *output, const uint8_t *mask, size_t count, float scale) {
  float result[4 * blocks_at_once];
  for (size_t i = 0; i < count; i++) result[i] = mask[i] ? input[i] * scale : 0.0f;
  for (size_t i = 0; i < count; i++) output[i] = result[i];
}

static inline size_t chunk(size_t count, size_t start) {
  return count - start < 4 * blocks_at_once ? count - start : 4 * blocks_at_once;
}

TANDEM_CLONES
void tandem_dropout_forward(
    const float *input, float *output, uint8_t *mask, size_t first, size_t count, float rate,
    uint64_t key, uint32_t layer, uint32_t position, uint32_t epoch) {
  const uint32_t threshold = (uint32_t)((double)rate * 4294967296.0);
  const float scale = 1.0f / (1.0f - rate);
  uint8_t keep[4 * blocks_at_once];
  // What a block of four words has before the first element is left out.
  const size_t skipped = first % 4;
  for (size_t start = 0, elements; start < count; start += elements) {
    const size_t unused = start == 0 ? skipped : 0;
    keep_block(
        keep, (uint32_t)((first + start) / 4), key, layer, position, epoch, threshold);
    elements = chunk(count + unused, start) - unused;
    for (size_t i = 0; i < elements; i++) mask[start + i] = keep[unused + i];
    apply_mask(input + start, output + start, keep + unused, elements, scale);
  }
}

TANDEM_CLONES
void tandem_dropout_backward(
    const float *output_gradient, float *input_gradient, const uint8_t *mask, size_t count,
    float scale) {
  for (size_t start = 0; start < count; start += 4 * blocks_at_once) {
    apply_mask(
        output_gradient + start, input_gradient + start, mask + start, chunk(count, start), scale);
  }
}
