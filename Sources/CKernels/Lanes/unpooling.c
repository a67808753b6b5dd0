#include "Lanes/layer.h"

// The gradient of a convolution's output from that of the activation and the pooling after it. Each
// case reads a gradient once, multiplies it by f′ and writes it where it belongs; what is written
// is added up for the bias on the way.

// gradient · f′, from y = f(x). That of a ReLU passes what is not a number, as the ReLU itself
// does.
LANES_INLINE void differentiate(lanes *gradient, const lanes *y,
                                const enum tandem_lane_activation kind) {
  if (kind == tandem_lane_activation_relu) {
    *gradient = LANES_WHERE(*y <= 0, (lanes){0}, *gradient);
  } else if (kind == tandem_lane_activation_tanh) {
    *gradient *= 1 - *y * *y;
  }
}

LANES_INLINE void from_elements(const lanes *gradient, const lanes *output, lanes *row,
                                size_t count, lanes *sum, const enum tandem_lane_activation kind) {
  for (size_t j = 0; j < count; j++) {
    lanes value = gradient[j];
    differentiate(&value, output + j, kind);
    row[j] = value;
    *sum += value;
  }
}

// A ReLU needs no f′ here: windows that it has made zero have no winner.
LANES_INLINE void from_winners(const lanes *gradient, const lanes *output, const uint8_t *winners,
                               lanes *rows, size_t row, size_t count, size_t window_rows,
                               size_t window_columns, lanes *sum,
                               const enum tandem_lane_activation kind) {
  for (size_t j = 0; j < count; j++) {
    lanes *window = rows + j * window_columns;
    lane_bits winner = __builtin_convertvector(((const lane_bytes *)winners)[j], lane_bits);
    lanes value = gradient[j];
    if (kind == tandem_lane_activation_tanh) differentiate(&value, output + j, kind);
    for (size_t u = 0; u < window_rows; u++) {
      for (size_t v = 0; v < window_columns; v++) {
        lane_bits won = winner == (int32_t)(u * window_columns + v);
        window[u * row + v] = LANES_WHERE(won, value, (lanes){0});
      }
    }
    *sum += LANES_WHERE(winner == lane_no_winner, (lanes){0}, value);
  }
}

LANES_INLINE void from_means(const lanes *gradient, const lanes *activation, size_t activation_row,
                             lanes *rows, size_t row, size_t count, size_t window_rows,
                             size_t window_columns, lanes *sum,
                             const enum tandem_lane_activation kind) {
  float share = 1 / (float)(window_rows * window_columns);
  for (size_t j = 0; j < count; j++) {
    lanes part = gradient[j] * share;
    for (size_t u = 0; u < window_rows; u++) {
      for (size_t v = 0; v < window_columns; v++) {
        size_t column = j * window_columns + v;
        lanes value = part;
        if (kind != tandem_lane_activation_none) {
          differentiate(&value, activation + u * activation_row + column, kind);
        }
        rows[u * row + column] = value;
        *sum += value;
      }
    }
  }
}

static void clear(lanes *rows, size_t row, size_t first_column, size_t end_row, size_t end_column) {
  for (size_t u = 0; u < end_row; u++) {
    for (size_t j = first_column; j < end_column; j++) rows[u * row + j] = (lanes){0};
  }
}

LANES_INLINE void unpool(struct lane_block block, struct lane_maps rows, size_t first, size_t end,
                         lanes *sums, struct tandem_lane_layer layer, size_t window_rows,
                         size_t window_columns, const enum tandem_lane_activation kind) {
  size_t columns = pooled_columns(layer), row = layer.output_columns;
  for (size_t c = 0; c < layer.output_channels; c++) {
    lanes *to = rows.base + c * rows.channel, sum = sums ? sums[c] : (lanes){0};
    size_t i = first / window_rows, last = end / window_rows;
    for (; i < last; i++, to += window_rows * rows.row) {
      size_t place = (c * pooled_rows(layer) + i) * columns;
      const lanes *gradient = block.gradient + place;
      const lanes *output = block.output ? block.output + place : 0;
      const lanes *y = 0;
      if (block.activation) y = block.activation + (c * layer.output_rows + i * window_rows) * row;
      switch (layer.pooling) {
        case tandem_lane_pooling_none:
          from_elements(gradient, output, to, columns, &sum, kind);
          break;
        case tandem_lane_pooling_max:
          from_winners(gradient, output, block.winners + place * tandem_lane_count, to, rows.row,
                       columns, window_rows, window_columns, &sum, kind);
          break;
        case tandem_lane_pooling_average:
          from_means(gradient, y, row, to, rows.row, columns, window_rows, window_columns, &sum,
                     kind);
          break;
      }
      clear(to, rows.row, columns * window_columns, window_rows, row);
    }
    clear(to, rows.row, 0, end - i * window_rows, row);
    if (sums) sums[c] = sum;
  }
}

#define KIND(ROWS, COLUMNS, KIND) \
  unpool(block, rows, first, end, sums, layer, ROWS, COLUMNS, tandem_lane_activation_##KIND)
#define KINDS(ROWS, COLUMNS)                                                    \
  switch (layer.activation) {                                                   \
    case tandem_lane_activation_none: KIND(ROWS, COLUMNS, none); break;         \
    case tandem_lane_activation_relu: KIND(ROWS, COLUMNS, relu); break;         \
    case tandem_lane_activation_tanh: KIND(ROWS, COLUMNS, tanh); break;         \
  }

TANDEM_CLONES
void tandem_lane_unpool(struct lane_block block, struct lane_maps rows, size_t first, size_t end,
                        lanes *sums, struct tandem_lane_layer layer) {
  if (layer.window_rows == 2 && layer.window_columns == 2) {
    KINDS(2, 2)
  } else {
    KINDS(layer.window_rows, layer.window_columns)
  }
}
