// The sizes of a layer in lane order, in vectors of one block of images. A layer is computed block
// by block, a tile of up to 5 output channels, by Winograd's way of more, and a strip of a few rows
// at a time: what one step leaves is in the first cache for the next one.
#ifndef TANDEM_LANES_LAYER_H
#define TANDEM_LANES_LAYER_H

#include "Lanes/winograd.h"
#include "Processor/first_cache.h"

static inline size_t pooled_rows(struct tandem_lane_layer layer) {
  return layer.output_rows / layer.window_rows;
}

static inline size_t pooled_columns(struct tandem_lane_layer layer) {
  return layer.output_columns / layer.window_columns;
}

// Rows of the convolution that the pooling sees; nobody needs those below.
static inline size_t seen_rows(struct tandem_lane_layer layer) {
  return pooled_rows(layer) * layer.window_rows;
}

static inline size_t source_size(struct tandem_lane_layer layer) {
  return layer.channels * layer.rows * layer.columns;
}

static inline size_t convolution_size(struct tandem_lane_layer layer) {
  return layer.output_channels * layer.output_rows * layer.output_columns;
}

static inline size_t output_size(struct tandem_lane_layer layer) {
  return layer.output_channels * pooled_rows(layer) * pooled_columns(layer);
}

// Rows of a layer that is one tile of outputs. They are whole windows of the pooling: as many as
// fill most of the first cache together with the rows of one channel that they are computed from,
// but no fewer than 400 vectors, by Winograd's way as winograd.h says, and no more than the layer
// has. Sums have the same order whatever the size is.
static inline size_t strip_rows(struct tandem_lane_layer tile) {
  enum { least_vectors = 400 };
  const size_t row = tile.output_channels * tile.output_columns;
  const size_t row_and_source = row + tile.columns;
  const size_t others = (tile.kernel_rows - 1) * tile.columns;
  const size_t cache = tandem_first_cache_bytes() / sizeof(lanes) * 15 / 16;
  const size_t least = least_vectors / (row * tile.window_rows);
  const size_t free = cache > others ? cache - others : 0;
  const size_t fitting = free / (row_and_source * tile.window_rows);
  size_t windows = fitting > least ? fitting : least;
  if (uses_winograd(tile)) windows = winograd_strip_windows(tile);
  if (windows > pooled_rows(tile)) windows = pooled_rows(tile);
  return (windows ? windows : 1) * tile.window_rows;
}

static inline size_t strip_of_outputs(size_t outputs, struct tandem_lane_layer layer) {
  layer.output_channels = outputs;
  return strip_rows(layer) * outputs * layer.output_columns;
}

static inline size_t strip_end(size_t first, struct tandem_lane_layer layer) {
  size_t end = first + strip_rows(layer);
  return end < seen_rows(layer) ? end : seen_rows(layer);
}

// Whether f′ is computed from the layer's output: an average loses what it needs, and winners tell
// all of a ReLU.
static inline int backward_reads_output(struct tandem_lane_layer layer) {
  switch (layer.pooling) {
    case tandem_lane_pooling_none: return layer.activation != tandem_lane_activation_none;
    case tandem_lane_pooling_max: return layer.activation == tandem_lane_activation_tanh;
    case tandem_lane_pooling_average: return 0;
  }
}

// What one block of images has of it.
static inline struct tandem_lane_memory memory_of(struct tandem_lane_memory memory, size_t block,
                                                  struct tandem_lane_layer layer) {
  size_t output = block * output_size(layer) * tandem_lane_count;
  size_t activation = block * convolution_size(layer) * tandem_lane_count;
  return (struct tandem_lane_memory){memory.output ? memory.output + output : 0,
                                     memory.activation ? memory.activation + activation : 0,
                                     memory.winners ? memory.winners + output : 0};
}

// MARK: some output channels alone

static inline size_t output_tiles(struct tandem_lane_layer layer) {
  return uses_winograd(layer) ? winograd_output_tiles(layer) : lane_tiles(layer.output_channels);
}

// Tiles of outputs have two sizes, larger ones first; that of the smaller ones may be the larger
// strip, as it has more rows.
struct tile_sizes {
  size_t most, least;
};
static inline struct tile_sizes tile_sizes(struct tandem_lane_layer layer) {
  const size_t tiles = output_tiles(layer);
  return (struct tile_sizes){lane_part(layer.output_channels, tiles, 0).count,
                             lane_part(layer.output_channels, tiles, tiles - 1).count};
}

static inline size_t strip_size(struct tandem_lane_layer layer) {
  const struct tile_sizes outputs = tile_sizes(layer);
  const size_t larger = strip_of_outputs(outputs.most, layer);
  const size_t other = strip_of_outputs(outputs.least, layer);
  return larger > other ? larger : other;
}

static inline size_t strip_values_of_outputs(size_t outputs, struct tandem_lane_layer layer) {
  layer.output_channels = outputs;
  return values_of_rows(outputs, strip_rows(layer), layer);
}

// Values of the gradient of a strip, where they are in memory.
static inline size_t strip_values(struct tandem_lane_layer layer) {
  if (layer.channels <= few_winograd_channels) return 0;
  const struct tile_sizes outputs = tile_sizes(layer);
  const size_t larger = strip_values_of_outputs(outputs.most, layer);
  const size_t other = strip_values_of_outputs(outputs.least, layer);
  return larger > other ? larger : other;
}

static inline struct lane_part output_tile(size_t number, struct tandem_lane_layer layer) {
  return lane_part(layer.output_channels, output_tiles(layer), number);
}

// The layer that has no other outputs, and what it has of the memory of one block.
static inline struct tandem_lane_layer layer_of(struct lane_part outputs,
                                                struct tandem_lane_layer layer) {
  layer.output_channels = outputs.count;
  return layer;
}

static inline struct tandem_lane_memory memory_from(size_t first_output,
                                                    struct tandem_lane_memory memory,
                                                    struct tandem_lane_layer layer) {
  size_t output = first_output * pooled_rows(layer) * pooled_columns(layer) * tandem_lane_count;
  size_t activation = first_output * layer.output_rows * layer.output_columns * tandem_lane_count;
  return (struct tandem_lane_memory){memory.output ? memory.output + output : 0,
                                     memory.activation ? memory.activation + activation : 0,
                                     memory.winners ? memory.winners + output : 0};
}

static inline struct lane_correlation correlation(struct tandem_lane_layer layer) {
  return (struct lane_correlation){.channels = layer.channels,
                                   .rows = layer.rows,
                                   .columns = layer.columns,
                                   .output_channels = layer.output_channels,
                                   .output_columns = layer.output_columns,
                                   .kernel_rows = layer.kernel_rows,
                                   .kernel_columns = layer.kernel_columns,
                                   .top = layer.top,
                                   .left = layer.left};
}

// One block of the input, or its gradient.
static inline struct lane_maps source_maps(const lanes *source, struct tandem_lane_layer layer) {
  return (struct lane_maps){(lanes *)source, layer.columns, layer.rows * layer.columns};
}

#endif
