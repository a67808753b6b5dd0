#include "Pictures/resize.h"

#include <string.h>

#include "Vectors/clones.h"
#include "Vectors/vectors.h"

enum { strip_rows = tandem_resize_strip_rows };

typedef uint8_t bytes __attribute__((vector_size(strip_rows), aligned(1)));
typedef int32_t sums __attribute__((vector_size(strip_rows * sizeof(int32_t))));

INLINE void add_weighted(sums *sum, const uint8_t *samples, int32_t weight) {
  *sum += __builtin_convertvector(*(const bytes *)samples, sums) * weight;
}

INLINE void store_rounded(uint8_t *to, const sums *sum) {
  sums rounded = *sum >> tandem_resize_weight_bits;
  rounded = __builtin_elementwise_max(rounded, (sums){0});
  rounded = __builtin_elementwise_min(rounded, (sums){0} + 255);
  *(bytes *)to = __builtin_convertvector(rounded, bytes);
}

// Half of the last place, so that the shift rounds.
#define HALF ((sums){0} + (1 << (tandem_resize_weight_bits - 1)))

// Four times, the first half of the vectors is interleaved with the second: then the bit numbers of
// rows and columns have changed places.
INLINE void transpose(bytes block[strip_rows]) {
  for (int round = 0; round < 4; round++) {
    bytes next[strip_rows];
    for (int i = 0; i < strip_rows / 2; i++) {
      const bytes a = block[i], b = block[i + strip_rows / 2];
      next[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22,
                                            7, 23);
      next[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                                14, 30, 15, 31);
    }
    memcpy(block, next, sizeof next);
  }
}

static size_t padded(size_t samples) { return (samples + strip_rows - 1) / strip_rows * strip_rows; }

size_t tandem_resize_strip_bytes(size_t from_width, size_t to_width, size_t channels) {
  return (padded(from_width * channels) + padded(to_width * channels)) * strip_rows;
}

// [rows][samples] → [samples][16 rows]; rows that are lacking repeat the last one.
INLINE void load_strip(uint8_t *strip, const uint8_t *from, size_t row_bytes, size_t rows,
                       size_t samples) {
  for (size_t i = 0; i < samples; i += strip_rows) {
    const size_t here = samples - i < strip_rows ? samples - i : strip_rows;
    bytes block[strip_rows];
    for (size_t row = 0; row < strip_rows; row++) {
      const uint8_t *source = from + (row < rows ? row : rows - 1) * row_bytes + i;
      if (here == strip_rows) {
        block[row] = *(const bytes *)source;
      } else {
        block[row] = (bytes){0};
        memcpy(&block[row], source, here);
      }
    }
    transpose(block);
    memcpy(strip + i * strip_rows, block, sizeof block);
  }
}

INLINE void store_strip(uint8_t *to, size_t row_bytes, size_t rows, size_t samples,
                        const uint8_t *strip) {
  for (size_t i = 0; i < samples; i += strip_rows) {
    const size_t here = samples - i < strip_rows ? samples - i : strip_rows;
    bytes block[strip_rows];
    memcpy(block, strip + i * strip_rows, sizeof block);
    transpose(block);
    for (size_t row = 0; row < rows; row++) memcpy(to + row * row_bytes + i, &block[row], here);
  }
}

INLINE void resize_strip_grey(uint8_t *to, const uint8_t *from, const tandem_resize_axis *axis) {
  for (size_t x = 0; x < axis->count; x++) {
    const int32_t *weights = axis->weights + x * axis->most_weights;
    const uint8_t *pixel = from + (size_t)axis->starts[x] * strip_rows;
    sums sum = HALF;
    for (int32_t i = 0; i < axis->counts[x]; i++) {
      add_weighted(&sum, pixel + (size_t)i * strip_rows, weights[i]);
    }
    store_rounded(to + x * strip_rows, &sum);
  }
}

INLINE void resize_strip_colour(uint8_t *to, const uint8_t *from, const tandem_resize_axis *axis) {
  for (size_t x = 0; x < axis->count; x++) {
    const int32_t *weights = axis->weights + x * axis->most_weights;
    const uint8_t *pixel = from + (size_t)axis->starts[x] * 3 * strip_rows;
    sums red = HALF, green = HALF, blue = HALF;
    for (int32_t i = 0; i < axis->counts[x]; i++) {
      add_weighted(&red, pixel, weights[i]);
      add_weighted(&green, pixel + strip_rows, weights[i]);
      add_weighted(&blue, pixel + 2 * strip_rows, weights[i]);
      pixel += 3 * strip_rows;
    }
    store_rounded(to, &red);
    store_rounded(to + strip_rows, &green);
    store_rounded(to + 2 * strip_rows, &blue);
    to += 3 * strip_rows;
  }
}

TANDEM_CLONES
void tandem_resize_across(uint8_t *to, size_t to_row_bytes, const uint8_t *from,
                          size_t from_row_bytes, size_t from_width, size_t rows, size_t channels,
                          const tandem_resize_axis *axis, uint8_t *strip) {
  uint8_t *const resized = strip + padded(from_width * channels) * strip_rows;
  for (size_t row = 0; row < rows; row += strip_rows) {
    const size_t here = rows - row < strip_rows ? rows - row : strip_rows;
    load_strip(strip, from + row * from_row_bytes, from_row_bytes, here, from_width * channels);
    if (channels == 1) {
      resize_strip_grey(resized, strip, axis);
    } else {
      resize_strip_colour(resized, strip, axis);
    }
    store_strip(to + row * to_row_bytes, to_row_bytes, here, axis->count * channels, resized);
  }
}

// One row's samples from `start`, `vectors` times 16 of them.
INLINE void resize_down_part(uint8_t *to, const uint8_t *from, size_t from_row_bytes,
                             const int32_t *weights, int32_t count, int vectors) {
  sums sum[4];
  for (int j = 0; j < vectors; j++) sum[j] = HALF;
  for (int32_t i = 0; i < count; i++) {
    const uint8_t *row = from + (size_t)i * from_row_bytes;
    for (int j = 0; j < vectors; j++) add_weighted(&sum[j], row + j * strip_rows, weights[i]);
  }
  for (int j = 0; j < vectors; j++) store_rounded(to + j * strip_rows, &sum[j]);
}

TANDEM_CLONES
void tandem_resize_down(uint8_t *to, size_t to_row_bytes, const uint8_t *from,
                        size_t from_row_bytes, size_t row_samples,
                        const tandem_resize_axis *axis) {
  for (size_t y = 0; y < axis->count; y++) {
    const int32_t *weights = axis->weights + y * axis->most_weights;
    const int32_t count = axis->counts[y];
    const uint8_t *source = from + (size_t)axis->starts[y] * from_row_bytes;
    uint8_t *target = to + y * to_row_bytes;
    size_t x = 0;
    for (; x + 4 * strip_rows <= row_samples; x += 4 * strip_rows) {
      resize_down_part(target + x, source + x, from_row_bytes, weights, count, 4);
    }
    for (; x + strip_rows <= row_samples; x += strip_rows) {
      resize_down_part(target + x, source + x, from_row_bytes, weights, count, 1);
    }
    for (; x < row_samples; x++) {
      int32_t sum = 1 << (tandem_resize_weight_bits - 1);
      for (int32_t i = 0; i < count; i++) {
        sum += source[(size_t)i * from_row_bytes + x] * weights[i];
      }
      sum >>= tandem_resize_weight_bits;
      target[x] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    }
  }
}
