#include <math.h>
#include <string.h>

#include "kernels_clones.h"
#include "kernels_normalization.h"

// Channels of a group at some pixels are copied to a row [channels][pixels], in which the neighbours of
// an element are `pixels` floats apart: every loop then runs along the row. In plain order a row has
// many pixels; in blocked order one, whose channels lie together.
//
// Rows of squares and of the gradient's terms have zeros before and after them, so that windows need
// not be cut at the ends.

enum { plain_pixels = 64 };

static size_t pixels_of_row(struct tandem_maps maps) {
  size_t pixels = maps.rows * maps.columns;
  if (maps.block > 1) return 1;
  return pixels < plain_pixels ? pixels : plain_pixels;
}

static size_t row_count(struct tandem_maps maps, struct tandem_response_norm norm) {
  return maps.channels / norm.groups * pixels_of_row(maps);
}

static size_t margin(struct tandem_maps maps, struct tandem_response_norm norm) {
  return norm.half_window * pixels_of_row(maps);
}

size_t tandem_response_norm_scratch(struct tandem_maps maps, struct tandem_response_norm norm) {
  return 5 * row_count(maps, norm) + 4 * margin(maps, norm);
}

static const float *first(const float *data, struct tandem_maps maps, size_t image, size_t channel,
                          size_t pixel) {
  size_t pixels = maps.rows * maps.columns;
  size_t blocks = (maps.channels + maps.block - 1) / maps.block;
  return data + ((image * blocks + channel / maps.block) * pixels + pixel) * maps.block +
         channel % maps.block;
}

static void load(const float *data, struct tandem_maps maps, size_t image, size_t channel,
                 size_t channels, size_t pixel, size_t count, float *row) {
  if (maps.block == 1) {
    for (size_t c = 0; c < channels; c++) {
      memcpy(row + c * count, first(data, maps, image, channel + c, pixel), count * sizeof *row);
    }
    return;
  }
  for (size_t c = 0; c < channels;) {
    size_t length = maps.block - (channel + c) % maps.block;
    if (length > channels - c) length = channels - c;
    memcpy(row + c, first(data, maps, image, channel + c, pixel), length * sizeof *row);
    c += length;
  }
}

static void store(float *data, struct tandem_maps maps, size_t image, size_t channel,
                  size_t channels, size_t pixel, size_t count, const float *row) {
  if (maps.block == 1) {
    for (size_t c = 0; c < channels; c++) {
      memcpy((float *)first(data, maps, image, channel + c, pixel), row + c * count,
             count * sizeof *row);
    }
    return;
  }
  for (size_t c = 0; c < channels;) {
    size_t length = maps.block - (channel + c) % maps.block;
    if (length > channels - c) length = channels - c;
    memcpy((float *)first(data, maps, image, channel + c, pixel), row + c, length * sizeof *row);
    c += length;
  }
}

// power[i] = (k + alpha · window sum of squares)^-beta, and the sum itself in `sums`.
TANDEM_CLONES
static void powers(const float *restrict squares, float *restrict sums, float *restrict power,
                   size_t count, size_t step, struct tandem_response_norm norm) {
  for (size_t i = 0; i < count; i++) sums[i] = squares[i];
  for (size_t distance = 1; distance <= norm.half_window; distance++) {
    const float *before = squares - distance * step;
    const float *after = squares + distance * step;
    for (size_t i = 0; i < count; i++) sums[i] += before[i] + after[i];
  }
  if (norm.beta == 0.75f) {
    for (size_t i = 0; i < count; i++) {
      float s = norm.k + norm.alpha * sums[i];
      float root = __builtin_elementwise_sqrt(s);
      sums[i] = s;
      power[i] = 1 / (root * __builtin_elementwise_sqrt(root));
    }
  } else {
    for (size_t i = 0; i < count; i++) {
      float s = norm.k + norm.alpha * sums[i];
      sums[i] = s;
      power[i] = powf(s, -norm.beta);
    }
  }
}

TANDEM_CLONES
static void square(const float *restrict row, float *restrict squares, size_t count) {
  for (size_t i = 0; i < count; i++) squares[i] = row[i] * row[i];
}

TANDEM_CLONES
static void multiply(float *restrict row, const float *restrict power, size_t count) {
  for (size_t i = 0; i < count; i++) row[i] *= power[i];
}

// terms[i] = dy · x · s^(-beta - 1)
TANDEM_CLONES
static void gradient_terms(const float *restrict row, const float *restrict gradient,
                           const float *restrict sums, const float *restrict power,
                           float *restrict terms, size_t count) {
  for (size_t i = 0; i < count; i++) terms[i] = gradient[i] * row[i] * power[i] / sums[i];
}

// gradient = gradient · power - factor · row · window sum of terms; `sums` is overwritten.
TANDEM_CLONES
static void gradients(const float *restrict row, float *restrict gradient,
                      const float *restrict power, const float *restrict terms,
                      float *restrict sums, size_t count, size_t step, size_t half_window,
                      float factor) {
  for (size_t i = 0; i < count; i++) sums[i] = terms[i];
  for (size_t distance = 1; distance <= half_window; distance++) {
    const float *before = terms - distance * step;
    const float *after = terms + distance * step;
    for (size_t i = 0; i < count; i++) sums[i] += before[i] + after[i];
  }
  for (size_t i = 0; i < count; i++) {
    gradient[i] = gradient[i] * power[i] - factor * row[i] * sums[i];
  }
}

// What fills up the last block must stay zero.
static void clear_padding(float *data, struct tandem_maps maps) {
  size_t rest = maps.channels % maps.block;
  if (rest == 0) return;
  size_t pixels = maps.rows * maps.columns;
  for (size_t image = 0; image < maps.images; image++) {
    for (size_t pixel = 0; pixel < pixels; pixel++) {
      float *start = (float *)first(data, maps, image, maps.channels - rest, pixel) + rest;
      memset(start, 0, (maps.block - rest) * sizeof *start);
    }
  }
}

// The parts of the scratch memory.
struct rows {
  float *x, *squares, *sums, *power, *terms;
};

static struct rows rows_of(float *scratch, struct tandem_maps maps,
                           struct tandem_response_norm norm) {
  size_t count = row_count(maps, norm), edge = margin(maps, norm);
  memset(scratch, 0, tandem_response_norm_scratch(maps, norm) * sizeof *scratch);
  struct rows rows;
  rows.squares = scratch + edge;
  rows.terms = rows.squares + count + 2 * edge;
  rows.x = rows.terms + count + edge;
  rows.sums = rows.x + count;
  rows.power = rows.sums + count;
  return rows;
}

void tandem_response_norm_forward(const float *restrict source, float *restrict destination,
                                  struct tandem_maps maps, struct tandem_response_norm norm,
                                  float *restrict scratch) {
  size_t pixels = maps.rows * maps.columns, most = pixels_of_row(maps);
  size_t channels = maps.channels / norm.groups;
  struct rows rows = rows_of(scratch, maps, norm);
  clear_padding(destination, maps);
  for (size_t image = 0; image < maps.images; image++) {
    for (size_t pixel = 0; pixel < pixels; pixel += most) {
      size_t step = pixels - pixel < most ? pixels - pixel : most;
      size_t count = channels * step;
      // A shorter last row would leave squares of the one before it where its zeros belong.
      if (step < most) rows = rows_of(scratch, maps, norm);
      for (size_t group = 0; group < norm.groups; group++) {
        load(source, maps, image, group * channels, channels, pixel, step, rows.x);
        square(rows.x, rows.squares, count);
        powers(rows.squares, rows.sums, rows.power, count, step, norm);
        multiply(rows.x, rows.power, count);
        store(destination, maps, image, group * channels, channels, pixel, step, rows.x);
      }
      if (step < most) rows = rows_of(scratch, maps, norm);
    }
  }
}

void tandem_response_norm_backward(const float *source, const float *destination_gradient,
                                   float *source_gradient, struct tandem_maps maps,
                                   struct tandem_response_norm norm, float *restrict scratch) {
  size_t pixels = maps.rows * maps.columns, most = pixels_of_row(maps);
  size_t channels = maps.channels / norm.groups;
  float factor = 2 * norm.alpha * norm.beta;
  struct rows rows = rows_of(scratch, maps, norm);
  // The squares are not needed any more once their sums are known.
  float *gradient = rows.squares;
  if (source_gradient != destination_gradient) clear_padding(source_gradient, maps);
  for (size_t image = 0; image < maps.images; image++) {
    for (size_t pixel = 0; pixel < pixels; pixel += most) {
      size_t step = pixels - pixel < most ? pixels - pixel : most;
      size_t count = channels * step;
      if (step < most) rows = rows_of(scratch, maps, norm);
      for (size_t group = 0; group < norm.groups; group++) {
        load(source, maps, image, group * channels, channels, pixel, step, rows.x);
        square(rows.x, rows.squares, count);
        powers(rows.squares, rows.sums, rows.power, count, step, norm);
        load(destination_gradient, maps, image, group * channels, channels, pixel, step, gradient);
        gradient_terms(rows.x, gradient, rows.sums, rows.power, rows.terms, count);
        gradients(rows.x, gradient, rows.power, rows.terms, rows.sums, count, step,
                  norm.half_window, factor);
        store(source_gradient, maps, image, group * channels, channels, pixel, step, gradient);
      }
      if (step < most) rows = rows_of(scratch, maps, norm);
    }
  }
}
