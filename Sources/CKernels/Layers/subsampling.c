#include "Layers/subsampling.h"

// The sum of one window of a map.
static inline float window_sum(const float *map, size_t columns, size_t row, size_t column,
                               size_t kernel_rows, size_t kernel_columns) {
  float sum = 0;
  for (size_t u = 0; u < kernel_rows; u++) {
    for (size_t v = 0; v < kernel_columns; v++) {
      sum += map[(row * kernel_rows + u) * columns + column * kernel_columns + v];
    }
  }
  return sum;
}

void tandem_subsampling_forward(const float *restrict source, float *restrict destination,
                                struct tandem_maps input, size_t kernel_rows,
                                size_t kernel_columns, const float *restrict weight,
                                const float *restrict bias) {
  size_t rows = input.rows / kernel_rows, columns = input.columns / kernel_columns;
  float inverse = 1 / (float)(kernel_rows * kernel_columns);
  for (size_t map = 0; map < input.images * input.channels; map++) {
    const float *x = source + map * input.rows * input.columns;
    float factor = weight[map % input.channels] * inverse, addend = bias[map % input.channels];
    for (size_t row = 0; row < rows; row++) {
      for (size_t column = 0; column < columns; column++) {
        float sum = window_sum(x, input.columns, row, column, kernel_rows, kernel_columns);
        *destination++ = factor * sum + addend;
      }
    }
  }
}

void tandem_subsampling_backward_parameters(const float *restrict source,
                                            const float *restrict destination_gradient,
                                            struct tandem_maps input, size_t kernel_rows,
                                            size_t kernel_columns,
                                            float *restrict weight_gradient,
                                            float *restrict bias_gradient) {
  size_t rows = input.rows / kernel_rows, columns = input.columns / kernel_columns;
  float inverse = 1 / (float)(kernel_rows * kernel_columns);
  for (size_t channel = 0; channel < input.channels; channel++) {
    double weight = 0, bias = 0;
    for (size_t image = 0; image < input.images; image++) {
      size_t map = image * input.channels + channel;
      const float *x = source + map * input.rows * input.columns;
      const float *dy = destination_gradient + map * rows * columns;
      for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
          float gradient = dy[row * columns + column];
          weight += gradient *
                    window_sum(x, input.columns, row, column, kernel_rows, kernel_columns);
          bias += gradient;
        }
      }
    }
    weight_gradient[channel] = (float)(weight * inverse);
    bias_gradient[channel] = (float)bias;
  }
}

void tandem_subsampling_backward_input(const float *restrict destination_gradient,
                                       float *restrict source_gradient,
                                       struct tandem_maps input, size_t kernel_rows,
                                       size_t kernel_columns, const float *restrict weight) {
  size_t rows = input.rows / kernel_rows, columns = input.columns / kernel_columns;
  float inverse = 1 / (float)(kernel_rows * kernel_columns);
  for (size_t map = 0; map < input.images * input.channels; map++) {
    const float *dy = destination_gradient + map * rows * columns;
    float factor = weight[map % input.channels] * inverse;
    for (size_t row = 0; row < input.rows; row++) {
      for (size_t column = 0; column < input.columns; column++) {
        size_t i = row / kernel_rows, j = column / kernel_columns;
        *source_gradient++ = i < rows && j < columns ? factor * dy[i * columns + j] : 0;
      }
    }
  }
}
