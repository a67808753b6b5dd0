#include <string.h>

#include "Pointwise/maps.h"

// The gradients of parameters.
//
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
  void (*correlate_tile)(const struct pointwise_gradient_tile *tile);
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
      work->correlate_tile(&tile);
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
        .correlate_tile = tandem_pointwise_correlate,
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

// MARK: In bfloat16

// The same with two pixels for one: their channels lie side by side, as dot products of pairs take
// them, and count as numbers of 32 bits. Two sights are paired at a time, as many pairs as float32
// has pixels, so that the sums are read no more often per multiply-add.
enum { sights_at_once = 2 };

// Rows of pixels that follow each other in memory. A last one without another is beside zeros.
struct rows {
  size_t count, pixels;
};
static struct rows rows_of(struct part part, layer_shape layer) {
  return layer.stride == 1
             ? (struct rows){1, part.count}
             : (struct rows){part.count / layer.output_columns, layer.output_columns};
}

static size_t pairs_of_rows(struct rows rows) { return rows.count * parts_of(rows.pixels, 2); }

static size_t most_pairs(layer_shape layer) {
  const struct part largest = {0, pixels_of_largest_part(layer)};
  return sights_at_once * images_at_once(layer) * pairs_of_rows(rows_of(largest, layer));
}

size_t tandem_pointwise_bfloat16_gradient_scratch(layer_shape layer) {
  const size_t blocks = blocks_of(layer.channels) + blocks_of(layer.output_channels);
  return bias_floats(layer) + most_pairs(layer) * blocks * block +
         tandem_pointwise_weights(layer.channels, layer.output_channels);
}

// One block's pixels of a part in pairs; columns and stride are the map's, 1 for the gradient's.
// Brings nearer what follows the part in memory, the next part or the next block.
static void pair_rows(const tandem_bfloat16 *map, size_t columns, size_t stride, struct part part,
                      float *paired, layer_shape layer) {
  const struct rows rows = rows_of(part, layer);
  const size_t pairs = parts_of(rows.pixels, 2), row_step = stride * columns * block;
  const bool is_whole = layer.stride == 1;
  const tandem_bfloat16 *row =
      map + (is_whole ? part.start * block : part.start / layer.output_columns * row_step);
  const size_t ahead = is_whole ? part.count * block : rows.count * row_step;
  for (size_t i = 0; i < rows.count; i++, row += row_step, paired += pairs * block) {
    tandem_pointwise_pair(row, stride, paired, rows.pixels, ahead);
  }
}

void tandem_pointwise_bfloat16_backward_parameters(const tandem_bfloat16 *restrict source,
                                                   const tandem_bfloat16 *restrict output_gradient,
                                                   float *restrict weight_gradient,
                                                   float *restrict bias_gradient,
                                                   float *restrict scratch, layer_shape layer) {
  const size_t blocks = blocks_of(layer.channels), outputs = blocks_of(layer.output_channels);
  const size_t step = most_pairs(layer) * block, sights = sights_of(layer);
  float *biases = scratch, *sources = biases + bias_floats(layer);
  float *gradients = sources + blocks * step, *sums = gradients + outputs * step;
  if (bias_gradient) memset(biases, 0, bias_floats(layer) * sizeof *biases);
  for (size_t number = 0; number < sights; number += sights_at_once) {
    const size_t end = least(number + sights_at_once, sights);
    size_t pairs = 0;
    for (size_t n = number; n < end; n++) {
      const struct sight sight = sight_of(layer, n);
      const size_t first = pairs * block;
      for (size_t image = sight.image; image < sight.image + sight.images; image++) {
        const tandem_bfloat16 *map = source + image * blocks * layer.rows * layer.columns * block;
        for (size_t b = 0; b < blocks; b++) {
          pair_rows(map + b * layer.rows * layer.columns * block, layer.columns, layer.stride,
                    sight.part, sources + b * step + pairs * block, layer);
        }
        map = output_gradient + image * outputs * pixels_of(layer) * block;
        for (size_t o = 0; o < outputs; o++) {
          pair_rows(map + o * pixels_of(layer) * block, layer.output_columns, 1, sight.part,
                    gradients + o * step + pairs * block, layer);
        }
        pairs += pairs_of_rows(rows_of(sight.part, layer));
      }
      for (size_t o = 0; bias_gradient && o < outputs; o++) {
        tandem_pointwise_add_pairs(gradients + o * step + first, pairs - first / block,
                                   biases + o * block);
      }
    }
    struct gradient_work work = {
        .sight = {.images = 1, .part = {0, pairs}},
        .source = {sources, step, 0},
        .gradient = {gradients, step, 0},
        .blocks = blocks,
        .is_first = number == 0,
        .is_last = end == sights,
        .correlate_tile = tandem_pointwise_correlate_pairs,
    };
    correlate(&work, sums, weight_gradient, layer);
  }
  if (bias_gradient) {
    memcpy(bias_gradient, biases, layer.output_channels * sizeof *bias_gradient);
  }
}
