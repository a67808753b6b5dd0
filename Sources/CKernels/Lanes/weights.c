#include "Lanes/internal.h"

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

void tandem_lane_weights_for_forward(const float *restrict weights, float *restrict packed,
                                     struct tandem_lane_layer layer) {
  size_t window = layer.kernel_rows * layer.kernel_columns;
  pack(weights, packed, layer.output_channels, layer.channels, window, layer.channels * window,
       window, 0);
}

// The gradient of the input is a correlation of the output's gradient with the kernels turned
// around, to as many channels as the input has.
void tandem_lane_weights_for_backward(const float *restrict weights, float *restrict packed,
                                      struct tandem_lane_layer layer) {
  size_t window = layer.kernel_rows * layer.kernel_columns;
  pack(weights, packed, layer.channels, layer.output_channels, window, window,
       layer.channels * window, 1);
}
