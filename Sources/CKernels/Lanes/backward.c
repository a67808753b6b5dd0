#include "Lanes/fold.h"

static struct lane_block block_of(const lanes *output_gradient, struct tandem_lane_memory memory) {
  return (struct lane_block){output_gradient, (const lanes *)memory.output,
                             (const lanes *)memory.activation, memory.winners};
}

// MARK: parameters

// Sums of the gradients, a strip of the convolution's gradient, and by Winograd's way the values of
// the input and of that strip.
struct work {
  lanes *sums, *bias_sums, *strip, *values, *gradient_values, *end;
};
static size_t work_size(struct lane_fold fold, struct tandem_lane_layer layer) {
  return tandem_lane_packed_count(layer) + layer.output_channels + strip_size(layer) +
         most_source_values(fold, layer) + strip_values(layer);
}
static struct work work_in(lanes *scratch, struct lane_fold fold, struct tandem_lane_layer layer) {
  struct work work = {.sums = scratch, .end = scratch + work_size(fold, layer)};
  work.bias_sums = work.sums + tandem_lane_packed_count(layer);
  work.strip = work.bias_sums + layer.output_channels;
  work.values = work.strip + strip_size(layer);
  work.gradient_values = work.values + most_source_values(fold, layer);
  return work;
}

size_t tandem_lane_gradient_scratch(struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold(layer);
  return (work_size(fold, layer) + tandem_lane_folded_size(fold)) * tandem_lane_count;
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

// Kernel rows, [row][column], from sums of their values, [value][row]: what weights.c makes of
// weights, turned around.
TANDEM_CLONES
static void add_lanes_of_values(const lanes *sums, float *totals, size_t rows) {
  for (size_t i = 0; i < rows; i++, totals += winograd_kernel) {
    const lanes *from = sums + i;
    const float factor1 = (float)winograd_factors[0], factor2 = (float)winograd_factors[1];
    const float factor3 = (float)winograd_factors[2];
    const lanes even1 = factor1 * (from[rows] + from[2 * rows]);
    const lanes odd1 = factor1 * (from[rows] - from[2 * rows]);
    const lanes even2 = factor2 * (from[3 * rows] + from[4 * rows]);
    const lanes odd2 = 2 * factor2 * (from[3 * rows] - from[4 * rows]);
    const lanes even3 = factor3 * (from[5 * rows] + from[6 * rows]);
    const lanes odd3 = 0.5f * factor3 * (from[5 * rows] - from[6 * rows]);
    const lanes kernel[winograd_kernel] = {
        from[0] + even1 + even2 + even3,
        odd1 + odd2 + odd3,
        even1 + 4 * even2 + 0.25f * even3,
        odd1 + 4 * odd2 + 0.25f * odd3,
        even1 + 16 * even2 + 0.0625f * even3 + from[7 * rows],
    };
    add_lanes(kernel, totals, winograd_kernel);
  }
}

// Adds what one block gives to a tile of outputs, all with memory of their own.
static void accumulate_tile(struct lane_maps x, struct lane_block block, struct work work,
                            struct tandem_lane_layer layer) {
  const struct lane_loops *loops = tandem_lane_loops(layer.set);
  struct lane_maps dy = {work.strip, layer.output_columns,
                         strip_rows(layer) * layer.output_columns};
  for (size_t first = 0; first < seen_rows(layer); first += strip_rows(layer)) {
    size_t end = strip_end(first, layer);
    tandem_lane_unpool(block, dy, first, end, work.bias_sums, layer);
    if (uses_winograd(layer)) {
      loops->winograd_accumulate(work.values, dy, work.sums, work.gradient_values, first, end,
                                 correlation(layer));
    } else {
      loops->accumulate(x, dy, work.sums, first, end, correlation(layer));
    }
  }
}

// Adds what one block gives, with `memory` of its own.
static void accumulate(struct lane_maps x, const lanes *output_gradient,
                       struct tandem_lane_memory memory, struct work work,
                       struct tandem_lane_layer layer) {
  if (uses_winograd(layer)) {
    tandem_lane_loops(layer.set)->winograd_source(x, work.values, correlation(layer));
  }
  for (size_t number = 0; number < output_tiles(layer); number++) {
    struct lane_part outputs = output_tile(number, layer);
    struct tandem_lane_layer tile = layer_of(outputs, layer);
    accumulate_tile(x, block_of(output_gradient, memory_from(outputs.start, memory, layer)), work,
                    tile);
    output_gradient += output_size(tile);
    work.bias_sums += outputs.count;
    work.sums += tandem_lane_packed_count(tile);
  }
}

static void add_up(const lanes *sums, float *weight_gradient, struct tandem_lane_layer layer) {
  size_t weights = tandem_lane_weights_count(layer);
  if (!uses_winograd(layer)) {
    add_lanes(sums, weight_gradient, weights);
    return;
  }
  for (size_t number = 0; number < output_tiles(layer); number++) {
    struct tandem_lane_layer tile = layer_of(output_tile(number, layer), layer);
    size_t tile_weights = tandem_lane_weights_count(tile);
    add_lanes_of_values(sums, weight_gradient, tile_weights / winograd_kernel);
    sums += tandem_lane_packed_count(tile);
    weight_gradient += tile_weights;
  }
}

void tandem_lane_backward_parameters(const float *restrict source,
                                     const float *restrict output_gradient,
                                     struct tandem_lane_memory memory,
                                     float *restrict weight_gradient,
                                     float *restrict bias_gradient, float *restrict scratch,
                                     struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold(layer);
  struct work work = work_in((lanes *)scratch, fold, layer);
  size_t sums = tandem_lane_packed_count(layer) + layer.output_channels;
  __builtin_memset(work.sums, 0, sums * sizeof *work.sums);
  const lanes *x = (const lanes *)source, *gradient = (const lanes *)output_gradient;
  for (size_t block = 0; block < fold.whole; block++) {
    accumulate(source_maps(x, layer), gradient, memory_of(memory, block, layer), work, layer);
    x += source_size(layer);
    gradient += output_size(layer);
  }
  if (fold.parts > 1) {
    struct lane_folded folded = tandem_lane_folded(work.end, fold, memory);
    tandem_lane_fold_source(x, folded, fold, layer);
    tandem_lane_fold_gradient(gradient, memory_of(memory, fold.whole, layer), folded, fold, layer);
    accumulate(source_maps(folded.source, fold.part), folded.gradient, folded.memory, work,
               fold.part);
  }
  add_up(work.sums, weight_gradient, layer);
  if (bias_gradient) add_lanes(work.bias_sums, bias_gradient, layer.output_channels);
}

// MARK: input

// The gradient of the convolution's output; both gradients once more where a block is folded; and
// by Winograd's way the values of the output's gradient with room for sums behind them.
struct input_work {
  lanes *dy, *folded_dy, *folded_dx, *values;
};
static size_t folded_dy_size(struct lane_fold fold) {
  return fold.parts > 1 ? convolution_size(fold.part) : 0;
}
static size_t folded_dx_size(struct lane_fold fold) {
  return fold.parts > 1 ? source_size(fold.part) : 0;
}
static struct input_work input_work_in(lanes *scratch, struct lane_fold fold,
                                       struct tandem_lane_layer layer) {
  struct input_work work = {.dy = scratch};
  work.folded_dy = work.dy + convolution_size(layer);
  work.folded_dx = work.folded_dy + folded_dy_size(fold);
  work.values = work.folded_dx + folded_dx_size(fold);
  return work;
}

size_t tandem_lane_backward_scratch(struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold_input(layer);
  // A part sees rows around its own: they may be more than the layer has.
  const size_t rows = fold.part.output_rows > layer.output_rows ? fold.part.output_rows
                                                                : layer.output_rows;
  const size_t values = values_of_rows(layer.output_channels, rows, layer);
  return (convolution_size(layer) + folded_dy_size(fold) + folded_dx_size(fold) + values +
          sums_of_step(layer.channels, layer)) *
         tandem_lane_count;
}

static struct lane_maps convolution_maps(lanes *base, struct tandem_lane_layer layer) {
  return (struct lane_maps){base, layer.output_columns, layer.output_rows * layer.output_columns};
}

// From the gradient of the convolution's output to that of the input.
static void correlate(lanes *dy, const float *packed_weights, lanes *dx, lanes *values,
                      struct tandem_lane_layer layer) {
  const struct lane_loops *loops = tandem_lane_loops(layer.set);
  if (uses_winograd(layer)) {
    loops->winograd_correlate_back(convolution_maps(dy, layer), packed_weights,
                                   source_maps(dx, layer), values, layer.output_rows,
                                   correlation(layer));
    return;
  }
  // The kernels are turned around: where forward starts `left` columns before the input, this
  // starts kernel - 1 - left columns before the output.
  struct lane_correlation shape = {.channels = layer.output_channels,
                                   .rows = layer.output_rows,
                                   .columns = layer.output_columns,
                                   .output_channels = layer.channels,
                                   .output_columns = layer.columns,
                                   .kernel_rows = layer.kernel_rows,
                                   .kernel_columns = layer.kernel_columns,
                                   .top = layer.kernel_rows - 1 - layer.top,
                                   .left = layer.kernel_columns - 1 - layer.left};
  loops->correlate(convolution_maps(dy, layer), packed_weights, 0, source_maps(dx, layer), 0,
                   layer.rows, shape);
}

void tandem_lane_backward_input(const float *restrict output_gradient,
                                const float *restrict packed_weights,
                                struct tandem_lane_memory memory, float *restrict source_gradient,
                                float *restrict scratch, struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold_input(layer);
  struct input_work work = input_work_in((lanes *)scratch, fold, layer);
  lanes *dx = (lanes *)source_gradient;
  for (size_t block = 0; block < tandem_lane_blocks(layer.images); block++) {
    const lanes *gradient = (const lanes *)output_gradient + block * output_size(layer);
    tandem_lane_unpool(block_of(gradient, memory_of(memory, block, layer)),
                       convolution_maps(work.dy, layer), 0, layer.output_rows, 0, layer);
    if (block < fold.whole) {
      correlate(work.dy, packed_weights, dx, work.values, layer);
      dx += source_size(layer);
      continue;
    }
    tandem_lane_fold_maps(work.dy, work.folded_dy, tandem_lane_output_gradient_cut(fold, layer));
    correlate(work.folded_dy, packed_weights, work.folded_dx, work.values, fold.part);
    tandem_lane_unfold_maps(work.folded_dx, dx, tandem_lane_source_gradient_cut(fold, layer));
  }
}
