#ifndef TANDEM_LAYERS_MAX_POOLING_H
#define TANDEM_LAYERS_MAX_POOLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Vectors/maps.h"

// Windows that slide over maps. What lies outside of the maps never counts.
struct tandem_max_pooling {
  size_t window_rows;
  size_t window_columns;
  size_t stride_rows;
  size_t stride_columns;
  size_t top;   // rows of padding above the maps
  size_t left;  // columns of padding before the maps
  size_t output_rows;
  size_t output_columns;
  bool follows_relu;  // the maps are a ReLU's output: backward applies the ReLU's derivative, too
};

// Bytes of the places of the largest values, from forward to backward.
size_t tandem_max_pooling_winners(struct tandem_maps maps, struct tandem_max_pooling pooling);

// destination[c][i][j] = max source[c][window i, j]: the first of equal ones. What is not a number
// counts as largest, the last of several, as in PyTorch. Maps may be bfloat16. `winners` may be
// null, if there is no backward pass.
void tandem_max_pooling_forward(const void *restrict source, void *restrict destination,
                                void *restrict winners, struct tandem_maps maps,
                                struct tandem_max_pooling pooling);

// Each gradient goes to the place of the largest value, those that meet there are added.
void tandem_max_pooling_backward(const void *restrict destination_gradient,
                                 const void *restrict winners, void *restrict source_gradient,
                                 struct tandem_maps maps, struct tandem_max_pooling pooling);

#endif
