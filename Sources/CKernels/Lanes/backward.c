#include "Lanes/layer.h"

static struct lane_block block_of(const float *output_gradient, struct tandem_lane_memory memory,
                                  size_t block, struct tandem_lane_layer layer) {
  size_t output = block * output_size(layer);
  return (struct lane_block){
      (const lanes *)output_gradient + output,
      (const lanes *)memory.output + output,
      memory.activation ? (const lanes *)memory.activation + block * convolution_size(layer) : 0,
      memory.winners ? memory.winners + output * tandem_lane_count : 0,
  };
}

// MARK: parameters

size_t tandem_lane_gradient_scratch(struct tandem_lane_layer layer) {
  size_t sums = tandem_lane_weights_count(layer) + layer.output_channels;
  return (padded_size(layer) + strip_size(layer) + sums) * tandem_lane_count;
}

// Lanes in pairs that are 8, 4, 2 and 1 apart.
TANDEM_CLONES
static void add_lanes(const lanes *sums, float *totals, size_t count) {
  for (size_t i = 0; i < count; i++) {
    lanes sum = sums[i];
    for (int distance = tandem_lane_count / 2; distance > 0; distance /= 2) {
      for (int lane = 0; lane < distance; lane++) sum[lane] += sum[lane + distance];
    }
    totals[i] = sum[0];
  }
}

void tandem_lane_backward_parameters(const float *restrict source,
                                     const float *restrict output_gradient,
                                     struct tandem_lane_memory memory,
                                     float *restrict weight_gradient,
                                     float *restrict bias_gradient, float *restrict scratch,
                                     struct tandem_lane_layer layer) {
  size_t weights = tandem_lane_weights_count(layer);
  lanes *padded = (lanes *)scratch, *strip = padded + padded_size(layer);
  lanes *sums = strip + strip_size(layer), *bias_sums = sums + weights;
  __builtin_memset(padded, 0, padded_size(layer) * sizeof *padded);
  __builtin_memset(sums, 0, (weights + layer.output_channels) * sizeof *sums);
  struct lane_maps dy = {strip, layer.output_columns, strip_rows(layer) * layer.output_columns};
  for (size_t block = 0; block < tandem_lane_blocks(layer.images); block++) {
    struct lane_maps x = padded_source(source, block, padded, layer);
    struct lane_block memories = block_of(output_gradient, memory, block, layer);
    for (size_t first = 0; first < seen_rows(layer); first += strip_rows(layer)) {
      size_t end = strip_end(first, layer);
      tandem_lane_unpool(memories, dy, first, end, bias_sums, layer);
      tandem_lane_loops()->accumulate(x, dy, sums, first, end, correlation(layer));
    }
  }
  add_lanes(sums, weight_gradient, weights);
  if (bias_gradient) add_lanes(bias_sums, bias_gradient, layer.output_channels);
}

// MARK: input

// The correlation that brings a gradient back has the kernels turned around, so where forward
// starts `left` columns before the input, backward starts kernel - 1 - left columns before the
// output.
static size_t gradient_columns(struct tandem_lane_layer layer) {
  return layer.columns + layer.kernel_columns - 1;
}

size_t tandem_lane_backward_scratch(struct tandem_lane_layer layer) {
  return layer.output_channels * layer.output_rows * gradient_columns(layer) * tandem_lane_count;
}

void tandem_lane_backward_input(const float *restrict output_gradient,
                                const float *restrict packed_weights,
                                struct tandem_lane_memory memory, float *restrict source_gradient,
                                float *restrict scratch, struct tandem_lane_layer layer) {
  size_t columns = gradient_columns(layer);
  struct lane_maps dy = {(lanes *)scratch, columns, layer.output_rows * columns};
  __builtin_memset(dy.base, 0, layer.output_channels * dy.channel * sizeof *dy.base);
  struct lane_maps inner = dy;
  inner.base += layer.kernel_columns - 1 - layer.left;
  struct lane_correlation shape = {layer.output_channels, layer.output_rows, layer.channels,
                                   layer.columns,         layer.kernel_rows, layer.kernel_columns,
                                   layer.kernel_rows - 1 - layer.top,
                                   layer.kernel_columns - 1 - layer.left, layer.output_columns};
  for (size_t block = 0; block < tandem_lane_blocks(layer.images); block++) {
    tandem_lane_unpool(block_of(output_gradient, memory, block, layer), inner, 0, layer.output_rows,
                       0, layer);
    struct lane_maps dx = {(lanes *)source_gradient + block * source_size(layer), layer.columns,
                           layer.rows * layer.columns};
    tandem_lane_loops()->correlate(dy, packed_weights, 0, dx, 0, layer.rows, shape);
  }
}
