// The last block of images of a dense layer where it holds 8 or fewer: included by loops.h. Vectors
// are over outputs here, as over images most of their lanes would be idle.
//
// for each chunk of features, each 16 outputs     one sum for each image stays in registers
//   for each 4 features
//     16 × 4 weights                              transposed to 4 vectors over outputs
//     for each of these features and each image
//       one multiply-add                          in the same order as over images

typedef float four __attribute__((vector_size(4 * sizeof(float))));
typedef float eight __attribute__((vector_size(8 * sizeof(float))));

// 4 weights of each fourth output, behind each other. Joined step by step, as the compiler finds
// the best instructions then.
LANES_INLINE void load_weights(const float *weights, size_t weights_row, piece *row) {
  four parts[piece_lanes / 4];
  LANES_UNROLL for (int i = 0; i < piece_lanes / 4; i++) {
    __builtin_memcpy(parts + i, weights + 4 * i * weights_row, sizeof *parts);
  }
#if PIECE_LANES == 16
  eight lower = __builtin_shufflevector(parts[0], parts[1], 0, 1, 2, 3, 4, 5, 6, 7);
  eight upper = __builtin_shufflevector(parts[2], parts[3], 0, 1, 2, 3, 4, 5, 6, 7);
  *row = __builtin_shufflevector(lower, upper, 0, 1, 2, 3, 4, 5, 6, 7,
                                 8, 9, 10, 11, 12, 13, 14, 15);
#elif PIECE_LANES == 8
  *row = __builtin_shufflevector(parts[0], parts[1], 0, 1, 2, 3, 4, 5, 6, 7);
#else
  *row = parts[0];
#endif
}

// Of each four lanes of both vectors the lower or upper two: taking turns, or behind each other.
#if PIECE_LANES == 16
#define LOWER_TURNS(A, B) \
  __builtin_shufflevector(A, B, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define UPPER_TURNS(A, B) \
  __builtin_shufflevector(A, B, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOWER_PAIRS(A, B) \
  __builtin_shufflevector(A, B, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define UPPER_PAIRS(A, B) \
  __builtin_shufflevector(A, B, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#elif PIECE_LANES == 8
#define LOWER_TURNS(A, B) __builtin_shufflevector(A, B, 0, 8, 1, 9, 4, 12, 5, 13)
#define UPPER_TURNS(A, B) __builtin_shufflevector(A, B, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOWER_PAIRS(A, B) __builtin_shufflevector(A, B, 0, 1, 8, 9, 4, 5, 12, 13)
#define UPPER_PAIRS(A, B) __builtin_shufflevector(A, B, 2, 3, 10, 11, 6, 7, 14, 15)
#else
#define LOWER_TURNS(A, B) __builtin_shufflevector(A, B, 0, 4, 1, 5)
#define UPPER_TURNS(A, B) __builtin_shufflevector(A, B, 2, 6, 3, 7)
#define LOWER_PAIRS(A, B) __builtin_shufflevector(A, B, 0, 1, 4, 5)
#define UPPER_PAIRS(A, B) __builtin_shufflevector(A, B, 2, 3, 6, 7)
#endif

// The weights of 4 features, each a vector over outputs.
LANES_INLINE void transpose_weights(const float *weights, size_t weights_row, piece *columns) {
  piece rows[4];
  LANES_UNROLL for (int o = 0; o < 4; o++) {
    load_weights(weights + o * weights_row, weights_row, rows + o);
  }
  piece a = LOWER_TURNS(rows[0], rows[1]), b = UPPER_TURNS(rows[0], rows[1]);
  piece c = LOWER_TURNS(rows[2], rows[3]), d = UPPER_TURNS(rows[2], rows[3]);
  columns[0] = LOWER_PAIRS(a, c);
  columns[1] = UPPER_PAIRS(a, c);
  columns[2] = LOWER_PAIRS(b, d);
  columns[3] = UPPER_PAIRS(b, d);
}

LANES_INLINE void tail_tile(const lanes *source, const float *weights, size_t weights_row,
                            lanes *sums, size_t count, size_t number, const int images) {
  piece tile[lane_most_in_tail];
  LANES_UNROLL for (int n = 0; n < images; n++) tile[n] = PIECE(sums + n, number);
  size_t f = 0;
  for (; f + 4 <= count; f += 4) {
    piece columns[4];
    transpose_weights(weights + f, weights_row, columns);
    LANES_UNROLL for (int k = 0; k < 4; k++) {
      const float *pixels = (const float *)(source + f + k);
      LANES_UNROLL for (int n = 0; n < images; n++) tile[n] += columns[k] * pixels[n];
    }
  }
  for (; f < count; f++) {
    const float *pixels = (const float *)(source + f);
    piece column;
    for (int o = 0; o < piece_lanes; o++) column[o] = weights[o * weights_row + f];
    LANES_UNROLL for (int n = 0; n < images; n++) tile[n] += column * pixels[n];
  }
  LANES_UNROLL for (int n = 0; n < images; n++) PIECE(sums + n, number) = tile[n];
}

// Rows of weights that are a multiple of 2 KiB apart crowd each other out of the first cache, which
// has 8 lines or 12 for each distance from a multiple of 4 KiB. A chunk of them is copied to where
// the distance is another one.
enum { crowded_row = 512, copied_row = features_of_chunk + line_floats };

static void add_tail(const lanes *source, const float *weights, size_t features, lanes *sums,
                     size_t count, size_t images) {
  float copy[tandem_lane_count * copied_row];
  size_t row = features;
  if (features % crowded_row == 0) {
    for (size_t o = 0; o < tandem_lane_count; o++) {
      __builtin_memcpy(copy + o * copied_row, weights + o * features, count * sizeof *copy);
    }
    weights = copy;
    row = copied_row;
  }
  for (size_t number = 0; number < pieces; number++) {
    const float *w = weights + number * piece_lanes * row;
#define TAIL(IMAGES) \
  case IMAGES: tail_tile(source, w, row, sums, count, number, IMAGES); break;
    switch (images) { TAIL(1) TAIL(2) TAIL(3) TAIL(4) TAIL(5) TAIL(6) TAIL(7) TAIL(8) }
#undef TAIL
  }
}
