#include "Pointwise/internal.h"

#include <string.h>

#include "Processor/store_fence.h"
#include "Vectors/parts.h"

bool tandem_pointwise_runs(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

typedef struct tandem_pointwise_layer layer_shape;

static size_t blocks_of(size_t channels) { return parts_of(channels, block); }

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

// MARK: Parts of a map

// Measured with a second cache of 1 MiB: of so many pixels all channels stay there, and of so many
// channels the weights of two blocks of outputs. The sums of more channels go through memory.
enum {
  part_pixels = 8 * most_pixels,
  part_channel_blocks = 512 / block,
  // Outputs of so many are gone from the caches before somebody reads them.
  streamed_floats = 1 << 18,
};

// Pixels of the output in the order of memory; whole rows where the input has others between them.
struct part {
  size_t start, count;
};

static size_t pixels_of(layer_shape layer) { return layer.output_rows * layer.output_columns; }

static size_t parts_of_map(layer_shape layer) {
  if (layer.stride == 1) return parts_of(pixels_of(layer), part_pixels);
  const size_t rows = part_pixels / layer.output_columns;
  return parts_of(layer.output_rows, rows ? rows : 1);
}

static struct part part_of_map(layer_shape layer, size_t number) {
  const size_t parts = parts_of_map(layer), row = layer.stride == 1 ? 1 : layer.output_columns;
  const size_t count = pixels_of(layer) / row;
  const size_t start = part_start(count, parts, number);
  return (struct part){start * row, (part_start(count, parts, number + 1) - start) * row};
}

static size_t pixels_of_largest_part(layer_shape layer) {
  const size_t row = layer.stride == 1 ? 1 : layer.output_columns;
  return parts_of(pixels_of(layer) / row, parts_of_map(layer)) * row;
}

// The pixels of a part that the layer sees, of one block of channels, side by side.
static void gather(const float *restrict map, float *restrict gathered, struct part part,
                   layer_shape layer) {
  const size_t first = part.start / layer.output_columns;
  const size_t rows = part.count / layer.output_columns;
  for (size_t i = first; i < first + rows; i++, gathered += layer.output_columns * block) {
    tandem_pointwise_gather(map + i * layer.stride * layer.columns * block, layer.stride, gathered,
                            layer.output_columns);
  }
}

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

// MARK: Memory that will be read next

// Lines of maps, [block of channels][row][column], that are still to be brought nearer.
struct lines {
  const float *base;
  size_t blocks, rows, columns;
  size_t block_step, row_step, column_step;  // floats
  size_t block, row, column;                 // the next one
};

// So many places, each of `line_count` lines that will be brought nearer, or of a row's rest, from
// one to the next `step` floats on; `nothing` is near where no lines are left.
static void take_places(struct lines *lines, size_t count, size_t line_count, size_t step,
                        const float *nothing, struct pointwise_ahead *ahead) {
  ahead->step = lines->block == lines->blocks ? 0 : step;
  for (size_t place = 0; place < least(count, most_pieces); place++) {
    if (lines->block == lines->blocks) {
      ahead->places[place] = nothing;
      continue;
    }
    ahead->places[place] = lines->base + lines->block * lines->block_step +
                           lines->row * lines->row_step + lines->column * lines->column_step;
    lines->column += line_count;
    if (lines->column < lines->columns) continue;
    lines->column = 0;
    if (++lines->row < lines->rows) continue;
    lines->row = 0;
    lines->block++;
  }
}

// The pixels of a part, of maps of so many; of those that the layer sees where others are between.
static struct lines lines_of_part(const float *maps, size_t blocks, size_t map_pixels,
                                  struct part part, bool has_others, layer_shape layer) {
  struct lines lines = {
      .base = maps + part.start * block,
      .blocks = blocks,
      .rows = 1,
      .columns = part.count,
      .block_step = map_pixels * block,
      .column_step = block,
  };
  if (has_others) {
    lines.row_step = layer.stride * layer.columns * block;
    lines.column_step = layer.stride * block;
    lines.base = maps + part.start / layer.output_columns * lines.row_step;
    lines.rows = part.count / layer.output_columns;
    lines.columns = layer.output_columns;
  }
  return lines;
}

// MARK: Forward and backward to the input

// for each image
//   for each part of its pixels                     they stay in the second cache
//     for each part of the channels                 sums go through memory from one to the next
//       for each two blocks of outputs              their weights stay there, too
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
  for (size_t k = 0; k < channel_part_count; k++) {
    const size_t first = part_start(pass.blocks, channel_part_count, k);
    const size_t blocks = part_start(pass.blocks, channel_part_count, k + 1) - first;
    const bool is_last = k + 1 == channel_part_count;
    for (size_t o = 0; o < pass.output_blocks; o += most_output_blocks) {
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
            .output_blocks = least(most_output_blocks, pass.output_blocks - o),
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

static size_t bias_floats(layer_shape layer) { return blocks_of(layer.output_channels) * block; }

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

// MARK: The gradients of parameters

// for each part of the pixels, or several images of few   they stay in the second cache
//   for each three blocks of channels                     in the first
//     for each half block of outputs                      its sums are added to those before
//
// Sums of a tile are side by side until they are complete: rows of the weights are often a power of
// two apart, and the parts of a tile that are far from each other crowd each other out.

// Pixels of one or several images, of each the same.
struct sight {
  size_t image, images;
  struct part part;
};

static size_t images_at_once(layer_shape layer) {
  const size_t images = part_pixels / pixels_of(layer);
  return parts_of_map(layer) > 1 || images == 0 ? 1 : least(images, layer.images);
}

static size_t sights_of(layer_shape layer) {
  return parts_of(layer.images, images_at_once(layer)) * parts_of_map(layer);
}

static struct sight sight_of(layer_shape layer, size_t number) {
  const size_t parts = parts_of_map(layer), most = images_at_once(layer);
  const size_t image = number / parts * most;
  return (struct sight){
      image, least(most, layer.images - image), part_of_map(layer, number % parts)};
}

// Pixels of maps in memory: [image][block][pixel][channel].
struct pixels {
  const float *base;
  size_t step, segment;  // floats from a block, and from an image, to the next
};

static struct pixels pixels_of_sight(const float *maps, size_t blocks, size_t map_pixels,
                                     struct sight sight) {
  const size_t step = map_pixels * block;
  return (struct pixels){maps + sight.image * blocks * step + sight.part.start * block, step,
                         blocks * step};
}

static struct lines lines_of_sight(const float *maps, size_t blocks, size_t map_pixels,
                                   struct sight sight, bool has_others, layer_shape layer) {
  maps += sight.image * blocks * map_pixels * block;
  struct lines lines = lines_of_part(maps, blocks, map_pixels, sight.part, has_others, layer);
  // Blocks of several images follow each other.
  lines.blocks *= sight.images;
  return lines;
}

// One sight.
struct gradient_work {
  struct sight sight;
  struct pixels source, gradient;
  size_t blocks;  // of channels
  bool is_first, is_last;
  struct lines next_source, next_gradient;
};

// Lines of the next sight: where they are side by side each is named twice, as calls of few
// channels take less time than it takes to bring one line for each pixel.
static void look_ahead(struct gradient_work *work, const struct pointwise_gradient_tile *tile,
                       struct pointwise_ahead *ahead) {
  struct lines *source = &work->next_source;
  struct lines *lines = source->block < source->blocks ? source : &work->next_gradient;
  const bool are_close = lines->column_step == block;
  const size_t pieces = tile->segments * parts_of(tile->pixels, slots_of_piece);
  take_places(lines, pieces, are_close ? slots_of_piece / 2 : slots_of_piece,
              are_close ? block / 2 : lines->column_step, tile->gradient, ahead);
}

// Where the sums of a tile are, and where they go when they are complete.
struct sums {
  float *kept;
  float *gradient;  // [output][channel]
  size_t outputs, channels, output, channel, count;
};

// What of a tile that is partly beyond the weights is within them.
static void copy_known(struct sums sums) {
  const size_t rows = least(gradient_rows, sums.outputs - sums.output);
  const size_t columns = least(sums.count, sums.channels - sums.channel);
  for (size_t r = 0; r < rows; r++) {
    memcpy(sums.gradient + (sums.output + r) * sums.channels + sums.channel,
           sums.kept + r * sums.count, columns * sizeof *sums.kept);
  }
}

static void correlate(struct gradient_work *work, float *sums, float *weight_gradient,
                      layer_shape layer) {
  const size_t groups = parts_of(work->blocks, most_channel_blocks);
  for (size_t g = 0; g < groups; g++) {
    const size_t first = part_start(work->blocks, groups, g);
    const size_t blocks = part_start(work->blocks, groups, g + 1) - first;
    for (size_t output = 0; output < layer.output_channels; output += gradient_rows) {
      const struct sums place = {sums,   weight_gradient, layer.output_channels, layer.channels,
                                 output, first * block,   blocks * block};
      const bool is_whole = output + gradient_rows <= layer.output_channels &&
                            place.channel + place.count <= layer.channels;
      const bool is_put = work->is_last && is_whole;
      struct pointwise_ahead ahead;
      const struct pointwise_gradient_tile tile = {
          .channel_blocks = blocks,
          .segments = work->sight.images,
          .pixels = work->sight.part.count,
          .source = work->source.base + first * work->source.step,
          .source_block = work->source.step,
          .source_segment = work->source.segment,
          .gradient = work->gradient.base + output / block * work->gradient.step + output % block,
          .gradient_segment = work->gradient.segment,
          .before = work->is_first ? 0 : sums,
          .result = is_put ? weight_gradient + output * layer.channels + place.channel : sums,
          .result_row = is_put ? layer.channels : place.count,
          .ahead = &ahead,
      };
      look_ahead(work, &tile, &ahead);
      tandem_pointwise_correlate(&tile);
      if (work->is_last && !is_whole) copy_known(place);
      sums += gradient_rows * place.count;
    }
  }
}

static size_t gradient_gathered_floats(layer_shape layer) {
  return layer.stride == 1 ? 0
                           : images_at_once(layer) * pixels_of_largest_part(layer) *
                                 blocks_of(layer.channels) * block;
}

size_t tandem_pointwise_gradient_scratch(layer_shape layer) {
  return bias_floats(layer) + gradient_gathered_floats(layer) +
         tandem_pointwise_weights(layer.channels, layer.output_channels);
}

// The source of a sight, gathered where the layer does not see all of it.
static struct pixels gathered_source(const float *source, float *gathered, size_t blocks,
                                     struct sight sight, layer_shape layer) {
  const size_t step = sight.part.count * block, map = layer.rows * layer.columns * block;
  for (size_t b = 0; b < sight.images * blocks; b++) {
    gather(source + (sight.image * blocks + b) * map, gathered + b * step, sight.part, layer);
  }
  return (struct pixels){gathered, step, blocks * step};
}

void tandem_pointwise_backward_parameters(const float *restrict source,
                                          const float *restrict output_gradient,
                                          float *restrict weight_gradient,
                                          float *restrict bias_gradient, float *restrict scratch,
                                          layer_shape layer) {
  const size_t blocks = blocks_of(layer.channels), outputs = blocks_of(layer.output_channels);
  const size_t pixels = pixels_of(layer), sights = sights_of(layer);
  float *biases = scratch, *gathered = biases + bias_floats(layer);
  float *sums = gathered + gradient_gathered_floats(layer);
  if (bias_gradient) memset(biases, 0, bias_floats(layer) * sizeof *biases);
  for (size_t number = 0; number < sights; number++) {
    const struct sight sight = sight_of(layer, number);
    struct gradient_work work = {
        .sight = sight,
        .source = layer.stride == 1 ? pixels_of_sight(source, blocks, pixels, sight)
                                    : gathered_source(source, gathered, blocks, sight, layer),
        .gradient = pixels_of_sight(output_gradient, outputs, pixels, sight),
        .blocks = blocks,
        .is_first = number == 0,
        .is_last = number + 1 == sights,
    };
    if (!work.is_last) {
      const struct sight next = sight_of(layer, number + 1);
      work.next_source = lines_of_sight(source, blocks, layer.rows * layer.columns, next,
                                        layer.stride > 1, layer);
      work.next_gradient = lines_of_sight(output_gradient, outputs, pixels, next, false, layer);
    }
    for (size_t o = 0; bias_gradient && o < outputs; o++) {
      tandem_pointwise_add_pixels(work.gradient.base + o * work.gradient.step, sight.images,
                                  work.gradient.segment, sight.part.count, biases + o * block);
    }
    correlate(&work, sums, weight_gradient, layer);
  }
  if (bias_gradient) {
    memcpy(bias_gradient, biases, layer.output_channels * sizeof *bias_gradient);
  }
}
