#include <string.h>

#include "Lanes/internal.h"

// 16 × 16 floats are transposed in registers: four times, each vector of the upper half is
// interleaved with its partner in the lower half, like the two halves of a pack of cards.
LANES_INLINE void interleave(const lanes *from, lanes *to) {
  LANES_UNROLL for (int i = 0; i < 8; i++) {
    lanes a = from[i], b = from[i + 8];
    to[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19,
                                        4, 20, 5, 21, 6, 22, 7, 23);
    to[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27,
                                            12, 28, 13, 29, 14, 30, 15, 31);
  }
}

LANES_INLINE void transpose(lanes *square) {
  lanes other[tandem_lane_count];
  interleave(square, other);
  interleave(other, square);
  interleave(square, other);
  interleave(other, square);
}

TANDEM_CLONES
void tandem_lanes_from_plain(const float *restrict plain, float *restrict lane_order, size_t images,
                             size_t features) {
  for (size_t block = 0; block < tandem_lane_blocks(images); block++) {
    size_t first = block * tandem_lane_count;
    size_t count = images - first < tandem_lane_count ? images - first : tandem_lane_count;
    const float *from = plain + first * features;
    lanes *to = (lanes *)lane_order + block * features;
    size_t feature = 0;
    if (count == tandem_lane_count) {
      for (; feature + tandem_lane_count <= features; feature += tandem_lane_count) {
        lanes square[tandem_lane_count];
        LANES_UNROLL for (int i = 0; i < tandem_lane_count; i++) {
          memcpy(&square[i], from + i * features + feature, sizeof square[i]);
        }
        transpose(square);
        LANES_UNROLL for (int i = 0; i < tandem_lane_count; i++) to[feature + i] = square[i];
      }
    }
    for (; feature < features; feature++) {
      lanes pixel = {0};
      for (size_t i = 0; i < count; i++) pixel[i] = from[i * features + feature];
      to[feature] = pixel;
    }
  }
}

TANDEM_CLONES
void tandem_lanes_to_plain(const float *restrict lane_order, float *restrict plain, size_t images,
                           size_t features) {
  for (size_t block = 0; block < tandem_lane_blocks(images); block++) {
    size_t first = block * tandem_lane_count;
    size_t count = images - first < tandem_lane_count ? images - first : tandem_lane_count;
    const lanes *from = (const lanes *)lane_order + block * features;
    float *to = plain + first * features;
    size_t feature = 0;
    if (count == tandem_lane_count) {
      for (; feature + tandem_lane_count <= features; feature += tandem_lane_count) {
        lanes square[tandem_lane_count];
        LANES_UNROLL for (int i = 0; i < tandem_lane_count; i++) square[i] = from[feature + i];
        transpose(square);
        LANES_UNROLL for (int i = 0; i < tandem_lane_count; i++) {
          memcpy(to + i * features + feature, &square[i], sizeof square[i]);
        }
      }
    }
    for (; feature < features; feature++) {
      for (size_t i = 0; i < count; i++) to[i * features + feature] = from[feature][i];
    }
  }
}
