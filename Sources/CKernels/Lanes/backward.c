#include "Lanes/fold.h"

static struct lane_block block_of(const lanes *output_gradient, struct tandem_lane_memory memory) {
  return (struct lane_block){output_gradient, (const lanes *)memory.output,
                             (const lanes *)memory.activation, memory.winners};
}

// MARK: parameters

size_t tandem_lane_gradient_scratch(struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold(layer);
  size_t sums = tandem_lane_weights_count(layer) + layer.output_channels;
  return (strip_size(layer) + sums + tandem_lane_folded_size(fold)) * tandem_lane_count;
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

// Adds what one block gives to a tile of outputs, all with memory of their own.
static void accumulate_tile(struct lane_maps x, struct lane_block block, lanes *strip, lanes *sums,
                            lanes *bias_sums, struct tandem_lane_layer layer) {
  struct lane_maps dy = {strip, layer.output_columns, strip_rows(layer) * layer.output_columns};
  for (size_t first = 0; first < seen_rows(layer); first += strip_rows(layer)) {
    size_t end = strip_end(first, layer);
    tandem_lane_unpool(block, dy, first, end, bias_sums, layer);
    tandem_lane_loops(layer.set)->accumulate(x, dy, sums, first, end, correlation(layer));
  }
}

// Adds what one block gives, with `memory` of its own.
static void accumulate(struct lane_maps x, const lanes *output_gradient,
                       struct tandem_lane_memory memory, lanes *strip, lanes *sums,
                       lanes *bias_sums, struct tandem_lane_layer layer) {
  for (size_t number = 0; number < output_tiles(layer); number++) {
    struct lane_part outputs = output_tile(number, layer);
    struct tandem_lane_layer tile = layer_of(outputs, layer);
    accumulate_tile(x, block_of(output_gradient, memory_from(outputs.start, memory, layer)), strip,
                    sums, bias_sums + outputs.start, tile);
    output_gradient += output_size(tile);
    sums += tandem_lane_weights_count(tile);
  }
}

void tandem_lane_backward_parameters(const float *restrict source,
                                     const float *restrict output_gradient,
                                     struct tandem_lane_memory memory,
                                     float *restrict weight_gradient,
                                     float *restrict bias_gradient, float *restrict scratch,
                                     struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold(layer);
  size_t weights = tandem_lane_weights_count(layer);
  lanes *strip = (lanes *)scratch;
  lanes *sums = strip + strip_size(layer), *bias_sums = sums + weights;
  __builtin_memset(sums, 0, (weights + layer.output_channels) * sizeof *sums);
  const lanes *x = (const lanes *)source, *gradient = (const lanes *)output_gradient;
  for (size_t block = 0; block < fold.whole; block++) {
    accumulate(source_maps(x, layer), gradient, memory_of(memory, block, layer), strip, sums,
               bias_sums, layer);
    x += source_size(layer);
    gradient += output_size(layer);
  }
  if (fold.parts > 1) {
    struct lane_folded folded = tandem_lane_folded(bias_sums + layer.output_channels, fold, memory);
    tandem_lane_fold_source(x, folded, fold, layer);
    tandem_lane_fold_gradient(gradient, memory_of(memory, fold.whole, layer), folded, fold, layer);
    accumulate(source_maps(folded.source, fold.part), folded.gradient, folded.memory, strip, sums,
               bias_sums, fold.part);
  }
  add_lanes(sums, weight_gradient, weights);
  if (bias_gradient) add_lanes(bias_sums, bias_gradient, layer.output_channels);
}

// MARK: input

// The gradient of the convolution's output, and where a block is folded it and the input's gradient
// once more.
size_t tandem_lane_backward_scratch(struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold_input(layer);
  size_t folded = fold.parts > 1 ? convolution_size(fold.part) + source_size(fold.part) : 0;
  return (convolution_size(layer) + folded) * tandem_lane_count;
}

static struct lane_maps convolution_maps(lanes *base, struct tandem_lane_layer layer) {
  return (struct lane_maps){base, layer.output_columns, layer.output_rows * layer.output_columns};
}

// From the gradient of the convolution's output to that of the input. The kernels are turned
// around: where forward starts `left` columns before the input, this starts kernel - 1 - left
// columns before the output.
static void correlate(lanes *dy, const float *packed_weights, lanes *dx,
                      struct tandem_lane_layer layer) {
  struct lane_correlation shape = {.channels = layer.output_channels,
                                   .rows = layer.output_rows,
                                   .columns = layer.output_columns,
                                   .output_channels = layer.channels,
                                   .output_columns = layer.columns,
                                   .kernel_rows = layer.kernel_rows,
                                   .kernel_columns = layer.kernel_columns,
                                   .top = layer.kernel_rows - 1 - layer.top,
                                   .left = layer.kernel_columns - 1 - layer.left};
  tandem_lane_loops(layer.set)->correlate(convolution_maps(dy, layer), packed_weights, 0,
                                          source_maps(dx, layer), 0, layer.rows, shape);
}

void tandem_lane_backward_input(const float *restrict output_gradient,
                                const float *restrict packed_weights,
                                struct tandem_lane_memory memory, float *restrict source_gradient,
                                float *restrict scratch, struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold_input(layer);
  lanes *dy = (lanes *)scratch, *dx = (lanes *)source_gradient;
  for (size_t block = 0; block < tandem_lane_blocks(layer.images); block++) {
    const lanes *gradient = (const lanes *)output_gradient + block * output_size(layer);
    tandem_lane_unpool(block_of(gradient, memory_of(memory, block, layer)),
                       convolution_maps(dy, layer), 0, layer.output_rows, 0, layer);
    if (block < fold.whole) {
      correlate(dy, packed_weights, dx, layer);
      dx += source_size(layer);
      continue;
    }
    lanes *folded_dy = dy + convolution_size(layer);
    lanes *folded_dx = folded_dy + convolution_size(fold.part);
    tandem_lane_fold_maps(dy, folded_dy, tandem_lane_output_gradient_cut(fold, layer));
    correlate(folded_dy, packed_weights, folded_dx, fold.part);
    tandem_lane_unfold_maps(folded_dx, dx, tandem_lane_source_gradient_cut(fold, layer));
  }
}
