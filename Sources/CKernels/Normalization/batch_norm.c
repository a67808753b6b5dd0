#include "Normalization/batch_norm.h"

#include "Vectors/clones.h"

static size_t blocks_of(struct tandem_maps maps) {
  return (maps.channels + maps.block - 1) / maps.block;
}

TANDEM_CLONES
void tandem_batch_norm_sums(const float *restrict source, struct tandem_maps maps,
                            double *restrict sums) {
  size_t pixels = maps.rows * maps.columns, blocks = blocks_of(maps);
  for (size_t c = 0; c < 2 * maps.channels; c++) sums[c] = 0;
  for (size_t image = 0; image < maps.images; image++) {
    for (size_t block = 0; block < blocks; block++) {
      const float *x = source + (image * blocks + block) * pixels * maps.block;
      size_t channel = block * maps.block;
      size_t channels = maps.channels - channel < maps.block ? maps.channels - channel : maps.block;
      for (size_t pixel = 0; pixel < pixels; pixel++) {
        for (size_t c = 0; c < channels; c++) {
          double value = x[pixel * maps.block + c];
          sums[2 * (channel + c)] += value;
          sums[2 * (channel + c) + 1] += value * value;
        }
      }
    }
  }
}

TANDEM_CLONES
void tandem_batch_norm_apply(const float *restrict source, float *restrict destination,
                             struct tandem_maps maps, const float *restrict scale,
                             const float *restrict shift) {
  size_t pixels = maps.rows * maps.columns, blocks = blocks_of(maps);
  for (size_t image = 0; image < maps.images; image++) {
    for (size_t block = 0; block < blocks; block++) {
      size_t start = (image * blocks + block) * pixels * maps.block;
      size_t channel = block * maps.block;
      size_t channels = maps.channels - channel < maps.block ? maps.channels - channel : maps.block;
      for (size_t pixel = 0; pixel < pixels; pixel++) {
        size_t position = start + pixel * maps.block;
        for (size_t c = 0; c < channels; c++) {
          destination[position + c] =
              source[position + c] * scale[channel + c] + shift[channel + c];
        }
        for (size_t c = channels; c < maps.block; c++) destination[position + c] = 0;
      }
    }
  }
}

TANDEM_CLONES
void tandem_batch_norm_scale(const float *destination_gradient, float *source_gradient,
                             struct tandem_maps maps, const float *restrict scale) {
  size_t pixels = maps.rows * maps.columns, blocks = blocks_of(maps);
  for (size_t image = 0; image < maps.images; image++) {
    for (size_t block = 0; block < blocks; block++) {
      size_t start = (image * blocks + block) * pixels * maps.block;
      size_t channel = block * maps.block;
      size_t channels = maps.channels - channel < maps.block ? maps.channels - channel : maps.block;
      for (size_t pixel = 0; pixel < pixels; pixel++) {
        size_t position = start + pixel * maps.block;
        for (size_t c = 0; c < channels; c++) {
          source_gradient[position + c] = destination_gradient[position + c] * scale[channel + c];
        }
        for (size_t c = channels; c < maps.block; c++) source_gradient[position + c] = 0;
      }
    }
  }
}

TANDEM_CLONES
void tandem_batch_norm_gradient_sums(const float *restrict source,
                                     const float *restrict destination_gradient,
                                     struct tandem_maps maps, const float *restrict mean,
                                     double *restrict sums) {
  size_t pixels = maps.rows * maps.columns, blocks = blocks_of(maps);
  for (size_t c = 0; c < 2 * maps.channels; c++) sums[c] = 0;
  for (size_t image = 0; image < maps.images; image++) {
    for (size_t block = 0; block < blocks; block++) {
      size_t start = (image * blocks + block) * pixels * maps.block;
      size_t channel = block * maps.block;
      size_t channels = maps.channels - channel < maps.block ? maps.channels - channel : maps.block;
      for (size_t pixel = 0; pixel < pixels; pixel++) {
        size_t position = start + pixel * maps.block;
        for (size_t c = 0; c < channels; c++) {
          double gradient = destination_gradient[position + c];
          sums[2 * (channel + c)] += gradient;
          sums[2 * (channel + c) + 1] += gradient * (source[position + c] - mean[channel + c]);
        }
      }
    }
  }
}

TANDEM_CLONES
void tandem_batch_norm_backward(const float *source, const float *destination_gradient,
                                float *source_gradient, struct tandem_maps maps,
                                const float *restrict mean, const float *restrict a,
                                const float *restrict b, const float *restrict d) {
  size_t pixels = maps.rows * maps.columns, blocks = blocks_of(maps);
  for (size_t image = 0; image < maps.images; image++) {
    for (size_t block = 0; block < blocks; block++) {
      size_t start = (image * blocks + block) * pixels * maps.block;
      size_t channel = block * maps.block;
      size_t channels = maps.channels - channel < maps.block ? maps.channels - channel : maps.block;
      for (size_t pixel = 0; pixel < pixels; pixel++) {
        size_t position = start + pixel * maps.block;
        for (size_t c = 0; c < channels; c++) {
          float centred = source[position + c] - mean[channel + c];
          source_gradient[position + c] = destination_gradient[position + c] * a[channel + c] +
                                          centred * b[channel + c] + d[channel + c];
        }
        for (size_t c = channels; c < maps.block; c++) source_gradient[position + c] = 0;
      }
    }
  }
}

void tandem_running_statistic(float *restrict running, const float *restrict statistic,
                              float momentum, size_t count) {
  for (size_t i = 0; i < count; i++) {
    running[i] = (1 - momentum) * running[i] + momentum * statistic[i];
  }
}
