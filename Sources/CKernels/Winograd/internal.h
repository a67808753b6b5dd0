// What the kernels of Winograd's way share; see winograd.h.
#ifndef TANDEM_WINOGRAD_INTERNAL_H
#define TANDEM_WINOGRAD_INTERNAL_H

#include "Vectors/parts.h"
#include "Winograd/winograd.h"

#define WINOGRAD_INLINE static inline __attribute__((always_inline))
#define WINOGRAD_UNROLL _Pragma("clang loop unroll(full)")

// Rows and columns of a tile of the input, and its numbers.
enum { tile_side = 6, tile_points = tile_side * tile_side };
// Sums over channels start anew after so many, or half as many more at the end.
enum { channels_of_sum = 32 };

// One of the three passes: from maps in so many blocks of channels a group to others.
struct winograd_pass {
  size_t images, groups;
  size_t blocks, rows, columns;                       // of the input; blocks of one group
  size_t output_blocks, output_rows, output_columns;  // of the output; blocks of one group
  size_t kernel;
  ptrdiff_t top, left;               // may be negative: the first rows are not seen
  size_t tile_rows, tile_columns;    // how many tiles
  size_t tiles;                      // that are computed at once
  size_t chunk, output_chunk;        // blocks of channels that are computed at once
  // Weights are [outputs][inputs][kernel][kernel] in each group, as the forward pass names them.
  size_t outputs, inputs;
  bool turns;     // the weights: backward to the input
  bool by_panels; // the weights are transformed in small parts, for many tiles each
};

// Rows and columns of the output that a tile has.
static inline size_t tile_step(size_t kernel) { return tile_side + 1 - kernel; }

static inline size_t winograd_tiles(struct winograd_pass pass) {
  return pass.images * pass.tile_rows * pass.tile_columns;
}

// `count` numbers of so many bytes, filled up to an odd number of cache lines, so that matrices of
// neighbouring points do not fall into the same sets of a cache.
static inline size_t odd_lines(size_t count, size_t bytes) {
  enum { bytes_of_line = 64 };
  const size_t of_line = bytes_of_line / bytes;
  return ((count + of_line - 1) / of_line | 1) * of_line;
}

// Tiles, filled up to whole groups of so many terms that stand beside each other.
static inline size_t whole_terms(size_t tiles, size_t terms) {
  return (tiles + terms - 1) / terms * terms;
}

// Kernels compiled for one set of instructions.
struct winograd_kernels {
  size_t block;
  size_t factor_bytes;  // of a number of maps and of products' factors
  size_t terms;         // of a sum that stand beside each other in memory
  // `bias` has whole blocks, or is null.
  void (*convolve)(const void *source, const float *weights, const float *bias, bool rectifies,
                   void *destination, float *scratch, struct winograd_pass pass);
  // `bias_gradient` has whole blocks, or is null.
  void (*correlate)(const void *source, const void *output_gradient, float *weight_gradient,
                    float *bias_gradient, float *scratch, struct winograd_pass pass);
};

extern const struct winograd_kernels tandem_winograd_kernels_portable;
#if defined(__x86_64__)
extern const struct winograd_kernels tandem_winograd_kernels_avx2;
extern const struct winograd_kernels tandem_winograd_kernels_avx512;
extern const struct winograd_kernels tandem_winograd_kernels_avx512_bf16;
#endif

#endif
