#ifndef TANDEM_PRODUCTS_PRODUCTS_H
#define TANDEM_PRODUCTS_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

#include "Processor/instruction_set.h"

// A product of matrices: result[r][c] is the sum over so many terms of left(r, t) · right[t][c].
//
// left(r, t) is left[r * left_row + t * left_term], so that the left factor may be stored
// transposed: both gradients of a dense layer y = x · Wᵀ, dx = dy · W and dW = dyᵀ · x, need no
// copies. Forward, W is transposed: tandem_multiply_transposed.
struct tandem_product {
  size_t rows, columns, terms;
  size_t left_row, left_term;  // floats from a row of the left factor, or a term, to the next
  size_t right_row;            // floats from a row of the right factor to the next
  size_t result_row;
  bool adds;  // to what is there
  enum tandem_instructions set;
};

// For one `set`, the order in which an element's terms are summed depends on their number only, and
// on whether rows of the right factor are a multiple of 2 KiB apart; never on the rows and columns
// that are computed with it. No terms make zeros.
void tandem_multiply(const float *restrict left, const float *restrict right,
                     float *restrict result, struct tandem_product product);

// The same with rows of both factors that run along the terms, left[r][t] and right[c][t]:
// left_term is 1. How far rows are apart does not matter for the order.
void tandem_multiply_transposed(const float *restrict left, const float *restrict right,
                                float *restrict result, struct tandem_product product);

#endif
