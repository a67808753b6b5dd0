#ifndef TANDEM_DATA_WHITENING_H
#define TANDEM_DATA_WHITENING_H

#include <stddef.h>

// Adds the products of all pairs of elements of each row, on and above the diagonal:
// sums[i * count + j] += rows[r * count + i] * rows[r * count + j] for j >= i.
void tandem_add_products(double *restrict sums, const double *restrict rows, size_t row_count,
                         size_t count);

// Eigenvalues and eigenvectors of a symmetric matrix: Householder's reflections make it
// tridiagonal, and QL steps with implicit shifts diagonal (Golub and Van Loan, "Matrix
// Computations", sections 8.3.1 and 8.3.3).
//
// matrix: [count, count], all of it; destroyed
// vectors: [count, count], a row for each eigenvalue
// values: [count], in no order
// Returns 0, or 1 if a value did not converge, which takes a matrix that is not finite.
int tandem_symmetric_eigen(double *restrict matrix, double *restrict vectors,
                           double *restrict values, size_t count);

// whitened = matrix · image, [count, count] · [count].
void tandem_whiten(float *restrict whitened, const float *restrict matrix,
                   const float *restrict image, size_t count);

#endif
