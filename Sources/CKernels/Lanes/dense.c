#include "Lanes/internal.h"

// The forward pass of a dense layer whose input is in lane order; its loops are in loops.h.

// Vectors are over outputs for the last images where that is faster. Transposing weights takes the
// time of some multiply-adds. Where no whole block of images reads the weights before, they must
// come from a cache: rows of 16 outputs at once are slow from memory.
enum { cost_of_transposition = 4, most_weights_alone = 4 << 20 };
static struct lane_dense dense_of(size_t images, size_t features, size_t outputs) {
  size_t blocks = tandem_lane_blocks(images), last = images % tandem_lane_count;
  struct lane_dense whole = {blocks, 0, features, outputs};
  if (last == 0 || last > lane_most_in_tail || outputs < tandem_lane_count) return whole;
  if (blocks == 1 && features * outputs > most_weights_alone) return whole;
  struct lane_dense tailed = {blocks - 1, last, features, outputs};
  return lane_tail_bands(tailed) * (last + cost_of_transposition) < outputs ? tailed : whole;
}

static size_t sums_count(struct lane_dense dense) {
  return dense.blocks * dense.outputs + lane_tail_bands(dense) * dense.tail;
}

// Vectors over outputs are fewer than a block of images would take.
size_t tandem_lane_dense_scratch(size_t images, size_t outputs) {
  return tandem_lane_blocks(images) * outputs * tandem_lane_count;
}

void tandem_lane_dense(const float *restrict source, const float *restrict weights,
                       const float *restrict bias, float *restrict output,
                       enum tandem_lane_activation activation, float *restrict scratch,
                       size_t images, size_t features, size_t outputs,
                       enum tandem_instructions set) {
  struct lane_dense dense = dense_of(images, features, outputs);
  lanes *sums = (lanes *)scratch, *last_sums = sums + dense.blocks * outputs;
  for (size_t block = 0; block < dense.blocks; block++) {
    for (size_t o = 0; o < outputs; o++) {
      sums[block * outputs + o] = (bias ? bias[o] : 0) - (lanes){0};
    }
  }
  for (size_t band = 0; band < lane_tail_bands(dense); band++) {
    for (size_t n = 0; n < dense.tail; n++) {
      lanes *sum = last_sums + band * dense.tail + n;
      *sum = (lanes){0};
      if (bias) __builtin_memcpy(sum, bias + lane_tail_start(band, dense), sizeof *sum);
    }
  }
  tandem_lane_loops(set)->add_products((const lanes *)source, weights, sums, dense);
  size_t count = sums_count(dense);
  tandem_lane_activate((struct lane_maps){sums, count, 0}, 1, count, activation);
  tandem_lanes_to_plain(scratch, output, images - dense.tail, outputs);
  for (size_t band = 0; band < lane_tail_bands(dense); band++) {
    for (size_t n = 0; n < dense.tail; n++) {
      float *to = output + (images - dense.tail + n) * outputs + lane_tail_start(band, dense);
      __builtin_memcpy(to, last_sums + band * dense.tail + n, sizeof(lanes));
    }
  }
}
