#include "Lanes/fold.h"

// A strip of the convolution, and by Winograd's way the values of the input and sums of products.
struct work {
  lanes *strip, *values, *sums, *end;
};
static size_t work_size(struct lane_fold fold, struct tandem_lane_layer layer) {
  return strip_size(layer) + most_source_values(fold, layer) +
         sums_of_step(tile_sizes(layer).most, layer);
}
static struct work work_in(lanes *scratch, struct lane_fold fold, struct tandem_lane_layer layer) {
  struct work work = {.strip = scratch, .end = scratch + work_size(fold, layer)};
  work.values = work.strip + strip_size(layer);
  work.sums = work.values + most_source_values(fold, layer);
  return work;
}

size_t tandem_lane_forward_scratch(struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold(layer);
  return (work_size(fold, layer) + tandem_lane_folded_size(fold)) * tandem_lane_count;
}

// Where the convolution's output goes: to memory if it is the layer's or if backward needs it, else
// to a strip that the pooling reads at once, so that it is never written to memory.
static struct lane_maps convolution_rows(struct tandem_lane_memory memory, lanes *strip,
                                         size_t first, struct tandem_lane_layer layer) {
  lanes *whole = layer.pooling == tandem_lane_pooling_none ? (lanes *)memory.output
                                                           : (lanes *)memory.activation;
  if (!whole) {
    return (struct lane_maps){strip, layer.output_columns,
                              strip_rows(layer) * layer.output_columns};
  }
  return (struct lane_maps){whole + first * layer.output_columns, layer.output_columns,
                            layer.output_rows * layer.output_columns};
}

// One block and a tile of its outputs, with weights and memory of their own.
static void forward_tile(struct lane_maps x, const float *restrict packed_weights,
                         const float *restrict bias, struct tandem_lane_memory memory,
                         struct work work, struct tandem_lane_layer layer) {
  const struct lane_loops *loops = tandem_lane_loops(layer.set);
  lanes *output = (lanes *)memory.output;
  for (size_t first = 0; first < seen_rows(layer); first += strip_rows(layer)) {
    size_t end = strip_end(first, layer);
    struct lane_maps y = convolution_rows(memory, work.strip, first, layer);
    if (uses_winograd(layer)) {
      loops->winograd_correlate(work.values, packed_weights, bias, y, work.sums, first, end,
                                correlation(layer));
    } else {
      loops->correlate(x, packed_weights, bias, y, first, end, correlation(layer));
    }
    if (layer.pooling == tandem_lane_pooling_none) {
      tandem_lane_activate(y, layer.output_channels, (end - first) * y.row, layer.activation);
      continue;
    }
    size_t place = first / layer.window_rows * pooled_columns(layer);
    tandem_lane_pool(y, (end - first) / layer.window_rows, output + place,
                     memory.winners ? memory.winners + place * tandem_lane_count : 0, layer);
    // Max pooling and functions that never fall may change places: fewer values to activate.
    if (layer.pooling == tandem_lane_pooling_max &&
        layer.activation == tandem_lane_activation_tanh) {
      struct lane_maps pooled = {output + place, pooled_columns(layer),
                                 pooled_rows(layer) * pooled_columns(layer)};
      tandem_lane_activate(pooled, layer.output_channels,
                           (end - first) / layer.window_rows * pooled.row, layer.activation);
    }
  }
}

// One block, with `memory` of its own.
static void forward(struct lane_maps x, const float *restrict packed_weights,
                    const float *restrict bias, struct tandem_lane_memory memory,
                    struct work work, struct tandem_lane_layer layer) {
  if (uses_winograd(layer)) {
    tandem_lane_loops(layer.set)->winograd_source(x, work.values, correlation(layer));
  }
  for (size_t tile = 0; tile < output_tiles(layer); tile++) {
    struct lane_part outputs = output_tile(tile, layer);
    forward_tile(x, packed_weights, bias ? bias + outputs.start : 0,
                 memory_from(outputs.start, memory, layer), work, layer_of(outputs, layer));
    packed_weights += tandem_lane_packed_count(layer_of(outputs, layer));
  }
}

void tandem_lane_forward(const float *restrict source, const float *restrict packed_weights,
                         const float *restrict bias, struct tandem_lane_memory memory,
                         float *restrict scratch, struct tandem_lane_layer layer) {
  struct lane_fold fold = tandem_lane_fold(layer);
  const lanes *x = (const lanes *)source;
  const struct work work = work_in((lanes *)scratch, fold, layer);
  for (size_t block = 0; block < fold.whole; block++, x += source_size(layer)) {
    forward(source_maps(x, layer), packed_weights, bias, memory_of(memory, block, layer), work,
            layer);
  }
  if (fold.parts > 1) {
    struct lane_folded folded = tandem_lane_folded(work.end, fold, memory);
    tandem_lane_fold_source(x, folded, fold, layer);
    forward(source_maps(folded.source, fold.part), packed_weights, bias, folded.memory, work,
            fold.part);
    tandem_lane_unfold_memory(folded, memory_of(memory, fold.whole, layer), fold, layer);
  }
}
