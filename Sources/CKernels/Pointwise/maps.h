// Parts of maps and what of them will be read next, for the passes of convolutions of 1×1.
#ifndef TANDEM_POINTWISE_MAPS_H
#define TANDEM_POINTWISE_MAPS_H

#include "Pointwise/internal.h"
#include "Vectors/parts.h"

typedef struct tandem_pointwise_layer layer_shape;

static inline size_t blocks_of(size_t channels) { return parts_of(channels, block); }

// MARK: Parts of a map

// Measured with a second cache of 1 MiB: of so many pixels all channels stay there, and of so many
// channels the weights of two blocks of outputs. The sums of more channels go through memory.
enum {
  part_pixels = 8 * most_pixels,
  part_channel_blocks = 512 / block,
  // So many weights stay there with them, so that all outputs of a tile of pixels are computed at
  // once.
  kept_weights = 1 << 17,
  // Outputs of so many are gone from the caches before somebody reads them.
  streamed_floats = 1 << 18,
};

// Pixels of the output in the order of memory; whole rows where the input has others between them.
struct part {
  size_t start, count;
};

static inline size_t pixels_of(layer_shape layer) {
  return layer.output_rows * layer.output_columns;
}

static inline size_t parts_of_map(layer_shape layer) {
  if (layer.stride == 1) return parts_of(pixels_of(layer), part_pixels);
  const size_t rows = part_pixels / layer.output_columns;
  return parts_of(layer.output_rows, rows ? rows : 1);
}

static inline struct part part_of_map(layer_shape layer, size_t number) {
  const size_t parts = parts_of_map(layer), row = layer.stride == 1 ? 1 : layer.output_columns;
  const size_t count = pixels_of(layer) / row;
  const size_t start = part_start(count, parts, number);
  return (struct part){start * row, (part_start(count, parts, number + 1) - start) * row};
}

static inline size_t pixels_of_largest_part(layer_shape layer) {
  const size_t row = layer.stride == 1 ? 1 : layer.output_columns;
  return parts_of(pixels_of(layer) / row, parts_of_map(layer)) * row;
}

// The pixels of a part that the layer sees, of one block of channels, side by side.
static inline void gather(const float *restrict map, float *restrict gathered, struct part part,
                          layer_shape layer) {
  const size_t first = part.start / layer.output_columns;
  const size_t rows = part.count / layer.output_columns;
  for (size_t i = first; i < first + rows; i++, gathered += layer.output_columns * block) {
    tandem_pointwise_gather(map + i * layer.stride * layer.columns * block, layer.stride, gathered,
                            layer.output_columns);
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
static inline void take_places(struct lines *lines, size_t count, size_t line_count, size_t step,
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
static inline struct lines lines_of_part(const float *maps, size_t blocks, size_t map_pixels,
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

// Room for the bias or its gradient.
static inline size_t bias_floats(layer_shape layer) {
  return blocks_of(layer.output_channels) * block;
}

#endif
