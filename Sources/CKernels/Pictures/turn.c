#include "Pictures/turn.h"

#include <string.h>

// Squares of this side, so that rows that are read or written column by column stay in the cache.
enum { side = 32 };

static inline __attribute__((always_inline)) void turn(uint8_t *to, size_t width, size_t height,
                                                       const uint8_t *from, size_t channels,
                                                       ptrdiff_t step_right,
                                                       ptrdiff_t step_down) {
  const ptrdiff_t bytes = (ptrdiff_t)channels;
  for (size_t top = 0; top < height; top += side) {
    const size_t bottom = height - top < side ? height : top + side;
    for (size_t left = 0; left < width; left += side) {
      const size_t right = width - left < side ? width : left + side;
      for (size_t y = top; y < bottom; y++) {
        uint8_t *pixel = to + (y * width + left) * channels;
        const uint8_t *source =
            from + ((ptrdiff_t)y * step_down + (ptrdiff_t)left * step_right) * bytes;
        for (size_t x = left; x < right; x++) {
          for (size_t c = 0; c < channels; c++) pixel[c] = source[c];
          pixel += channels;
          source += step_right * bytes;
        }
      }
    }
  }
}

void tandem_turn(uint8_t *to, size_t width, size_t height, const uint8_t *from, size_t channels,
                 ptrdiff_t origin, ptrdiff_t step_right, ptrdiff_t step_down) {
  from += origin * (ptrdiff_t)channels;
  if (step_right == 1) {
    const size_t row_bytes = width * channels;
    for (size_t y = 0; y < height; y++) {
      memcpy(to + y * row_bytes, from + (ptrdiff_t)y * step_down * (ptrdiff_t)channels, row_bytes);
    }
  } else if (channels == 1) {
    turn(to, width, height, from, 1, step_right, step_down);
  } else {
    turn(to, width, height, from, 3, step_right, step_down);
  }
}
