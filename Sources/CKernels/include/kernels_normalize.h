#ifndef TANDEM_KERNELS_NORMALIZE_H
#define TANDEM_KERNELS_NORMALIZE_H

#include <stddef.h>
#include <stdint.h>

// Pixels of one channel as the network sees them. Divisions, not products with reciprocals: the
// result is then the textbook's to the last bit.

// normalized[i] = (pixels[i] / 255 - mean) / deviation
void tandem_normalize_bytes(float *restrict normalized, const uint8_t *restrict pixels,
                            size_t count, float mean, float deviation);

// normalized[i] = (pixels[i] - mean) / deviation
void tandem_normalize_floats(float *restrict normalized, const float *restrict pixels,
                             size_t count, float mean, float deviation);

#endif
