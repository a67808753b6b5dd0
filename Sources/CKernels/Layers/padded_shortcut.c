#include <string.h>

#include "Layers/padded_shortcut.h"

static size_t blocks_of(struct tandem_maps maps) {
  return (maps.channels + maps.block - 1) / maps.block;
}

void tandem_padded_shortcut_forward(const float *restrict source, float *restrict destination,
                                    struct tandem_maps input, struct tandem_maps output,
                                    size_t stride) {
  size_t given = blocks_of(input), wanted = blocks_of(output);
  size_t piece = output.rows * output.columns * output.block;
  for (size_t image = 0; image < input.images; image++) {
    for (size_t block = 0; block < given; block++) {
      const float *x = source + (image * given + block) * input.rows * input.columns * input.block;
      float *y = destination + (image * wanted + block) * piece;
      for (size_t row = 0; row < output.rows; row++) {
        for (size_t column = 0; column < output.columns; column++) {
          memcpy(y, x + (row * stride * input.columns + column * stride) * input.block,
                 input.block * sizeof *y);
          y += input.block;
        }
      }
    }
    memset(destination + (image * wanted + given) * piece, 0,
           (wanted - given) * piece * sizeof *destination);
  }
}

void tandem_padded_shortcut_backward(const float *restrict destination_gradient,
                                     float *restrict source_gradient, struct tandem_maps input,
                                     struct tandem_maps output, size_t stride) {
  size_t given = blocks_of(input), wanted = blocks_of(output);
  size_t piece = output.rows * output.columns * output.block;
  // Channels of the last block that the input lacks got zeros, and their gradients are not its own.
  size_t rest = input.channels % input.block;
  memset(source_gradient, 0, tandem_maps_count(input) * sizeof *source_gradient);
  for (size_t image = 0; image < input.images; image++) {
    for (size_t block = 0; block < given; block++) {
      float *dx =
          source_gradient + (image * given + block) * input.rows * input.columns * input.block;
      const float *dy = destination_gradient + (image * wanted + block) * piece;
      size_t length = rest > 0 && block == given - 1 ? rest : input.block;
      for (size_t row = 0; row < output.rows; row++) {
        for (size_t column = 0; column < output.columns; column++) {
          memcpy(dx + (row * stride * input.columns + column * stride) * input.block, dy,
                 length * sizeof *dx);
          dy += output.block;
        }
      }
    }
  }
}
