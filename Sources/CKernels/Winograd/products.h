// Products of small matrices in registers: included by each set of instructions after the header of
// its factors and after it has defined `most_rows`.

// A vector of U feeds `most_rows` multiply-adds; two vectors of them are a panel.
enum { blocks_of_panel = 2, rows_of_gradient = lane_count / ROW_PARTS_OF_GRADIENT };

// M[tile][output] of so many rows of tiles and one or two blocks of outputs: the sum over so many
// blocks of channels of V · U, or that much more.
//
//   V   [block of channels][tile][channel], from one block to the next `v_step`
//   U   [block of channels][channel / terms][output of the panel][term]
//   M   [block of the panel][tile][output], from one block to the next `m_step`
//
// Meanwhile memory `ahead` is brought nearer, `ahead_step` bytes further for each `terms` channels.
WINOGRAD_INLINE void product(const int rows, const int panel, const factor *restrict v,
                             size_t v_step, const factor *restrict u, size_t blocks,
                             float *restrict m, size_t m_step, const char *ahead, size_t ahead_step,
                             bool adds) {
  lanes sums[most_rows][blocks_of_panel];
  WINOGRAD_UNROLL for (int row = 0; row < rows; row++) {
    WINOGRAD_UNROLL for (int p = 0; p < panel; p++) sums[row][p] = (lanes){0};
  }
  for (size_t block = 0; block < blocks; block++, v += v_step) {
    _Pragma("clang loop unroll_count(4)") for (int c = 0; c < lane_count; c += terms) {
      factor_lanes factors[blocks_of_panel];
      WINOGRAD_UNROLL for (int p = 0; p < panel; p++) {
        factors[p] = LOAD_FACTORS(u + p * lane_count * terms);
      }
      u += panel * lane_count * terms;
      __builtin_prefetch(ahead, 0, 2);
      ahead += ahead_step;
      WINOGRAD_UNROLL for (int row = 0; row < rows; row++) {
        const factor_lanes x = SPREAD(v + row * lane_count + c);
        WINOGRAD_UNROLL for (int p = 0; p < panel; p++) MULTIPLY_ADD(sums[row][p], x, factors[p]);
      }
    }
  }
  WINOGRAD_UNROLL for (int p = 0; p < panel; p++, m += m_step) {
    WINOGRAD_UNROLL for (int row = 0; row < rows; row++) {
      float *to = m + row * lane_count;
      STORE(to, adds ? LOAD(to) + sums[row][p] : sums[row][p]);
    }
  }
}

typedef void (*product_function)(const factor *restrict, size_t, const factor *restrict, size_t,
                                 float *restrict, size_t, const char *, size_t, bool);

#define PRODUCT(ROWS, PANEL)                                                                 \
  __attribute__((noinline)) static void product_##ROWS##_##PANEL(                            \
      const factor *restrict v, size_t v_step, const factor *restrict u, size_t blocks,      \
      float *restrict m, size_t m_step, const char *ahead, size_t ahead_step, bool adds) {   \
    product(ROWS, PANEL, v, v_step, u, blocks, m, m_step, ahead, ahead_step, adds);          \
  }
#define PRODUCTS(ROWS) PRODUCT(ROWS, 1) PRODUCT(ROWS, 2)
#define NAMES(ROWS) {product_##ROWS##_1, product_##ROWS##_2}

// Σ over tiles of V[tile][channel] · D[tile][output], for some channels of a block and one or two
// blocks of outputs, from one block to the next `d_step`; or that much more. Both are
// [tile / terms][channel or output][term], `sums` is [channel][output of the panel].
WINOGRAD_INLINE void outer_product(const int panel, const factor *restrict v,
                                   const factor *restrict d, size_t d_step, size_t tiles,
                                   float *restrict sums, bool adds) {
  lanes total[rows_of_gradient][blocks_of_panel];
  WINOGRAD_UNROLL for (int row = 0; row < rows_of_gradient; row++) {
    WINOGRAD_UNROLL for (int p = 0; p < panel; p++) {
      total[row][p] = (lanes){0};
      __builtin_prefetch(sums + (row * panel + p) * lane_count, 1, 3);
    }
  }
  _Pragma("clang loop unroll_count(4)") for (size_t tile = 0; tile < tiles; tile += terms) {
    factor_lanes factors[blocks_of_panel];
    WINOGRAD_UNROLL for (int p = 0; p < panel; p++) {
      factors[p] = LOAD_FACTORS(d + p * d_step + tile * lane_count);
    }
    WINOGRAD_UNROLL for (int row = 0; row < rows_of_gradient; row++) {
      const factor_lanes x = SPREAD(v + tile * lane_count + row * terms);
      WINOGRAD_UNROLL for (int p = 0; p < panel; p++) MULTIPLY_ADD(total[row][p], x, factors[p]);
    }
  }
  WINOGRAD_UNROLL for (int row = 0; row < rows_of_gradient; row++) {
    WINOGRAD_UNROLL for (int p = 0; p < panel; p++) {
      float *to = sums + (row * panel + p) * lane_count;
      STORE(to, adds ? LOAD(to) + total[row][p] : total[row][p]);
    }
  }
}

__attribute__((noinline)) static void outer_product_1(const factor *restrict v,
                                                      const factor *restrict d, size_t d_step,
                                                      size_t tiles, float *restrict sums,
                                                      bool adds) {
  outer_product(1, v, d, d_step, tiles, sums, adds);
}
__attribute__((noinline)) static void outer_product_2(const factor *restrict v,
                                                      const factor *restrict d, size_t d_step,
                                                      size_t tiles, float *restrict sums,
                                                      bool adds) {
  outer_product(2, v, d, d_step, tiles, sums, adds);
}
