#include "include/kernels_normalize.h"

#include "include/kernels_clones.h"

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
