#ifndef TANDEM_WINOGRAD_WINOGRAD_H
#define TANDEM_WINOGRAD_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>

// Convolutions of stride 1 by minimal filtering (Winograd 1980; Lavin and Gray 2015,
// https://arxiv.org/abs/1509.09308): F(4×4, 3×3) and F(3×3, 4×4) with a quarter of the
// multiplications, and F(2×2, 5×5) with 36 % of them. All see the input as overlapping tiles of
// 6×6:
//
//   V = Bᵀ d B          each tile of the input, 36 numbers for each channel
//   U = G w Gᵀ          each kernel, likewise
//   M = Σ over c V · U  36 products of matrices, [tiles][channels] · [channels][outputs]
//   y = Aᵀ M A          tiles of 4×4, 3×3 or 2×2 of the output
//
// The gradient of the input is the same with turned kernels, that of the weights
// G' (Σ over tiles V · (A dy Aᵀ)) G'ᵀ.
//
// The polynomials are evaluated at 0, ±5/8, ±3/2 and ∞, and sums over channels start anew every 32
// (a rest of 16 is added to the last sum): so the error (root mean square) is about three times
// that of a convolution by its definition, where the usual points 0, ±1, ±2, ∞ have nine times and
// more.
//
// Transformed weights are four times the weights, 2.3 times with 4×4 and 1.4 with 5×5, and nobody
// keeps them: each pass transforms them in its scratch memory. Where they are many, it takes a few
// at a time for many tiles: they never leave the second cache, and it is the tiles that stream by.
//
// Maps are in blocks of channels, nChw16c or nChw8c, filled up with zeros; groups are of whole
// blocks. Outputs of an image are the same bits whatever images are computed with it.

// For which vectors a kernel is compiled. The sets differ in the last bits.
enum tandem_winograd_set {
  tandem_winograd_portable,
  tandem_winograd_avx2,
  tandem_winograd_avx512,
  // Maps in bfloat16; V, U and A dy Aᵀ are rounded to it.
  tandem_winograd_avx512_bf16,
};

// Whether this program has it and this processor can run it.
bool tandem_winograd_runs(enum tandem_winograd_set set);

// Channels of a block of maps: 8 or 16.
size_t tandem_winograd_block(enum tandem_winograd_set set);

struct tandem_winograd_layer {
  size_t images, groups;
  size_t channels, rows, columns;                       // of the input, of all groups
  size_t output_channels, output_rows, output_columns;  // of the output, of all groups
  size_t kernel;                                        // 3 to 5, rows and columns
  size_t top, left;  // zeros around the input; as many below and to the right as the output needs
};

// Floats of scratch memory that each pass needs.
size_t tandem_winograd_forward_scratch(enum tandem_winograd_set set,
                                       struct tandem_winograd_layer layer);
size_t tandem_winograd_backward_scratch(enum tandem_winograd_set set,
                                        struct tandem_winograd_layer layer);
size_t tandem_winograd_gradient_scratch(enum tandem_winograd_set set,
                                        struct tandem_winograd_layer layer);

// Weights are float32 in plain order, [output_channels][channels / groups][kernel][kernel]. Maps
// are float32, or bfloat16 for the set of that name. Pointers to maps are multiples of what a block
// of channels takes, those to scratch memory of 64.

// `bias` may be null. `rectifies`: a ReLU is computed, too, which passes what is not a number.
void tandem_winograd_forward(enum tandem_winograd_set set, const void *restrict source,
                             const float *restrict weights, const float *restrict bias,
                             bool rectifies, void *restrict destination, float *restrict scratch,
                             struct tandem_winograd_layer layer);

void tandem_winograd_backward_input(enum tandem_winograd_set set,
                                    const void *restrict output_gradient,
                                    const float *restrict weights,
                                    void *restrict source_gradient, float *restrict scratch,
                                    struct tandem_winograd_layer layer);

// The gradient of the weights, in plain order, and of the bias, which may be null.
void tandem_winograd_backward_parameters(enum tandem_winograd_set set,
                                         const void *restrict source,
                                         const void *restrict output_gradient,
                                         float *restrict weight_gradient,
                                         float *restrict bias_gradient, float *restrict scratch,
                                         struct tandem_winograd_layer layer);

#endif
