#include "Lanes/layer.h"

size_t tandem_lane_weights_count(struct tandem_lane_layer layer) {
  return layer.output_channels * layer.channels * layer.kernel_rows * layer.kernel_columns;
}

// The order that loops.h wants, [output tile][channel][kernel row][kernel column][output of the
// tile], from weights of which outputs and channels are the given number of floats apart. `flipped`
// turns each kernel around.
static void pack(const float *restrict weights, float *restrict packed, size_t outputs,
                 size_t channels, size_t window, size_t output_step, size_t channel_step,
                 int flipped) {
  size_t tiles = lane_tiles(outputs);
  for (size_t tile = 0; tile < tiles; tile++) {
    struct lane_part part = lane_part(outputs, tiles, tile);
    for (size_t c = 0; c < channels; c++) {
      const float *from = weights + part.start * output_step + c * channel_step;
      for (size_t place = 0; place < window; place++) {
        size_t source = flipped ? window - 1 - place : place;
        for (size_t o = 0; o < part.count; o++) *packed++ = from[o * output_step + source];
      }
    }
  }
}

// A kernel row's values; those at ±1, ±2 and ±1/2 are multiplied by `winograd_factors`.
static void values_of_row(const float row[winograd_kernel], double values[winograd_values]) {
  static const double points[winograd_factor_count] = {1, 2, 0.5};
  values[0] = row[0];
  for (int i = 0; i < winograd_factor_count; i++) {
    const double point = points[i], square = point * point;
    const double even = row[0] + square * (row[2] + square * row[4]);
    const double odd = point * (row[1] + square * row[3]);
    values[1 + 2 * i] = winograd_factors[i] * (even + odd);
    values[2 + 2 * i] = winograd_factors[i] * (even - odd);
  }
  values[winograd_values - 1] = row[winograd_kernel - 1];
}

// [value][output tile][channel][kernel row][output of the tile]; `flipped` turns kernels upside
// down.
static void pack_values(const float *restrict weights, float *restrict packed, size_t outputs,
                        size_t channels, size_t kernel_rows, size_t output_step,
                        size_t channel_step, int flipped) {
  const size_t tiles = lane_tiles(outputs), rows = channels * kernel_rows;
  for (size_t tile = 0; tile < tiles; tile++) {
    const struct lane_part part = lane_part(outputs, tiles, tile);
    for (size_t o = 0; o < part.count; o++) {
      const float *from = weights + (part.start + o) * output_step;
      float *to = packed + part.start * rows + o;
      for (size_t c = 0; c < channels; c++) {
        for (size_t u = 0; u < kernel_rows; u++, to += part.count) {
          const size_t row = flipped ? kernel_rows - 1 - u : u;
          double values[winograd_values];
          values_of_row(from + c * channel_step + row * winograd_kernel, values);
          for (size_t v = 0; v < winograd_values; v++) to[v * outputs * rows] = (float)values[v];
        }
      }
    }
  }
}

// Outputs that are computed at a time have packed weights of their own, one behind the other; for
// backward there is one run.
size_t tandem_lane_packed_count(struct tandem_lane_layer layer) {
  const size_t count = tandem_lane_weights_count(layer);
  return uses_winograd(layer) ? count / winograd_kernel * winograd_values : count;
}

void tandem_lane_weights_for_forward(const float *restrict weights, float *restrict packed,
                                     struct tandem_lane_layer layer) {
  size_t window = layer.kernel_rows * layer.kernel_columns;
  if (!uses_winograd(layer)) {
    pack(weights, packed, layer.output_channels, layer.channels, window, layer.channels * window,
         window, 0);
    return;
  }
  for (size_t number = 0; number < output_tiles(layer); number++) {
    const struct lane_part outputs = output_tile(number, layer);
    pack_values(weights + outputs.start * layer.channels * window, packed, outputs.count,
                layer.channels, layer.kernel_rows, layer.channels * window, window, 0);
    packed += tandem_lane_packed_count(layer_of(outputs, layer));
  }
}

// The gradient of the input is a correlation of the output's gradient with the kernels turned
// around, to as many channels as the input has.
void tandem_lane_weights_for_backward(const float *restrict weights, float *restrict packed,
                                      struct tandem_lane_layer layer) {
  size_t window = layer.kernel_rows * layer.kernel_columns;
  if (uses_winograd(layer)) {
    pack_values(weights, packed, layer.channels, layer.output_channels, layer.kernel_rows, window,
                layer.channels * window, 1);
  } else {
    pack(weights, packed, layer.channels, layer.output_channels, window, window,
         layer.channels * window, 1);
  }
}
