#ifndef TANDEM_PRODUCTS_PRODUCTS_H
#define TANDEM_PRODUCTS_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

#include "Lanes/lanes.h"

// A product of matrices: result[r][c] is the sum over so many terms of left(r, t) · right[t][c].
//
// Rows of the left factor and of its transpose are read alike, so that both gradients of a dense
// layer y = x · Wᵀ are such products as everything stands in memory: that of its input is dy · W,
// that of its weights dyᵀ · x. Forward the right factor is transposed.
struct tandem_product {
  size_t rows, columns, terms;
  size_t left_row, left_term;  // floats from a row of the left factor, or a term, to the next
  size_t right_row;            // floats from a row of the right factor to the next
  size_t result_row;
  bool adds;  // to what is there
  enum tandem_lane_set set;
};

// For factors that the second cache holds. Each element's sum has an order of its own that only the
// number of terms decides, and whether rows of the right factor are a multiple of 2 KiB apart. No
// terms make zeros.
void tandem_multiply(const float *restrict left, const float *restrict right,
                     float *restrict result, struct tandem_product product);

// The same with rows of both factors that run along the terms, left[r][t] and right[c][t]:
// left_term is 1.
void tandem_multiply_transposed(const float *restrict left, const float *restrict right,
                                float *restrict result, struct tandem_product product);

#endif
