#ifndef TANDEM_DATA_NORMALIZE_H
#define TANDEM_DATA_NORMALIZE_H

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

// Shifts an image to mean 0, and if `divides` divides it by its standard deviation plus `epsilon`;
// both are computed in double precision, in order.
void tandem_standardize(float *image, size_t count, int divides, double epsilon);
// The same for a part of a picture whose channels lie side by side in each pixel: width x height
// pixels, rows row_bytes apart, become [channels, height, width].
void tandem_normalize_interleaved(float *restrict normalized, const uint8_t *restrict pixels,
                                  size_t row_bytes, size_t width, size_t height, size_t channels,
                                  const float *restrict means, const float *restrict deviations);

// Adds to counts[v] how often the value v occurs. Neighbours are counted in different places,
// because a count that has just been raised takes a while until it can be raised again.
void tandem_count_bytes(uint64_t counts[256], const uint8_t *pixels, size_t count);

#endif
