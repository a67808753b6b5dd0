// Maps to values, and how values lie in memory, for Winograd's way along rows. Included by
// winograd_convolution.h and winograd_weights.h.
#ifndef TANDEM_LANES_WINOGRAD_VALUES_H
#define TANDEM_LANES_WINOGRAD_VALUES_H

#include "Lanes/winograd_tiles.h"

// Values of maps of so many rows: from a row to the next, from a value to the next, from a map to
// the next.
struct value_layout {
  size_t row, plane, map;
};
LANES_INLINE struct value_layout value_layout(size_t rows, struct lane_correlation shape) {
  const size_t tiles = winograd_tiles(shape.output_columns), plane = rows * tiles;
  return (struct value_layout){tiles, plane, winograd_values * plane};
}

static void winograd_source(struct lane_maps source, lanes *restrict values,
                            struct lane_correlation shape) {
  const struct value_layout layout = value_layout(shape.rows, shape);
  for (size_t c = 0; c < shape.channels; c++) {
    for (size_t i = 0; i < shape.rows; i++) {
      const lanes *row = source.base + c * source.channel + i * source.row;
      lanes *to = values + c * layout.map + i * layout.row;
      for (size_t tile = 0; tile < layout.row; tile++) {
        const ptrdiff_t start = (ptrdiff_t)(tile * winograd_columns) - (ptrdiff_t)shape.left;
        const int is_inside = start >= 0 && (size_t)start + winograd_values <= shape.columns;
        for (size_t number = 0; number < pieces; number++) {
          piece d[winograd_values];
          LANES_UNROLL for (int j = 0; j < winograd_values; j++) {
            // Before the first column it wraps around.
            const int is_zero = !is_inside && (size_t)(start + j) >= shape.columns;
            d[j] = is_zero ? (piece){0} : CONSTANT_PIECE(row + start + j, number);
          }
          values_of_source(d, to + tile, layout.plane, number);
        }
      }
    }
  }
}

static void values_of_gradients(struct lane_maps gradient, lanes *restrict values, size_t rows,
                                struct lane_correlation shape) {
  const struct value_layout layout = value_layout(rows, shape);
  for (size_t o = 0; o < shape.output_channels; o++) {
    for (size_t i = 0; i < rows; i++) {
      const lanes *row = gradient.base + o * gradient.channel + i * gradient.row;
      lanes *to = values + o * layout.map + i * layout.row;
      for (size_t tile = 0; tile < layout.row; tile++) {
        for (size_t number = 0; number < pieces; number++) {
          piece dy[winograd_columns];
          load_gradient(row, tile, shape.output_columns, number, dy);
          values_of_gradient(dy, to + tile, layout.plane, number);
        }
      }
    }
  }
}

#endif
