// What the kernels in lane order share; see lanes.h.
#ifndef TANDEM_LANES_INTERNAL_H
#define TANDEM_LANES_INTERNAL_H

#include "Lanes/lanes.h"
#include "Vectors/clones.h"

// One pixel of 16 images.
typedef float lanes __attribute__((vector_size(tandem_lane_count * sizeof(float))));
typedef int32_t lane_bits __attribute__((vector_size(tandem_lane_count * sizeof(int32_t))));
typedef uint8_t lane_bytes __attribute__((vector_size(tandem_lane_count)));

#define LANES_INLINE static inline __attribute__((always_inline))
#define LANES_UNROLL _Pragma("clang loop unroll(full)")
// A choice in each lane. A macro, as machines without vectors of this size cannot return them.
#define LANES_WHERE(CONDITION, YES, NO) \
  ((lanes)(((CONDITION) & (lane_bits)(YES)) | (~(CONDITION) & (lane_bits)(NO))))

// Maps of which neighbouring rows and channels are the given number of vectors apart.
struct lane_maps {
  lanes *base;
  size_t row, channel;
};

// The part of index `part` when `count` things are cut into `parts` parts that differ by one at
// most, larger ones first.
struct lane_part {
  size_t start, count;
};
LANES_INLINE struct lane_part lane_part(size_t count, size_t parts, size_t part) {
  size_t base = count / parts, larger = count % parts;
  return (struct lane_part){part * base + (part < larger ? part : larger),
                            base + (part < larger)};
}

// Sums are tiles of up to 5 × 5 vectors: 25 with 5 factors and a pixel are 31 of AVX-512's 32
// registers, and each load feeds 2.5 multiply-adds, more than the 1 that keeps both units busy.
// With fewer registers there are fewer columns; see loops.h.
enum { lane_tile = 5 };
LANES_INLINE size_t lane_tiles(size_t count) { return (count + lane_tile - 1) / lane_tile; }

// What a convolution of stride 1 sees and makes. The zeros around the input are not in memory, but
// for rows of a folded block (fold.h).
struct lane_correlation {
  size_t channels, rows, columns;  // of the input
  size_t output_channels, output_columns;
  size_t kernel_rows, kernel_columns;
  size_t top, left;  // zeros above the input and before it
};
// Whether there are zeros at the sides.
LANES_INLINE int has_zeros_beside(struct lane_correlation shape) {
  return shape.output_columns + shape.kernel_columns - 1 > shape.columns;
}

// Winograd's way along rows: 8 values tell 4 columns of a convolution with kernels of 5. Sums of
// products that are computed at once stay in the first cache where outputs are few.
// winograd_tiles.h
enum { winograd_kernel = 5, winograd_columns = 4, winograd_values = 8 };
enum { winograd_sums_at_once = 400 };
// With so few channels the weights' gradient keeps no values of the output's gradient in memory.
enum { few_winograd_channels = 2 };
LANES_INLINE size_t winograd_tiles(size_t output_columns) {
  return (output_columns + winograd_columns - 1) / winograd_columns;
}

// A dense layer's images: whole blocks, vectorised over images, and the last few, vectorised over
// outputs.
struct lane_dense {
  size_t blocks, tail;
  size_t features, outputs;
};
// Outputs of the last images are computed in vectors of 16, a band of fewer at a time, so that
// tiles of 5 and of 3 outputs fill it. The last vector ends at the last output.
enum { lane_most_in_tail = tandem_lane_count / 2, lane_tail_band = 15 };
LANES_INLINE size_t lane_tail_bands(struct lane_dense dense) {
  return dense.tail ? (dense.outputs + lane_tail_band - 1) / lane_tail_band : 0;
}
LANES_INLINE size_t lane_tail_start(size_t band, struct lane_dense dense) {
  size_t start = band * lane_tail_band, last = dense.outputs - tandem_lane_count;
  return start < last ? start : last;
}

// The inner loops, compiled for one set of instructions: loops.h.
struct lane_loops {
  // Rows [first, end) of the output, of which the first is written to row 0 of `destination`; in
  // the order [output tile][channel][kernel row][kernel column][output of the tile] of the weights.
  void (*correlate)(struct lane_maps source, const float *restrict packed_weights,
                    const float *restrict bias, struct lane_maps destination, size_t first,
                    size_t end, struct lane_correlation shape);
  // sums[o][c][u][v] += Σ over rows [first, end) of the output and their columns of dy · x; row
  // `first` is row 0 of `gradient`.
  void (*accumulate)(struct lane_maps source, struct lane_maps gradient, lanes *restrict sums,
                     size_t first, size_t end, struct lane_correlation shape);
  // sums[block][output] += Σ x[block][feature] · w[output][feature], and after those the sums of
  // the last images, [band][image][16 outputs].
  void (*add_products)(const lanes *source, const float *weights, lanes *sums,
                       struct lane_dense dense);
  // By Winograd's way along rows, winograd_*.h, with weights in the order of weights.c. All of the
  // input's values; from them what `correlate` computes, with room for the sums of one step
  // (`sums_of_step`); the gradient of all of the input, with room for the values of the output's
  // gradient and such sums; and from the input's values what `accumulate` adds, to
  // sums[value][o][c][u], with room for the values of a strip of the output's gradient.
  void (*winograd_source)(struct lane_maps source, lanes *restrict values,
                          struct lane_correlation shape);
  void (*winograd_correlate)(const lanes *values, const float *restrict packed_weights,
                             const float *restrict bias, struct lane_maps destination,
                             lanes *restrict sums, size_t first, size_t end,
                             struct lane_correlation shape);
  void (*winograd_correlate_back)(struct lane_maps gradient, const float *restrict packed_weights,
                                  struct lane_maps destination, lanes *restrict scratch,
                                  size_t output_rows, struct lane_correlation shape);
  void (*winograd_accumulate)(const lanes *values, struct lane_maps gradient,
                              lanes *restrict sums, lanes *restrict gradient_values, size_t first,
                              size_t end, struct lane_correlation shape);
};
extern const struct lane_loops tandem_lane_loops_portable;
#ifdef TANDEM_HAS_SETS
extern const struct lane_loops tandem_lane_loops_avx2;
extern const struct lane_loops tandem_lane_loops_avx512;
#endif
// Those for this processor that may be used.
const struct lane_loops *tandem_lane_loops(enum tandem_instructions set);

// f(x) in place, of `count` vectors of each channel. activation.c
void tandem_lane_activate(struct lane_maps values, size_t channels, size_t count,
                          enum tandem_lane_activation kind);

// The winner of a window whose largest value a ReLU makes zero.
enum { lane_no_winner = 255 };

// Pools rows of the convolution, `windows` rows of windows of each channel; `output` and `winners`
// are those of the first. With a maximum a ReLU is computed, too, and before a mean the activation,
// in place. pooling.c
void tandem_lane_pool(struct lane_maps rows, size_t windows, lanes *output, uint8_t *winners,
                      struct tandem_lane_layer layer);

// What one block of images has for the backward pass.
struct lane_block {
  const lanes *gradient, *output, *activation;
  const uint8_t *winners;
};

// The gradient of rows [first, end) of the convolution's output, of which the first is row 0 of
// `rows`: zeros where no window reaches. Adds those of each channel to `sums` unless it is null.
// unpooling.c
void tandem_lane_unpool(struct lane_block block, struct lane_maps rows, size_t first, size_t end,
                        lanes *sums, struct tandem_lane_layer layer);

#endif
