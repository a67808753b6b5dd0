#include "Data/normalize.h"

#include <math.h>

#include "Vectors/clones.h"

#define VALUES 256
#define COUNTERS 8

TANDEM_CLONES
void tandem_normalize_bytes(float *restrict normalized, const uint8_t *restrict pixels,
                            size_t count, float mean, float deviation) {
  for (size_t i = 0; i < count; i++) {
    normalized[i] = ((float)pixels[i] / 255 - mean) / deviation;
  }
}

TANDEM_CLONES
void tandem_normalize_floats(float *restrict normalized, const float *restrict pixels,
                             size_t count, float mean, float deviation) {
  for (size_t i = 0; i < count; i++) normalized[i] = (pixels[i] - mean) / deviation;
}

void tandem_standardize(float *image, size_t count, int divides, double epsilon) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < count; i++) sum += image[i];
  const double mean = sum / (double)count;
  for (size_t i = 0; i < count; i++) squares += (image[i] - mean) * (image[i] - mean);
  const double divisor = divides ? sqrt(squares / (double)count) + epsilon : 1;
  for (size_t i = 0; i < count; i++) image[i] = (float)((image[i] - mean) / divisor);
}

TANDEM_CLONES
void tandem_normalize_interleaved(float *restrict normalized, const uint8_t *restrict pixels,
                                  size_t row_bytes, size_t width, size_t height, size_t channels,
                                  const float *restrict means, const float *restrict deviations) {
  for (size_t channel = 0; channel < channels; channel++) {
    const float mean = means[channel], deviation = deviations[channel];
    for (size_t row = 0; row < height; row++) {
      const uint8_t *restrict input = pixels + row * row_bytes + channel;
      float *restrict output = normalized + (channel * height + row) * width;
      if (channels == 3) {
        for (size_t i = 0; i < width; i++) {
          output[i] = ((float)input[3 * i] / 255 - mean) / deviation;
        }
      } else {
        for (size_t i = 0; i < width; i++) {
          output[i] = ((float)input[channels * i] / 255 - mean) / deviation;
        }
      }
    }
  }
}

void tandem_count_bytes(uint64_t counts[VALUES], const uint8_t *pixels, size_t count) {
  uint64_t part[COUNTERS][VALUES] = {{0}};
  size_t i = 0;
  for (; i + COUNTERS <= count; i += COUNTERS) {
    for (size_t j = 0; j < COUNTERS; j++) part[j][pixels[i + j]]++;
  }
  for (; i < count; i++) part[0][pixels[i]]++;
  for (size_t j = 0; j < COUNTERS; j++) {
    for (size_t value = 0; value < VALUES; value++) counts[value] += part[j][value];
  }
}
