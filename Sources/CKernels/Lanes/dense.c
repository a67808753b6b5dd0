#include "Lanes/internal.h"

// The forward pass of a dense layer whose input is in lane order; its loops are in loops.h.

size_t tandem_lane_dense_scratch(size_t images, size_t outputs) {
  return tandem_lane_blocks(images) * outputs * tandem_lane_count;
}

void tandem_lane_dense(const float *restrict source, const float *restrict weights,
                       const float *restrict bias, float *restrict output,
                       enum tandem_lane_activation activation, float *restrict scratch,
                       size_t images, size_t features, size_t outputs) {
  size_t blocks = tandem_lane_blocks(images);
  lanes *sums = (lanes *)scratch;
  for (size_t block = 0; block < blocks; block++) {
    for (size_t o = 0; o < outputs; o++) {
      sums[block * outputs + o] = (bias ? bias[o] : 0) - (lanes){0};
    }
  }
  tandem_lane_loops()->add_products((const lanes *)source, weights, sums, blocks, features,
                                    outputs);
  tandem_lane_activate((struct lane_maps){sums, outputs, 0}, 1, blocks * outputs, activation);
  tandem_lanes_to_plain(scratch, output, images, outputs);
}
