// Transforms of tiles and kernels, one channel in each lane: included by each set of instructions
// after it has defined `lane_count`.
#include "Winograd/internal.h"

typedef float lanes __attribute__((vector_size(lane_count * sizeof(float))));
typedef float lanes_in_memory
    __attribute__((vector_size(lane_count * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int lane_mask __attribute__((vector_size(lane_count * sizeof(int))));

#define LOAD(P) ((lanes)(*(const lanes_in_memory *)(P)))
#define STORE(P, V) (*(lanes_in_memory *)(P) = (V))

// The points ±a and ±b, beside 0 and ∞; their squares; and what the Lagrange polynomials are
// divided by, all of which the weights take.
#define POINT_A 0.625f
#define POINT_B 1.5f
#define A2 (POINT_A * POINT_A)
#define B2 (POINT_B * POINT_B)
#define DIVISOR_0 (A2 * B2)
#define DIVISOR_A (2 * A2 * (A2 - B2))
#define DIVISOR_B (2 * B2 * (B2 - A2))

static const float powers_of_a[] = {1, POINT_A, A2, A2 * POINT_A, A2 * A2};
static const float powers_of_b[] = {1, POINT_B, B2, B2 *POINT_B, B2 *B2};

// Polynomials of `count` coefficients at the six points; of weights, divided.
WINOGRAD_INLINE void evaluate(const lanes *x, lanes y[tile_side], const int count,
                              const bool divides) {
  lanes even_a = x[0], even_b = x[0], odd_a = POINT_A * x[1], odd_b = POINT_B * x[1];
  WINOGRAD_UNROLL for (int i = 2; i < count; i++) {
    if (i % 2 == 0) {
      even_a = powers_of_a[i] * x[i] + even_a;
      even_b = powers_of_b[i] * x[i] + even_b;
    } else {
      odd_a = powers_of_a[i] * x[i] + odd_a;
      odd_b = powers_of_b[i] * x[i] + odd_b;
    }
  }
  y[0] = x[0];
  y[1] = even_a + odd_a;
  y[2] = even_a - odd_a;
  y[3] = even_b + odd_b;
  y[4] = even_b - odd_b;
  y[5] = x[count - 1];
  if (divides) {
    y[0] *= 1 / DIVISOR_0;
    y[1] *= 1 / DIVISOR_A;
    y[2] *= 1 / DIVISOR_A;
    y[3] *= 1 / DIVISOR_B;
    y[4] *= 1 / DIVISOR_B;
  }
}

// The transpose of `evaluate`.
WINOGRAD_INLINE void collect(const lanes x[tile_side], lanes *y, const int count,
                             const bool divides) {
  lanes even_a = x[1] + x[2], odd_a = x[1] - x[2], even_b = x[3] + x[4], odd_b = x[3] - x[4];
  lanes first = x[0];
  if (divides) {
    even_a *= 1 / DIVISOR_A;
    odd_a *= 1 / DIVISOR_A;
    even_b *= 1 / DIVISOR_B;
    odd_b *= 1 / DIVISOR_B;
    first *= 1 / DIVISOR_0;
  }
  y[0] = first + even_a + even_b;
  WINOGRAD_UNROLL for (int i = 1; i < count; i++) {
    const lanes a = i % 2 == 0 ? even_a : odd_a, b = i % 2 == 0 ? even_b : odd_b;
    y[i] = powers_of_b[i] * b + powers_of_a[i] * a;
  }
  y[count - 1] += x[5];
}

// Both along rows and columns: from `count`×`count` to 6×6 numbers.
WINOGRAD_INLINE void store_evaluated(const lanes *x, float *to, size_t step, const int count,
                                     const bool divides) {
  lanes columns[5][tile_side], y[tile_side];
  WINOGRAD_UNROLL for (int j = 0; j < count; j++) {
    lanes column[5];
    WINOGRAD_UNROLL for (int i = 0; i < count; i++) column[i] = x[i * count + j];
    evaluate(column, columns[j], count, divides);
  }
  WINOGRAD_UNROLL for (int i = 0; i < tile_side; i++) {
    lanes row[5];
    WINOGRAD_UNROLL for (int j = 0; j < count; j++) row[j] = columns[j][i];
    evaluate(row, y, count, divides);
    WINOGRAD_UNROLL for (int j = 0; j < tile_side; j++) {
      STORE(to + (i * tile_side + j) * step, y[j]);
    }
  }
}

// And from 6×6 numbers to `count`×`count`.
WINOGRAD_INLINE void load_collected(const float *from, size_t step, lanes *y, const int count,
                                    const bool divides) {
  lanes columns[tile_side][5];
  WINOGRAD_UNROLL for (int j = 0; j < tile_side; j++) {
    lanes column[tile_side];
    WINOGRAD_UNROLL for (int i = 0; i < tile_side; i++) {
      column[i] = LOAD(from + (i * tile_side + j) * step);
    }
    collect(column, columns[j], count, divides);
  }
  WINOGRAD_UNROLL for (int i = 0; i < count; i++) {
    lanes row[tile_side];
    WINOGRAD_UNROLL for (int j = 0; j < tile_side; j++) row[j] = columns[j][i];
    collect(row, y + i * count, count, divides);
  }
}

// Rows become columns: half of a shuffle of all index bits in each round.
WINOGRAD_INLINE void transpose(lanes rows[lane_count]) {
  WINOGRAD_UNROLL for (int round = 1; round < lane_count; round *= 2) {
    lanes mixed[lane_count];
    WINOGRAD_UNROLL for (int i = 0; i < lane_count / 2; i++) {
      const lanes a = rows[i], b = rows[i + lane_count / 2];
      mixed[2 * i] = INTERLEAVE_LOW(a, b);
      mixed[2 * i + 1] = INTERLEAVE_HIGH(a, b);
    }
    WINOGRAD_UNROLL for (int i = 0; i < lane_count; i++) rows[i] = mixed[i];
  }
}
