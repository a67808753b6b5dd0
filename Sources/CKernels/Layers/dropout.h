#ifndef TANDEM_LAYERS_DROPOUT_H
#define TANDEM_LAYERS_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

// Inverted dropout of one image, or of its elements from `first` on. Element e survives if word e %
// 4 of Philox4x32-10 for the counter (e / 4, layer, position, epoch) is at least rate · 2³²;
// survivors are scaled by 1 / (1 - rate). `mask` gets 1 for survivors. `output` may be `input`.
void tandem_dropout_forward(
    const float *input, float *output, uint8_t *mask, size_t first, size_t count, float rate,
    uint64_t key, uint32_t layer, uint32_t position, uint32_t epoch);

// input_gradient = output_gradient · mask · scale. Both gradients may be the same memory.
void tandem_dropout_backward(
    const float *output_gradient, float *input_gradient, const uint8_t *mask, size_t count,
    float scale);

#endif
