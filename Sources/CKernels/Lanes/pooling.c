#include "Lanes/activation.h"
#include "Lanes/layer.h"

// Pooling in lane order. The bodies are compiled once for windows of 2 × 2, which nearly all
// networks have, and once for any size.

// Leaves the sum of all pixels, which is no number if one of them is none; others may overflow.
// Pixels that are no numbers are largest if it `finds_nans`, and else anything.
LANES_INLINE void maxima(const lanes *restrict rows, size_t row, lanes *restrict output,
                         uint8_t *restrict winners, size_t count, size_t window_rows,
                         size_t window_columns, lanes *restrict sum, const int rectifies,
                         const int finds_nans) {
  *sum = (lanes){0};
  for (size_t j = 0; j < count; j++) {
    const lanes *window = rows + j * window_columns;
    lanes best = window[0], window_sum = window[0];
    lane_bits winner = {0};
    for (size_t u = 0; u < window_rows; u++) {
      for (size_t v = 0; v < window_columns; v++) {
        if (u + v == 0) continue;
        lanes value = window[u * row + v];
        lane_bits larger = value > best;
        if (finds_nans) larger |= value != value;  // nothing is larger than that
        best = LANES_WHERE(larger, value, best);
        winner = (larger & (int32_t)(u * window_columns + v)) | (~larger & winner);
        window_sum += value;
      }
    }
    if (rectifies) {
      lane_bits is_zero = best <= 0;
      best = LANES_WHERE(is_zero, (lanes){0}, best);
      winner |= is_zero & lane_no_winner;
    }
    *sum += window_sum;
    output[j] = best;
    if (winners) ((lane_bytes *)winners)[j] = __builtin_convertvector(winner, lane_bytes);
  }
}

LANES_INLINE int has_nan(const lanes *values) {
  lane_bits is_nan = *values != *values;
  int any = 0;
  for (int i = 0; i < tandem_lane_count; i++) any |= is_nan[i];
  return any;
}

// A row of windows. To compare each pixel with itself, too, takes twice as long: that is done where
// the sum tells that it must be.
LANES_INLINE void pool_maxima(const lanes *restrict rows, size_t row, lanes *restrict output,
                              uint8_t *restrict winners, size_t count, size_t window_rows,
                              size_t window_columns, const int rectifies) {
  lanes sum;
  maxima(rows, row, output, winners, count, window_rows, window_columns, &sum, rectifies, 0);
  if (has_nan(&sum)) {
    maxima(rows, row, output, winners, count, window_rows, window_columns, &sum, rectifies, 1);
  }
}

// A row of windows, activated in place first: backward needs what the mean loses.
LANES_INLINE void pool_means(lanes *restrict rows, size_t row, lanes *restrict output, size_t count,
                             size_t window_rows, size_t window_columns,
                             const enum tandem_lane_activation kind) {
  float share = 1 / (float)(window_rows * window_columns);
  for (size_t j = 0; j < count; j++) {
    lanes *window = rows + j * window_columns, sum = {0};
    for (size_t u = 0; u < window_rows; u++) {
      for (size_t v = 0; v < window_columns; v++) {
        activate(window + u * row + v, kind);
        sum += window[u * row + v];
      }
    }
    output[j] = sum * share;
  }
}

LANES_INLINE void pool(struct lane_maps rows, size_t windows, lanes *output, uint8_t *winners,
                       struct tandem_lane_layer layer, size_t window_rows, size_t window_columns,
                       const enum tandem_lane_activation kind) {
  size_t columns = pooled_columns(layer), channel = pooled_rows(layer) * columns;
  for (size_t c = 0; c < layer.output_channels; c++) {
    for (size_t i = 0; i < windows; i++) {
      lanes *from = rows.base + c * rows.channel + i * window_rows * rows.row;
      size_t place = c * channel + i * columns;
      uint8_t *bytes = winners ? winners + place * tandem_lane_count : 0;
      if (layer.pooling == tandem_lane_pooling_average) {
        pool_means(from, rows.row, output + place, columns, window_rows, window_columns, kind);
      } else {
        pool_maxima(from, rows.row, output + place, bytes, columns, window_rows, window_columns,
                    kind == tandem_lane_activation_relu);
      }
    }
  }
}

#define KIND(ROWS, COLUMNS, KIND) \
  pool(rows, windows, output, winners, layer, ROWS, COLUMNS, tandem_lane_activation_##KIND)
#define KINDS(ROWS, COLUMNS)                                            \
  switch (layer.activation) {                                           \
    case tandem_lane_activation_none: KIND(ROWS, COLUMNS, none); break; \
    case tandem_lane_activation_relu: KIND(ROWS, COLUMNS, relu); break; \
    case tandem_lane_activation_tanh: KIND(ROWS, COLUMNS, tanh); break; \
  }

TANDEM_CLONES
void tandem_lane_pool(struct lane_maps rows, size_t windows, lanes *output, uint8_t *winners,
                      struct tandem_lane_layer layer) {
  if (layer.window_rows == 2 && layer.window_columns == 2) {
    KINDS(2, 2)
  } else {
    KINDS(layer.window_rows, layer.window_columns)
  }
}
