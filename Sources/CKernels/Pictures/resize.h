#ifndef TANDEM_PICTURES_RESIZE_H
#define TANDEM_PICTURES_RESIZE_H

#include <stddef.h>
#include <stdint.h>

// Antialiased resizing of interleaved 8-bit samples, one axis after the other, each sum in 32 bits
// and rounded to a sample: the arithmetic of Pillow's Resample.c, and so the same samples. No loop
// depends on the instruction set's width, so all of them give the same.

enum {
  tandem_resize_weight_bits = 22,  // weights are multiples of 2^-22; one is 2^22
  tandem_resize_strip_rows = 16,   // rows that are computed at once, in tandem_resize_across
};

// Which samples each new one is a weighted mean of, along one axis.
typedef struct {
  size_t count;            // of new pixels
  size_t most_weights;     // of each; the distance of the rows of `weights`
  const int32_t *starts;   // [count], the first pixel
  const int32_t *counts;   // [count], of pixels
  const int32_t *weights;  // [count][most_weights]
} tandem_resize_axis;

// Bytes that tandem_resize_across needs for a while.
size_t tandem_resize_strip_bytes(size_t from_width, size_t to_width, size_t channels);

// Rows of `from_width` pixels become rows of axis->count pixels.
void tandem_resize_across(uint8_t *to, size_t to_row_bytes, const uint8_t *from,
                          size_t from_row_bytes, size_t from_width, size_t rows, size_t channels,
                          const tandem_resize_axis *axis, uint8_t *strip);

// Columns: axis->count rows of `row_samples` samples.
void tandem_resize_down(uint8_t *to, size_t to_row_bytes, const uint8_t *from,
                        size_t from_row_bytes, size_t row_samples,
                        const tandem_resize_axis *axis);

#endif
