#include "Data/whitening.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "Vectors/clones.h"

// Sums that are kept in registers.
#define TILE 32
// Partial sums of a product of two vectors, in one fixed order.
#define LANES 16
#define MOST_STEPS 80

TANDEM_CLONES
void tandem_add_products(double *restrict sums, const double *restrict rows, size_t row_count,
                         size_t count) {
  for (size_t i = 0; i < count; i++) {
    size_t j = i;
    for (; j + TILE <= count; j += TILE) {
      double tile[TILE];
      for (size_t k = 0; k < TILE; k++) tile[k] = sums[i * count + j + k];
      for (size_t row = 0; row < row_count; row++) {
        const double *restrict other = rows + row * count + j;
        const double factor = rows[row * count + i];
        for (size_t k = 0; k < TILE; k++) tile[k] += factor * other[k];
      }
      for (size_t k = 0; k < TILE; k++) sums[i * count + j + k] = tile[k];
    }
    for (; j < count; j++) {
      double sum = sums[i * count + j];
      for (size_t row = 0; row < row_count; row++) {
        sum += rows[row * count + i] * rows[row * count + j];
      }
      sums[i * count + j] = sum;
    }
  }
}

TANDEM_CLONES
static double dot(const double *restrict a, const double *restrict b, size_t count) {
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    for (size_t lane = 0; lane < LANES; lane++) lanes[lane] += a[i + lane] * b[i + lane];
  }
  double sum = 0;
  for (; i < count; i++) sum += a[i] * b[i];
  for (size_t lane = 0; lane < LANES; lane++) sum += lanes[lane];
  return sum;
}

// a -= x b + y c
TANDEM_CLONES
static void take_two(double *restrict a, double x, const double *restrict b, double y,
                     const double *restrict c, size_t count) {
  for (size_t i = 0; i < count; i++) a[i] -= x * b[i] + y * c[i];
}

TANDEM_CLONES
static void take(double *restrict a, double x, const double *restrict b, size_t count) {
  for (size_t i = 0; i < count; i++) a[i] -= x * b[i];
}

TANDEM_CLONES
static void rotate(double *restrict a, double *restrict b, double cosine, double sine,
                   size_t count) {
  for (size_t i = 0; i < count; i++) {
    const double first = a[i], second = b[i];
    b[i] = sine * first + cosine * second;
    a[i] = cosine * first - sine * second;
  }
}

// Reflects the rows and columns before row i so that of row i only the element beside the diagonal
// is left: it goes to beside[i], and the reflection stays in the row, its divisor in halves[i].
static void reflect_rows(double *restrict a, double *restrict beside, double *restrict halves,
                         double *restrict scratch, size_t n) {
  for (size_t i = n - 1; i >= 1; i--) {
    double *restrict u = a + i * n;
    double scale = 0;
    for (size_t k = 0; k < i; k++) scale += fabs(u[k]);
    halves[i] = 0;
    beside[i] = u[i - 1];
    if (i == 1 || scale == 0) continue;
    for (size_t k = 0; k < i; k++) u[k] /= scale;
    const double square = dot(u, u, i);
    const double last = u[i - 1];
    const double length = last >= 0 ? -sqrt(square) : sqrt(square);
    const double half = square - last * length;
    beside[i] = scale * length;
    halves[i] = half;
    u[i - 1] = last - length;
    for (size_t k = 0; k < i; k++) scratch[k] = dot(a + k * n, u, i) / half;
    take(scratch, dot(scratch, u, i) / (2 * half), u, i);
    for (size_t k = 0; k < i; k++) take_two(a + k * n, u[k], scratch, scratch[k], u, i);
  }
}

// The product of all reflections, a row for each vector.
static void multiply_reflections(const double *restrict a, const double *restrict halves,
                                 double *restrict vectors, size_t n) {
  memset(vectors, 0, n * n * sizeof(double));
  for (size_t i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (size_t i = 2; i < n; i++) {
    if (halves[i] == 0) continue;
    const double *restrict u = a + i * n;
    for (size_t k = 0; k < i; k++) {
      double *restrict row = vectors + k * n;
      take(row, dot(row, u, i) / halves[i], u, i);
    }
  }
}

// QL steps until the matrix of the diagonal and the elements beside it, of which beside[i] is that
// between i and i + 1, is diagonal.
static int make_diagonal(double *restrict diagonal, double *restrict beside,
                         double *restrict vectors, size_t n) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(diagonal[i]) + fabs(beside[i]));
  for (size_t first = 0; first < n; first++) {
    for (int step = 0;; step++) {
      size_t end = first;
      while (end + 1 < n) {
        const double near = fabs(diagonal[end]) + fabs(diagonal[end + 1]);
        if (fabs(beside[end]) <= DBL_EPSILON * fmax(near, 1e-6 * largest)) break;
        end++;
      }
      if (end == first) break;
      if (step == MOST_STEPS) return 1;
      double slope = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first]);
      double g = diagonal[end] - diagonal[first] +
                 beside[first] / (slope + copysign(hypot(slope, 1), slope));
      double sine = 1, cosine = 1, shift = 0;
      size_t i = end;
      for (; i-- > first;) {
        const double f = sine * beside[i], b = cosine * beside[i];
        const double r = hypot(f, g);
        beside[i + 1] = r;
        if (r == 0) {
          diagonal[i + 1] -= shift;
          beside[end] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = diagonal[i + 1] - shift;
        const double turned = (diagonal[i] - g) * sine + 2 * cosine * b;
        shift = sine * turned;
        diagonal[i + 1] = g + shift;
        g = cosine * turned - b;
        rotate(vectors + i * n, vectors + (i + 1) * n, cosine, sine, n);
        if (i == first) {
          diagonal[first] -= shift;
          beside[first] = g;
          beside[end] = 0;
        }
      }
    }
  }
  return 0;
}

int tandem_symmetric_eigen(double *restrict matrix, double *restrict vectors,
                           double *restrict values, size_t count) {
  double *beside = calloc(3 * count, sizeof(double));
  if (!beside) abort();
  double *halves = beside + count, *scratch = halves + count;
  reflect_rows(matrix, beside, halves, scratch, count);
  multiply_reflections(matrix, halves, vectors, count);
  for (size_t i = 0; i < count; i++) values[i] = matrix[i * count + i];
  for (size_t i = 1; i < count; i++) beside[i - 1] = beside[i];
  beside[count - 1] = 0;
  const int failure = make_diagonal(values, beside, vectors, count);
  free(beside);
  return failure;
}

TANDEM_CLONES
void tandem_whiten(float *restrict whitened, const float *restrict matrix,
                   const float *restrict image, size_t count) {
  for (size_t row = 0; row < count; row++) {
    const float *restrict weights = matrix + row * count;
    float lanes[LANES * 2] = {0};
    size_t i = 0;
    for (; i + LANES * 2 <= count; i += LANES * 2) {
      for (size_t lane = 0; lane < LANES * 2; lane++) {
        lanes[lane] += weights[i + lane] * image[i + lane];
      }
    }
    double sum = 0;
    for (; i < count; i++) sum += (double)weights[i] * (double)image[i];
    for (size_t lane = 0; lane < LANES * 2; lane++) sum += (double)lanes[lane];
    whitened[row] = (float)sum;
  }
}
