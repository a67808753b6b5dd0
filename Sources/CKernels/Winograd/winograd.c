#include "Winograd/internal.h"

#include <string.h>

#include "Processor/store_fence.h"

bool tandem_winograd_runs(enum tandem_winograd_set set) {
#if defined(__x86_64__)
  switch (set) {
    case tandem_winograd_avx512_bf16:
      return __builtin_cpu_supports("avx512bf16") && tandem_winograd_runs(tandem_winograd_avx512);
    case tandem_winograd_avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    case tandem_winograd_avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    default: return true;
  }
#else
  return set == tandem_winograd_portable;
#endif
}

static const struct winograd_kernels *kernels_of(enum tandem_winograd_set set) {
#if defined(__x86_64__)
  if (set == tandem_winograd_avx512_bf16) return &tandem_winograd_kernels_avx512_bf16;
  if (set == tandem_winograd_avx512) return &tandem_winograd_kernels_avx512;
  if (set == tandem_winograd_avx2) return &tandem_winograd_kernels_avx2;
#endif
  return &tandem_winograd_kernels_portable;
}

size_t tandem_winograd_block(enum tandem_winograd_set set) { return kernels_of(set)->block; }

static size_t blocks_of(size_t channels, size_t groups, size_t block) {
  return (channels / groups + block - 1) / block;
}

// MARK: Parts

// Measured with second caches of 512 KiB and 1 MiB. Forward and backward to the input, few weights
// are transformed first and stream by for each 28 tiles. Many of them are transformed in panels of
// two blocks of outputs, 288 KiB at a time, for as many tiles as take 12 MiB at most. Backward to
// the weights it is their sums that stay, in the last cache where they are 9 MiB: that takes less
// time than transforming tiles for each of four smaller parts, but where these are few.
enum {
  convolution_tiles = 28,
  most_weights_at_once = 192 * 192,
  panel_tiles = 168,
  panel_weights = 2048,
  most_panel_tile_floats = 3 << 20,
  gradient_tiles = 48,
  most_gradient_channels = 256,
  few_gradient_tiles = 4 * gradient_tiles,
  most_gradient_channels_of_few = 128,
};

// Blocks of the largest part where they are cut into nearly equal ones of so many channels at most;
// an even number, as outputs are computed in pairs.
static size_t equal_part(size_t blocks, size_t block, size_t most_channels) {
  const size_t most = most_channels / block, parts = (blocks + most - 1) / most;
  return least(((blocks + parts - 1) / parts + 1) / 2 * 2, blocks);
}

static void set_tiles(struct winograd_pass *pass) {
  const size_t step = tile_step(pass->kernel);
  pass->tile_rows = (pass->output_rows + step - 1) / step;
  pass->tile_columns = (pass->output_columns + step - 1) / step;
}

static void set_convolution_parts(struct winograd_pass *pass, size_t block) {
  set_tiles(pass);
  const size_t channels = pass->blocks * block;
  pass->by_panels = channels * pass->output_blocks * block > most_weights_at_once;
  pass->chunk = pass->blocks;
  pass->output_chunk = pass->output_blocks;
  pass->tiles = convolution_tiles;
  if (!pass->by_panels) return;
  const size_t most_tiles = most_panel_tile_floats / (tile_points * channels);
  pass->tiles = least(panel_tiles, most_tiles > convolution_tiles ? most_tiles : convolution_tiles);
  pass->output_chunk = least(2, pass->output_blocks);
  // Of whole sums, so that it makes no difference for the result.
  const size_t most = panel_weights / (pass->output_chunk * block);
  const size_t parts = (channels + most - 1) / most;
  const size_t sums = (channels + parts * channels_of_sum - 1) / (parts * channels_of_sum);
  pass->chunk = least(sums * channels_of_sum / block, pass->blocks);
}

static struct winograd_pass forward_pass(struct tandem_winograd_layer layer, size_t block) {
  struct winograd_pass pass = {
      .images = layer.images,
      .groups = layer.groups,
      .blocks = blocks_of(layer.channels, layer.groups, block),
      .rows = layer.rows,
      .columns = layer.columns,
      .output_blocks = blocks_of(layer.output_channels, layer.groups, block),
      .output_rows = layer.output_rows,
      .output_columns = layer.output_columns,
      .kernel = layer.kernel,
      .top = (ptrdiff_t)layer.top,
      .left = (ptrdiff_t)layer.left,
      .outputs = layer.output_channels / layer.groups,
      .inputs = layer.channels / layer.groups,
  };
  set_convolution_parts(&pass, block);
  return pass;
}

static struct winograd_pass backward_pass(struct tandem_winograd_layer layer, size_t block) {
  struct winograd_pass pass = {
      .images = layer.images,
      .groups = layer.groups,
      .blocks = blocks_of(layer.output_channels, layer.groups, block),
      .rows = layer.output_rows,
      .columns = layer.output_columns,
      .output_blocks = blocks_of(layer.channels, layer.groups, block),
      .output_rows = layer.rows,
      .output_columns = layer.columns,
      .kernel = layer.kernel,
      .top = (ptrdiff_t)layer.kernel - 1 - (ptrdiff_t)layer.top,
      .left = (ptrdiff_t)layer.kernel - 1 - (ptrdiff_t)layer.left,
      .outputs = layer.output_channels / layer.groups,
      .inputs = layer.channels / layer.groups,
      .turns = true,
  };
  set_convolution_parts(&pass, block);
  return pass;
}

static struct winograd_pass gradient_pass(struct tandem_winograd_layer layer, size_t block) {
  struct winograd_pass pass = forward_pass(layer, block);
  pass.tiles = gradient_tiles;
  const size_t most = winograd_tiles(pass) < few_gradient_tiles ? most_gradient_channels_of_few
                                                                : most_gradient_channels;
  pass.chunk = equal_part(pass.blocks, block, most);
  pass.output_chunk = equal_part(pass.output_blocks, block, most);
  return pass;
}

// MARK: Memory

static size_t tiles_at_once(struct winograd_pass pass) {
  return least(pass.tiles, winograd_tiles(pass));
}

static size_t padded_bias(struct winograd_pass pass, size_t block) {
  return odd_lines(pass.groups * pass.output_blocks * block, sizeof(float));
}

// Floats that so many factors, or sums of products, of each point of a tile take.
static size_t factor_floats(size_t count, const struct winograd_kernels *kernels) {
  const size_t bytes = kernels->factor_bytes;
  return tile_points * odd_lines(count, bytes) * bytes / sizeof(float);
}
static size_t sum_floats(size_t count) { return tile_points * odd_lines(count, sizeof(float)); }

static size_t convolution_scratch(struct winograd_pass pass,
                                  const struct winograd_kernels *kernels) {
  const size_t tiles = tiles_at_once(pass), block = kernels->block;
  return factor_floats(pass.chunk * pass.output_chunk * block * block, kernels) +
         factor_floats(tiles * pass.blocks * block, kernels) +
         sum_floats(tiles * pass.output_chunk * block);
}

size_t tandem_winograd_forward_scratch(enum tandem_winograd_set set,
                                       struct tandem_winograd_layer layer) {
  const struct winograd_kernels *kernels = kernels_of(set);
  const struct winograd_pass pass = forward_pass(layer, kernels->block);
  return padded_bias(pass, kernels->block) + convolution_scratch(pass, kernels);
}

size_t tandem_winograd_backward_scratch(enum tandem_winograd_set set,
                                        struct tandem_winograd_layer layer) {
  const struct winograd_kernels *kernels = kernels_of(set);
  return convolution_scratch(backward_pass(layer, kernels->block), kernels);
}

size_t tandem_winograd_gradient_scratch(enum tandem_winograd_set set,
                                        struct tandem_winograd_layer layer) {
  const struct winograd_kernels *kernels = kernels_of(set);
  const size_t block = kernels->block;
  const struct winograd_pass pass = gradient_pass(layer, block);
  const size_t tiles = whole_terms(tiles_at_once(pass), kernels->terms);
  return padded_bias(pass, block) + sum_floats(pass.chunk * pass.output_chunk * block * block) +
         factor_floats(tiles * pass.chunk * block, kernels) +
         factor_floats(tiles * pass.output_chunk * block, kernels);
}

// MARK: Passes

void tandem_winograd_forward(enum tandem_winograd_set set, const void *restrict source,
                             const float *restrict weights, const float *restrict bias,
                             bool rectifies, void *restrict destination, float *restrict scratch,
                             struct tandem_winograd_layer layer) {
  const struct winograd_kernels *kernels = kernels_of(set);
  const struct winograd_pass pass = forward_pass(layer, kernels->block);
  const size_t floats = padded_bias(pass, kernels->block);
  if (bias) {
    memcpy(scratch, bias, layer.output_channels * sizeof *bias);
    memset(scratch + layer.output_channels, 0, (floats - layer.output_channels) * sizeof *bias);
  }
  kernels->convolve(source, weights, bias ? scratch : 0, rectifies, destination,
                    scratch + floats, pass);
  tandem_fence_stores();
}

void tandem_winograd_backward_input(enum tandem_winograd_set set,
                                    const void *restrict output_gradient,
                                    const float *restrict weights,
                                    void *restrict source_gradient, float *restrict scratch,
                                    struct tandem_winograd_layer layer) {
  const struct winograd_kernels *kernels = kernels_of(set);
  kernels->convolve(output_gradient, weights, 0, false, source_gradient, scratch,
                    backward_pass(layer, kernels->block));
  tandem_fence_stores();
}

void tandem_winograd_backward_parameters(enum tandem_winograd_set set,
                                         const void *restrict source,
                                         const void *restrict output_gradient,
                                         float *restrict weight_gradient,
                                         float *restrict bias_gradient, float *restrict scratch,
                                         struct tandem_winograd_layer layer) {
  const struct winograd_kernels *kernels = kernels_of(set);
  const struct winograd_pass pass = gradient_pass(layer, kernels->block);
  kernels->correlate(source, output_gradient, weight_gradient, bias_gradient ? scratch : 0,
                     scratch + padded_bias(pass, kernels->block), pass);
  if (bias_gradient) {
    memcpy(bias_gradient, scratch, layer.output_channels * sizeof *bias_gradient);
  }
}
