#ifndef TANDEM_LAYERS_PADDED_SHORTCUT_H
#define TANDEM_LAYERS_PADDED_SHORTCUT_H

#include <stddef.h>

#include "Vectors/maps.h"

// Every stride-th row and column, and zeros for the channels that the input lacks. Both orders have
// the same block.
void tandem_padded_shortcut_forward(const float *restrict source, float *restrict destination,
                                    struct tandem_maps input, struct tandem_maps output,
                                    size_t stride);
void tandem_padded_shortcut_backward(const float *restrict destination_gradient,
                                     float *restrict source_gradient, struct tandem_maps input,
                                     struct tandem_maps output, size_t stride);

#endif
