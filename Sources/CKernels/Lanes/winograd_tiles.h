// Convolutions with kernels of 5 columns by F(4, 5), in one dimension: S. Winograd, "Arithmetic
// Complexity of Computations", 1980; A. Lavin and S. Gray, "Fast Algorithms for Convolutional
// Neural Networks", 2016. Included by winograd_values.h.
//
// A kernel row and 4 columns of a gradient are polynomials with 5 and 4 coefficients. Their product
// has 8, and so is known by its values at 8 points: 0, ±1, ±2, ±1/2 and ∞. That is backward to the
// input; forward and the weights' gradient are the same product turned around. A tile of 4 columns
// of the output takes 8 products for each kernel row, instead of 20: they are added up over
// channels and kernel rows, and only the sums are turned into columns. In lane order no step of
// this needs a shuffle.
//
// What is not a number spoils its whole tile, with columns that do not see it, and what is infinite
// turns into it.
//
// Values lie in planes: [map][value][row][tile]. The error, the root of its mean square, is two to
// four times that of sums by the definition (the zoo's shapes; of 2,600 drawn passes half are below
// 2.9), and up to seven times where maps are smaller than kernels, so that most terms are zeros.

// Columns d of the input to values, a `plane` apart.
LANES_INLINE void values_of_source(const piece d[winograd_values], lanes *to, size_t plane,
                                   size_t number) {
  const piece even1 = d[2] + d[6] - 4.25f * d[4], odd1 = d[1] + d[5] - 4.25f * d[3];
  const piece even2 = 0.25f * d[2] - 1.25f * d[4] + d[6];
  const piece odd2 = 0.5f * d[1] - 2.5f * d[3] + 2 * d[5];
  const piece even3 = 4 * d[2] - 5 * d[4] + d[6];
  const piece odd3 = 2 * d[1] - 2.5f * d[3] + 0.5f * d[5];
  PIECE(to, number) = d[0] - d[6] + 5.25f * (d[4] - d[2]);
  PIECE(to + plane, number) = even1 + odd1;
  PIECE(to + 2 * plane, number) = even1 - odd1;
  PIECE(to + 3 * plane, number) = even2 + odd2;
  PIECE(to + 4 * plane, number) = even2 - odd2;
  PIECE(to + 5 * plane, number) = even3 + odd3;
  PIECE(to + 6 * plane, number) = even3 - odd3;
  PIECE(to + 7 * plane, number) = d[7] - d[1] + 5.25f * (d[3] - d[5]);
}

// Sums and differences of the sums of products at 1 and -1, 2 and -2, 1/2 and -1/2.
struct value_pairs {
  piece zero, infinite;
  piece even1, odd1, even2, odd2, even3, odd3;
};
LANES_INLINE void load_pairs(const lanes *from, size_t plane, size_t number, float added_to_one,
                             struct value_pairs *to) {
#define VALUE(PLACE) CONSTANT_PIECE(from + PLACE * plane, number)
  const piece one = VALUE(1) + added_to_one;
  to->zero = VALUE(0);
  to->infinite = VALUE(7);
  to->even1 = one + VALUE(2);
  to->odd1 = one - VALUE(2);
  to->even2 = VALUE(3) + VALUE(4);
  to->odd2 = VALUE(3) - VALUE(4);
  to->even3 = VALUE(5) + VALUE(6);
  to->odd3 = VALUE(5) - VALUE(6);
#undef VALUE
}

// Columns of the output from sums of products. The value at 1 counts once in each column, so that
// the bias is added to it.
LANES_INLINE void columns_of_values(const lanes *from, size_t plane, size_t number, float bias,
                                    piece y[winograd_columns]) {
  struct value_pairs sum;
  load_pairs(from, plane, number, bias, &sum);
  y[0] = sum.zero + sum.even1 + sum.even2 + sum.even3;
  y[1] = sum.odd1 + 2 * sum.odd2 + 0.5f * sum.odd3;
  y[2] = sum.even1 + 4 * sum.even2 + 0.25f * sum.even3;
  y[3] = sum.odd1 + 8 * sum.odd2 + 0.125f * sum.odd3 + sum.infinite;
}

// `columns_of_values` turned around: the values of columns of the output's gradient, in pairs.
enum { pair_of_zero_and_infinite, pair_of_one, pair_of_two, pair_of_half, winograd_pairs };
static const size_t winograd_values_of_pair[winograd_pairs][2] = {{0, 7}, {1, 2}, {3, 4}, {5, 6}};

LANES_INLINE void pair_of_gradient(const piece dy[winograd_columns], piece values[2],
                                   const int pair) {
  if (pair == pair_of_zero_and_infinite) {
    values[0] = dy[0];
    values[1] = dy[3];
    return;
  }
  const float point = pair == pair_of_one ? 1 : pair == pair_of_two ? 2 : 0.5f;
  const piece even = dy[0] + point * point * dy[2], odd = dy[1] + point * point * dy[3];
  values[0] = even + point * odd;
  values[1] = even - point * odd;
}

LANES_INLINE void values_of_gradient(const piece dy[winograd_columns], lanes *to, size_t plane,
                                     size_t number) {
  LANES_UNROLL for (int pair = 0; pair < winograd_pairs; pair++) {
    piece values[2];
    pair_of_gradient(dy, values, pair);
    LANES_UNROLL for (int side = 0; side < 2; side++) {
      PIECE(to + winograd_values_of_pair[pair][side] * plane, number) = values[side];
    }
  }
}

// `values_of_source` turned around: what a tile gives to the gradient of 8 columns of the input.
LANES_INLINE void source_of_values(const lanes *from, size_t plane, size_t number,
                                   piece d[winograd_values]) {
  struct value_pairs sum;
  load_pairs(from, plane, number, 0, &sum);
  d[0] = sum.zero;
  d[1] = sum.odd1 + 0.5f * sum.odd2 + 2 * sum.odd3 - sum.infinite;
  d[2] = sum.even1 + 0.25f * sum.even2 + 4 * sum.even3 - 5.25f * sum.zero;
  d[3] = 5.25f * sum.infinite - 4.25f * sum.odd1 - 2.5f * (sum.odd2 + sum.odd3);
  d[4] = 5.25f * sum.zero - 4.25f * sum.even1 - 1.25f * sum.even2 - 5 * sum.even3;
  d[5] = sum.odd1 + 2 * sum.odd2 + 0.5f * sum.odd3 - 5.25f * sum.infinite;
  d[6] = sum.even1 + sum.even2 + sum.even3 - sum.zero;
  d[7] = sum.infinite;
}

// Columns of a row of the output's gradient; those beyond its end are zeros.
LANES_INLINE void load_gradient(const lanes *row, size_t tile, size_t columns, size_t number,
                                piece dy[winograd_columns]) {
  const size_t start = tile * winograd_columns, rest = columns - start;
  if (rest >= winograd_columns) {
    LANES_UNROLL for (size_t j = 0; j < winograd_columns; j++) {
      dy[j] = CONSTANT_PIECE(row + start + j, number);
    }
  } else {
    LANES_UNROLL for (size_t j = 0; j < winograd_columns; j++) {
      dy[j] = j < rest ? CONSTANT_PIECE(row + start + j, number) : (piece){0};
    }
  }
}
