#ifndef TANDEM_NORMALIZATION_RESPONSE_NORM_TILES_H
#define TANDEM_NORMALIZATION_RESPONSE_NORM_TILES_H

#include "Normalization/response_norm.h"
#include "Vectors/vectors.h"

// Maps are normalized tile by tile: a group's channels at a few pixels. Squares, and in the
// backward pass the terms of the gradient, go to a row of scratch memory in which an element's
// neighbouring channels are `step` floats apart, with zeros at the ends, so that windows need not
// be cut there:
//
//   plain order      [margin, channels, margin][pixels of a tile]      step: the pixels of a tile
//   blocks           [pixels of a tile][margin, channels], [margin]    step: 1

// Pixels of a tile.
enum { plain_pixels = 64, blocked_pixels = 16 };

static size_t tile_pixels(struct tandem_maps maps) {
  return maps.block == 1 ? plain_pixels : blocked_pixels;
}

static size_t step_of(struct tandem_maps maps) { return maps.block == 1 ? plain_pixels : 1; }

// Floats of a row: windows are read as whole vectors, which may reach over the last margin.
static size_t row_count(struct tandem_maps maps, struct tandem_response_norm norm) {
  size_t channels = maps.channels / norm.groups, margin = norm.half_window;
  return width + (maps.block == 1 ? (channels + 2 * margin) * plain_pixels
                                  : (channels + margin) * blocked_pixels + margin);
}

struct tile {
  size_t image, channel, channels, pixel, pixels;  // the first ones and how many
  size_t ahead;                                    // elements to the same place in the next tile
};

// A part of a tile that looks alike in all orders: `pieces` runs of `length` elements, which begin
// every `stride` floats in the maps and every `advance` floats in the row. In plain order that is
// the one run of a channel; in blocks it is what each pixel has in a block.
struct line {
  size_t offset, place;  // of the first element, in the maps and in the row
  size_t pieces, stride, advance, length;
};

// The line that begins `*done` channels after the tile's first; adds its channels to `*done`.
INLINE struct line next_line(struct tile tile, struct tandem_maps maps,
                             struct tandem_response_norm norm, size_t *done) {
  size_t pixels = maps.rows * maps.columns, first = *done, channel = tile.channel + first;
  if (maps.block == 1) {
    *done += 1;
    return (struct line){(tile.image * maps.channels + channel) * pixels + tile.pixel,
                         first * plain_pixels, 1, 0, 0, tile.pixels};
  }
  size_t blocks = (maps.channels + maps.block - 1) / maps.block, lane = channel % maps.block;
  size_t length = maps.block - lane;
  if (length > tile.channels - first) length = tile.channels - first;
  *done += length;
  size_t block = tile.image * blocks + channel / maps.block;
  return (struct line){(block * pixels + tile.pixel) * maps.block + lane, first, tile.pixels,
                       maps.block, tile.channels + norm.half_window, length};
}

// Does BODY(offset, place, count) for all elements of a tile, by vectors; the usual lengths are
// known when this is compiled. One loop for all lines, so that the processor starts on the next
// one's loads early.
#define FOR_TILE(BODY)                                             \
  for (size_t done = 0; done < tile.channels;) {                   \
    struct line line = next_line(tile, maps, norm, &done);         \
    if (line.length == width) {                                    \
      FOR_PIECES(BODY, width);                                     \
    } else if (line.length == width / 2) {                         \
      FOR_PIECES(BODY, width / 2);                                 \
    } else {                                                       \
      FOR_PIECES(BODY, line.length);                               \
    }                                                              \
  }
#define FOR_PIECES(BODY, LENGTH)                                   \
  for (size_t piece = 0; piece < line.pieces; piece++) {           \
    size_t offset = line.offset + piece * line.stride;             \
    size_t place = line.place + piece * line.advance, i = 0;       \
    for (; i + width <= (LENGTH); i += width) {                    \
      BODY(offset + i, place + i, width);                          \
    }                                                              \
    if (i < (LENGTH)) {                                            \
      BODY(offset + i, place + i, (LENGTH)-i);                     \
    }                                                              \
  }

// Elements of maps, which are floats or bfloat16, in a function that knows which by `bfloat16`.
#define load_element(TO, BASE, OFFSET, COUNT)                           \
  if (bfloat16) {                                                       \
    load_bfloat16(TO, (const tandem_bfloat16 *)(BASE) + (OFFSET), COUNT); \
  } else {                                                              \
    load(TO, (const float *)(BASE) + (OFFSET), COUNT);                  \
  }
#define store_element(BASE, OFFSET, VALUES, COUNT)                      \
  if (bfloat16) {                                                       \
    store_bfloat16((tandem_bfloat16 *)(BASE) + (OFFSET), VALUES, COUNT); \
  } else {                                                              \
    store((float *)(BASE) + (OFFSET), VALUES, COUNT);                   \
  }
#define prefetch_element(BASE, OFFSET, AHEAD)                                                 \
  __builtin_prefetch((const char *)(BASE) +                                                   \
                     ((OFFSET) + (AHEAD)) * (bfloat16 ? sizeof(tandem_bfloat16) : sizeof(float)))

// Each tile of the maps in turn.
#define FOR_TILES                                                     \
  for (size_t image = 0; image < maps.images; image++)                \
    for (size_t pixel = 0; pixel < maps.rows * maps.columns;          \
         pixel += tile_pixels(maps))                                  \
      for (size_t group = 0; group < norm.groups; group++)

static struct tile tile_at(size_t image, size_t pixel, size_t group, struct tandem_maps maps,
                           struct tandem_response_norm norm) {
  size_t channels = maps.channels / norm.groups, most = tile_pixels(maps);
  size_t rest = maps.rows * maps.columns - pixel;
  return (struct tile){image, group * channels,         channels,
                       pixel, rest < most ? rest : most, most * maps.block};
}

#endif
