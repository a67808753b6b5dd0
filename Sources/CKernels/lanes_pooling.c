#include "lanes.h"

// Pooling of one row of windows in lane order. The bodies are compiled once for windows of 2 × 2, which
// nearly all networks have, and once for any size.

LANES_INLINE void maximum(const lanes *restrict rows, size_t row, lanes *restrict output,
                          uint8_t *restrict winners, size_t count, size_t window_rows,
                          size_t window_columns) {
  for (size_t j = 0; j < count; j++) {
    const lanes *window = rows + j * window_columns;
    lanes best = window[0];
    lane_bits winner = {0};
    for (size_t u = 0; u < window_rows; u++) {
      for (size_t v = 0; v < window_columns; v++) {
        lanes value = window[u * row + v];
        lane_bits larger = value > best;
        best = (lanes)((larger & (lane_bits)value) | (~larger & (lane_bits)best));
        winner = (larger & (int32_t)(u * window_columns + v)) | (~larger & winner);
      }
    }
    output[j] = best;
    if (winners) ((lane_bytes *)winners)[j] = __builtin_convertvector(winner, lane_bytes);
  }
}

LANES_INLINE void mean(const lanes *restrict rows, size_t row, lanes *restrict output, size_t count,
                       size_t window_rows, size_t window_columns) {
  float share = 1 / (float)(window_rows * window_columns);
  for (size_t j = 0; j < count; j++) {
    const lanes *window = rows + j * window_columns;
    lanes sum = {0};
    for (size_t u = 0; u < window_rows; u++) {
      for (size_t v = 0; v < window_columns; v++) sum += window[u * row + v];
    }
    output[j] = sum * share;
  }
}

TANDEM_CLONES
void tandem_lane_pool(const lanes *restrict rows, size_t row, lanes *restrict output,
                      uint8_t *restrict winners, struct tandem_lane_layer layer) {
  size_t count = layer.output_columns / layer.window_columns;
  int is_two_by_two = layer.window_rows == 2 && layer.window_columns == 2;
  if (layer.pooling == tandem_lane_pooling_max) {
    if (is_two_by_two) {
      maximum(rows, row, output, winners, count, 2, 2);
    } else {
      maximum(rows, row, output, winners, count, layer.window_rows, layer.window_columns);
    }
  } else if (is_two_by_two) {
    mean(rows, row, output, count, 2, 2);
  } else {
    mean(rows, row, output, count, layer.window_rows, layer.window_columns);
  }
}

LANES_INLINE void to_winners(const lanes *restrict gradient, const uint8_t *restrict winners,
                             lanes *restrict rows, size_t row, size_t count, size_t window_rows,
                             size_t window_columns) {
  for (size_t j = 0; j < count; j++) {
    lanes *window = rows + j * window_columns;
    lane_bits winner = __builtin_convertvector(((const lane_bytes *)winners)[j], lane_bits);
    for (size_t u = 0; u < window_rows; u++) {
      for (size_t v = 0; v < window_columns; v++) {
        lane_bits won = winner == (int32_t)(u * window_columns + v);
        window[u * row + v] = (lanes)(won & (lane_bits)gradient[j]);
      }
    }
  }
}

LANES_INLINE void to_all(const lanes *restrict gradient, lanes *restrict rows, size_t row,
                         size_t count, size_t window_rows, size_t window_columns) {
  float share = 1 / (float)(window_rows * window_columns);
  for (size_t j = 0; j < count; j++) {
    lanes part = gradient[j] * share;
    for (size_t u = 0; u < window_rows; u++) {
      for (size_t v = 0; v < window_columns; v++) rows[u * row + j * window_columns + v] = part;
    }
  }
}

TANDEM_CLONES
void tandem_lane_unpool(const lanes *restrict gradient, const uint8_t *restrict winners,
                        lanes *restrict rows, size_t row, struct tandem_lane_layer layer) {
  size_t count = layer.output_columns / layer.window_columns;
  int is_two_by_two = layer.window_rows == 2 && layer.window_columns == 2;
  if (layer.pooling == tandem_lane_pooling_max) {
    if (is_two_by_two) {
      to_winners(gradient, winners, rows, row, count, 2, 2);
    } else {
      to_winners(gradient, winners, rows, row, count, layer.window_rows, layer.window_columns);
    }
  } else if (is_two_by_two) {
    to_all(gradient, rows, row, count, 2, 2);
  } else {
    to_all(gradient, rows, row, count, layer.window_rows, layer.window_columns);
  }
  for (size_t u = 0; u < layer.window_rows; u++) {
    for (size_t j = count * layer.window_columns; j < layer.output_columns; j++) {
      rows[u * row + j] = (lanes){0};
    }
  }
}
