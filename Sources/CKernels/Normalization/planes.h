#ifndef TANDEM_NORMALIZATION_PLANES_H
#define TANDEM_NORMALIZATION_PLANES_H

#include <stdint.h>

#include "Processor/store_fence.h"
#include "Vectors/maps.h"
#include "Vectors/vectors.h"

// What a block of channels has of one image is a run of neighbours, a plane, in which channels come
// round after `block` of them. A vector's lanes therefore belong to the same channels everywhere,
// whether a block has 1, 8 or 16. Sums are kept by lanes, and added up in the end in a fixed order.

// Blocks of channels that are computed together, so that an image's part of them is not too short a
// run in memory.
enum { most_blocks = 8, group_elements = 16384 };

// Some blocks' planes of all images.
struct planes {
  size_t images, length, step;  // elements of a plane, and from an image's to the next one's
  size_t block, channels;       // as in the maps
  size_t first, blocks;         // the first block, and how many
};

// The blocks from `first` on that are computed together.
INLINE struct planes planes_from(struct tandem_maps maps, size_t first) {
  size_t length = maps.rows * maps.columns * maps.block;
  size_t all = (maps.channels + maps.block - 1) / maps.block, blocks = group_elements / length;
  if (blocks < 1) blocks = 1;
  if (blocks > most_blocks) blocks = most_blocks;
  if (blocks > all - first) blocks = all - first;
  return (struct planes){maps.images, length, all * length, maps.block, maps.channels, first,
                         blocks};
}

// Where the plane of one of the blocks begins.
INLINE size_t plane_start(const struct planes *planes, size_t image, size_t block) {
  return image * planes->step + (planes->first + block) * planes->length;
}

// The first channel of one of the blocks.
INLINE size_t first_channel(const struct planes *planes, size_t block) {
  return (planes->first + block) * planes->block;
}

// How many of a block's channels are not padding.
INLINE size_t channel_count(const struct planes *planes, size_t block) {
  size_t rest = planes->channels - first_channel(planes, block);
  return rest < planes->block ? rest : planes->block;
}

// Values of each channel.
INLINE double value_count(const struct planes *planes) {
  return (double)(planes->length / planes->block * planes->images);
}

// Each lane's channel has its value in `values`, [C]; padding has 0.
INLINE void spread(vector *to, const float *values, const struct planes *planes, size_t block) {
  const float *own = values + first_channel(planes, block);
  size_t channels = channel_count(planes, block);
  if (channels == width) {
    load(to, own, width);
    return;
  }
  for (size_t lane = 0; lane < width; lane++) {
    size_t channel = lane % planes->block;
    (*to)[lane] = channel < channels ? own[channel] : 0;
  }
}

typedef double double_vector __attribute__((vector_size(width * sizeof(double))));

// The sum over the lanes of one of a block's channels.
INLINE double sum_of_lanes(const double_vector *lanes, const struct planes *planes,
                           size_t channel) {
  double sum = 0;
  for (size_t lane = channel; lane < width; lane += planes->block) sum += (*lanes)[lane];
  return sum;
}

// A sum is taken in float32 over a short run, on several chains so that additions need not wait for
// each other, and the runs are added up in double precision.
enum { chains = 4, run_elements = 64 * width };

INLINE void add_run(double_vector *total, vector *parts) {
  *total += __builtin_convertvector((parts[0] + parts[1]) + (parts[2] + parts[3]), double_vector);
  for (size_t chain = 0; chain < chains; chain++) parts[chain] = (vector){0};
}

// Does BODY(chain, offset, count) for all vectors of a plane, and FINISH after each run.
#define FOR_RUNS(LENGTH, BODY, FINISH)                                  \
  for (size_t i = 0, end = 0; i < (LENGTH);) {                          \
    end = (LENGTH)-i < run_elements ? (LENGTH) : i + run_elements;      \
    for (; i + chains * width <= end; i += chains * width) {            \
      BODY(0, i, width);                                                \
      BODY(1, i + width, width);                                        \
      BODY(2, i + 2 * width, width);                                    \
      BODY(3, i + 3 * width, width);                                    \
    }                                                                   \
    for (; i + width <= end; i += width) {                              \
      BODY(0, i, width);                                                \
    }                                                                   \
    if (i < end) {                                                      \
      BODY(1, i, end - i);                                              \
      i = end;                                                          \
    }                                                                   \
    FINISH;                                                             \
  }

// Does BODY(offset, count) for all vectors of a plane.
#define FOR_VECTORS(LENGTH, BODY)                                       \
  {                                                                     \
    size_t i = 0;                                                       \
    for (; i + width <= (LENGTH); i += width) {                         \
      BODY(i, width);                                                   \
    }                                                                   \
    if (i < (LENGTH)) {                                                 \
      BODY(i, (LENGTH)-i);                                              \
    }                                                                   \
  }

// Sets lanes that hold nothing to 0.
INLINE void keep_first(vector *values, size_t count) {
  for (size_t lane = count; lane < width; lane++) (*values)[lane] = 0;
}

// 0 where `decides` is not above 0. What is not a number is passed on.
INLINE void rectify_by(vector *values, const vector *decides) {
  *values = (vector)(~(*decides <= 0) & (vector_bits)*values);
}

// Bytes of an output from which on it is written past the caches: whoever reads it would not find
// it there, and its place need not be read before.
enum { streamed_bytes = 1 << 20 };

// `read` is what the output may have taken the place of, which is in a cache.
INLINE bool goes_past_caches(const float *output, const float *read, struct tandem_maps maps) {
  return output != read && tandem_maps_count(maps) * sizeof(float) >= streamed_bytes &&
         maps.rows * maps.columns * maps.block % width == 0 &&
         (uintptr_t)output % sizeof(vector) == 0;
}

INLINE void put(float *to, const vector *values, size_t count, const bool past_caches) {
  typedef float aligned_vector __attribute__((vector_size(sizeof(vector))));
  if (past_caches && count == width) {
    __builtin_nontemporal_store((aligned_vector)*values, (aligned_vector *)to);
  } else {
    store(to, values, count);
  }
}

// To be called before another thread may read them.
INLINE void finish_puts(bool past_caches) {
  if (past_caches) tandem_fence_stores();
}

#endif
