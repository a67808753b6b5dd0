#ifndef TANDEM_LAYERS_WINDOW_MEANS_H
#define TANDEM_LAYERS_WINDOW_MEANS_H

#include <stddef.h>
#include <stdint.h>

// The mean of windows given by their first row and the row after their last one, and likewise for
// columns, in plain order: [images · channels, rows, columns] to [images · channels, windows].
struct tandem_windows {
  size_t rows;
  size_t columns;
  size_t output_rows;
  size_t output_columns;
  const int32_t *row_bounds;     // [output_rows][2]
  const int32_t *column_bounds;  // [output_columns][2]
};
void tandem_window_means_forward(const float *restrict source, float *restrict destination,
                                 size_t maps, struct tandem_windows windows);
void tandem_window_means_backward(const float *restrict destination_gradient,
                                  float *restrict source_gradient, size_t maps,
                                  struct tandem_windows windows);

#endif
