#include "Layers/window_means.h"

void tandem_window_means_forward(const float *restrict source, float *restrict destination,
                                 size_t maps, struct tandem_windows windows) {
  for (size_t map = 0; map < maps; map++) {
    const float *x = source + map * windows.rows * windows.columns;
    for (size_t i = 0; i < windows.output_rows; i++) {
      int32_t top = windows.row_bounds[2 * i], bottom = windows.row_bounds[2 * i + 1];
      for (size_t j = 0; j < windows.output_columns; j++) {
        int32_t left = windows.column_bounds[2 * j], right = windows.column_bounds[2 * j + 1];
        float sum = 0;
        for (int32_t row = top; row < bottom; row++) {
          for (int32_t column = left; column < right; column++) {
            sum += x[(size_t)row * windows.columns + (size_t)column];
          }
        }
        *destination++ = sum / (float)((bottom - top) * (right - left));
      }
    }
  }
}

void tandem_window_means_backward(const float *restrict destination_gradient,
                                  float *restrict source_gradient, size_t maps,
                                  struct tandem_windows windows) {
  for (size_t map = 0; map < maps; map++) {
    float *dx = source_gradient + map * windows.rows * windows.columns;
    for (size_t k = 0; k < windows.rows * windows.columns; k++) dx[k] = 0;
    for (size_t i = 0; i < windows.output_rows; i++) {
      int32_t top = windows.row_bounds[2 * i], bottom = windows.row_bounds[2 * i + 1];
      for (size_t j = 0; j < windows.output_columns; j++) {
        int32_t left = windows.column_bounds[2 * j], right = windows.column_bounds[2 * j + 1];
        float share = *destination_gradient++ / (float)((bottom - top) * (right - left));
        for (int32_t row = top; row < bottom; row++) {
          for (int32_t column = left; column < right; column++) {
            dx[(size_t)row * windows.columns + (size_t)column] += share;
          }
        }
      }
    }
  }
}
