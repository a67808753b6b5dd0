#ifndef TANDEM_VECTORS_MAPS_H
#define TANDEM_VECTORS_MAPS_H

#include <stdbool.h>
#include <stddef.h>

// The order of a mini-batch of maps, [images, channels, rows, columns], in memory: channels in
// blocks of `block`, [images][⌈channels / block⌉][rows][columns][block]. With `block` 1 that is the
// plain order; with 8 and 16 it is oneDNN's nChw8c and nChw16c, whose last block is filled up with
// zeros.
struct tandem_maps {
  size_t images;
  size_t channels;
  size_t rows;
  size_t columns;
  size_t block;
  bool bfloat16;  // instead of float32; only some kernels take it
};

// Elements of such a mini-batch, zeros that fill up blocks included.
static inline size_t tandem_maps_count(struct tandem_maps maps) {
  size_t blocks = (maps.channels + maps.block - 1) / maps.block;
  return maps.images * blocks * maps.rows * maps.columns * maps.block;
}

#endif
