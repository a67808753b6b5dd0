#include <string.h>

#include "Pointwise/maps.h"
#include "Processor/store_fence.h"

bool tandem_pointwise_runs(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

bool tandem_pointwise_bfloat16_runs(void) {
#if defined(__x86_64__)
  return tandem_pointwise_runs() && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

// MARK: Weights

size_t tandem_pointwise_weights(size_t channels, size_t output_channels) {
  return blocks_of(channels) * blocks_of(output_channels) * block * block;
}

void tandem_pointwise_pack_forward(const float *restrict weights, float *restrict packed,
                                   size_t channels, size_t output_channels) {
  for (size_t first = 0; first < output_channels; first += block) {
    const size_t outputs = least(block, output_channels - first);
    for (size_t start = 0; start < channels; start += block) {
      const float *from = weights + first * channels + start;
      const size_t count = least(block, channels - start);
      if (count == block && outputs == block) {
        tandem_pointwise_transpose(from, channels, packed);
      } else {
        memset(packed, 0, block * block * sizeof *packed);
        for (size_t c = 0; c < count; c++) {
          for (size_t o = 0; o < outputs; o++) packed[c * block + o] = from[o * channels + c];
        }
      }
      packed += block * block;
    }
  }
  tandem_fence_stores();
}

void tandem_pointwise_pack_backward(const float *restrict weights, float *restrict packed,
                                    size_t channels, size_t output_channels) {
  const size_t rows = blocks_of(output_channels) * block;
  for (size_t start = 0; start < channels; start += block, packed += rows * block) {
    const size_t count = least(block, channels - start);
    if (count == block) {
      tandem_pointwise_copy(weights + start, channels, packed, output_channels);
    } else {
      memset(packed, 0, output_channels * block * sizeof *packed);
      for (size_t o = 0; o < output_channels; o++) {
        memcpy(packed + o * block, weights + o * channels + start, count * sizeof *packed);
      }
    }
    memset(packed + output_channels * block, 0, (rows - output_channels) * block * sizeof *packed);
  }
  tandem_fence_stores();
}

// MARK: Forward and backward to the input

// The rows of the input that belong to a part, with zeros at pixels that the layer does not see.
static void spread(const float *restrict gathered, float *restrict map, struct part part,
                   layer_shape layer) {
  const size_t first = part.start / layer.output_columns;
  const size_t rows = part.count / layer.output_columns;
  const size_t end = first + rows == layer.output_rows ? layer.rows : (first + rows) * layer.stride;
  for (size_t i = first * layer.stride; i < end; i++) {
    const bool is_seen = i % layer.stride == 0;
    tandem_pointwise_spread(is_seen ? gathered : 0, layer.stride, map + i * layer.columns * block,
                            layer.columns);
    if (is_seen) gathered += layer.output_columns * block;
  }
}

// for each image
//   for each part of its pixels                     they stay in the second cache
//     for each part of the channels                 sums go through memory from one to the next
//       for each two blocks of outputs, or all      their weights stay there, too
//         for each tile of pixels

// From maps in so many blocks of channels to others.
struct pass {
  size_t blocks, output_blocks;
  size_t source_pixels, result_pixels;  // of a map
  bool gathers, spreads;
};

static struct pass forward_pass(layer_shape layer) {
  return (struct pass){
      .blocks = blocks_of(layer.channels),
      .output_blocks = blocks_of(layer.output_channels),
      .source_pixels = layer.rows * layer.columns,
      .result_pixels = pixels_of(layer),
      .gathers = layer.stride > 1,
  };
}

static struct pass backward_pass(layer_shape layer) {
  return (struct pass){
      .blocks = blocks_of(layer.output_channels),
      .output_blocks = blocks_of(layer.channels),
      .source_pixels = pixels_of(layer),
      .result_pixels = layer.rows * layer.columns,
      .spreads = layer.stride > 1,
  };
}

static size_t channel_parts(struct pass pass) { return parts_of(pass.blocks, part_channel_blocks); }

static size_t gathered_floats(struct pass pass, layer_shape layer) {
  return pass.gathers ? pixels_of_largest_part(layer) * pass.blocks * block : 0;
}

static size_t sum_floats(struct pass pass, layer_shape layer) {
  const bool has = pass.spreads || channel_parts(pass) > 1;
  return has ? pixels_of_largest_part(layer) * pass.output_blocks * block : 0;
}

// The next part of the source.
static struct lines lines_of_next(const float *source, size_t image, size_t part, struct pass pass,
                                  layer_shape layer) {
  if (++part == parts_of_map(layer)) {
    part = 0;
    image++;
  }
  if (image == layer.images) return (struct lines){0};
  const struct part next = part_of_map(layer, part);
  const float *maps = source + image * pass.blocks * pass.source_pixels * block;
  return lines_of_part(maps, pass.blocks, pass.source_pixels, next, pass.gathers, layer);
}

// One part of the pixels, from and to where blocks are so many floats apart. `sums` may be the
// result.
struct place {
  const float *source;
  size_t source_block;
  float *sums;
  size_t sums_block;
  float *result;
  size_t result_block;
  bool streams;
};

static void convolve_part(struct place place, size_t pixels, const float *weights,
                          const float *bias, bool rectifies, struct pass pass,
                          struct lines *lines) {
  const size_t channel_part_count = channel_parts(pass), tiles = parts_of(pixels, most_pixels);
  const bool keeps_all = pass.blocks * pass.output_blocks * block * block <= kept_weights;
  const size_t blocks_at_once = keeps_all ? pass.output_blocks : most_output_blocks;
  for (size_t k = 0; k < channel_part_count; k++) {
    const size_t first = part_start(pass.blocks, channel_part_count, k);
    const size_t blocks = part_start(pass.blocks, channel_part_count, k + 1) - first;
    const bool is_last = k + 1 == channel_part_count;
    for (size_t o = 0; o < pass.output_blocks; o += blocks_at_once) {
      size_t end = 0;
      for (size_t t = 0; t < tiles; t++) {
        const size_t start = end;
        end = part_start(pixels, tiles, t + 1);
        float *sums = place.sums + o * place.sums_block + start * block;
        float *result = place.result + o * place.result_block + start * block;
        struct pointwise_ahead ahead;
        take_places(lines, blocks, slots_of_piece, lines->column_step, weights, &ahead);
        const struct pointwise_tile tile = {
            .pixels = end - start,
            .output_blocks = least(blocks_at_once, pass.output_blocks - o),
            .source = place.source + first * place.source_block + start * block,
            .source_block = place.source_block,
            .weights = weights + (o * pass.blocks + first) * block * block,
            .weights_block = pass.blocks * block * block,
            .channel_blocks = blocks,
            .before = k ? sums : 0,
            .before_block = place.sums_block,
            .bias = bias && !k ? bias + o * block : 0,
            .result = is_last ? result : sums,
            .result_block = is_last ? place.result_block : place.sums_block,
            .rectifies = is_last && rectifies,
            .streams = is_last && place.streams,
            .ahead = &ahead,
        };
        tandem_pointwise_convolve(&tile);
      }
    }
  }
}

// `bias` has whole blocks, or is null.
static void convolve(const float *source, const float *weights, const float *bias, bool rectifies,
                     float *destination, float *scratch, struct pass pass, layer_shape layer) {
  float *gathered = scratch, *sums = scratch + gathered_floats(pass, layer);
  const size_t parts = parts_of_map(layer);
  const size_t result_floats = pass.output_blocks * pass.result_pixels * block;
  for (size_t image = 0; image < layer.images; image++) {
    const float *maps = source + image * pass.blocks * pass.source_pixels * block;
    float *results = destination + image * result_floats;
    for (size_t number = 0; number < parts; number++) {
      const struct part part = part_of_map(layer, number);
      struct place place = {
          .source = maps + part.start * block,
          .source_block = pass.source_pixels * block,
          .sums = sums,
          .sums_block = part.count * block,
          .result = results + part.start * block,
          .result_block = pass.result_pixels * block,
          .streams = layer.images * result_floats >= streamed_floats,
      };
      if (pass.gathers) {
        place.source = gathered;
        place.source_block = part.count * block;
        for (size_t b = 0; b < pass.blocks; b++) {
          gather(maps + b * pass.source_pixels * block, gathered + b * place.source_block, part,
                 layer);
        }
      }
      if (pass.spreads) {
        place.result = sums;
        place.result_block = place.sums_block;
        place.streams = false;
      }
      struct lines lines = lines_of_next(source, image, number, pass, layer);
      convolve_part(place, part.count, weights, bias, rectifies, pass, &lines);
      if (!pass.spreads) continue;
      for (size_t o = 0; o < pass.output_blocks; o++) {
        spread(sums + o * place.sums_block, results + o * pass.result_pixels * block, part, layer);
      }
    }
  }
  tandem_fence_stores();
}

size_t tandem_pointwise_forward_scratch(layer_shape layer) {
  const struct pass pass = forward_pass(layer);
  return bias_floats(layer) + gathered_floats(pass, layer) + sum_floats(pass, layer);
}

size_t tandem_pointwise_backward_scratch(layer_shape layer) {
  return sum_floats(backward_pass(layer), layer);
}

void tandem_pointwise_forward(const float *restrict source, const float *restrict packed_weights,
                              const float *restrict bias, bool rectifies,
                              float *restrict destination, float *restrict scratch,
                              layer_shape layer) {
  const size_t floats = bias_floats(layer), outputs = layer.output_channels;
  if (bias) {
    memcpy(scratch, bias, outputs * sizeof *bias);
    memset(scratch + outputs, 0, (floats - outputs) * sizeof *bias);
  }
  convolve(source, packed_weights, bias ? scratch : 0, rectifies, destination, scratch + floats,
           forward_pass(layer), layer);
}

void tandem_pointwise_backward_input(const float *restrict output_gradient,
                                     const float *restrict packed_weights,
                                     float *restrict source_gradient, float *restrict scratch,
                                     layer_shape layer) {
  convolve(output_gradient, packed_weights, 0, false, source_gradient, scratch,
           backward_pass(layer), layer);
}
