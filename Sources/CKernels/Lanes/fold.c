#include "Lanes/fold.h"

// MARK: What is folded

// A power of two, as many as the lanes hold of the last block's images and as there are rows, or
// windows, for; 1 where nothing can be cut.
static size_t fold_parts(size_t images, size_t rows) {
  size_t last = images % tandem_lane_count;
  size_t parts = last ? tandem_lane_count : 1;
  while (parts > 1 && (parts * last > tandem_lane_count || parts / 2 >= rows)) parts /= 2;
  return parts;
}

// Measured as the time of this many multiply-adds of vectors for each piece that is copied.
enum { cost_of_copy = 2 };
static int pays(size_t operations_saved, size_t copies) {
  return operations_saved > cost_of_copy * copies;
}

// Operations of a row: by the definition one of so many columns; by Winograd's way the output's
// tiles of 4 columns, in both directions, counted as forward has them.
static size_t row_operations(size_t columns, struct tandem_lane_layer layer) {
  return layer.output_channels * (uses_winograd(layer) ? winograd_operations(layer)
                                                       : direct_operations(columns, layer));
}

struct lane_fold tandem_lane_fold(struct tandem_lane_layer layer) {
  size_t blocks = tandem_lane_blocks(layer.images);
  const struct lane_fold unfolded = {1, blocks, 0, layer};
  size_t windows = pooled_rows(layer), parts = fold_parts(layer.images, windows);
  if (parts == 1) return unfolded;
  struct tandem_lane_layer part = layer;
  part.images = tandem_lane_count;
  part.output_rows = (windows + parts - 1) / parts * layer.window_rows;
  part.rows = part.output_rows + layer.kernel_rows - 1;
  part.top = 0;
  size_t saved = (seen_rows(layer) - part.output_rows) * row_operations(layer.output_columns, layer);
  size_t maps = layer.pooling == tandem_lane_pooling_average ? convolution_size(layer) : 0;
  size_t copies = parts * source_size(part) + 2 * output_size(layer) + maps;
  return pays(saved, copies) ? (struct lane_fold){parts, blocks - 1, copies, part} : unfolded;
}

struct lane_fold tandem_lane_fold_input(struct tandem_lane_layer layer) {
  size_t blocks = tandem_lane_blocks(layer.images);
  const struct lane_fold unfolded = {1, blocks, 0, layer};
  size_t parts = fold_parts(layer.images, layer.rows);
  if (parts == 1) return unfolded;
  struct tandem_lane_layer part = layer;
  part.images = tandem_lane_count;
  part.rows = (layer.rows + parts - 1) / parts;
  part.output_rows = part.rows + layer.kernel_rows - 1;
  part.top = layer.kernel_rows - 1;
  size_t saved = (layer.rows - part.rows) * row_operations(layer.columns, layer);
  size_t copies = parts * layer.output_channels * part.output_rows * layer.output_columns +
                  source_size(layer);
  return pays(saved, copies) ? (struct lane_fold){parts, blocks - 1, copies, part} : unfolded;
}

// In units of a whole block's: `rows` rows of so many operations each. A folded block computes
// `part_rows` of them, and copies.
static double blocks_of_time(struct lane_fold fold, size_t part_rows, size_t rows,
                             size_t operations_of_row) {
  if (fold.parts == 1) return (double)fold.whole;
  const double operations = (double)(part_rows * operations_of_row + cost_of_copy * fold.copies);
  return (double)fold.whole + operations / (double)(rows * operations_of_row);
}

double tandem_lane_blocks_of_time(struct tandem_lane_layer layer) {
  const struct lane_fold outputs = tandem_lane_fold(layer), inputs = tandem_lane_fold_input(layer);
  const double forward = blocks_of_time(outputs, outputs.part.output_rows, seen_rows(layer),
                                        row_operations(layer.output_columns, layer));
  const double input = blocks_of_time(inputs, inputs.part.rows, layer.rows,
                                      row_operations(layer.columns, layer));
  return (2 * forward + input) / 3;  // the parameters' gradient as long as forward
}

// MARK: Copies

// Rows of vectors of `size` bytes, of which each part has a piece.

LANES_INLINE void fold_rows(const char *restrict from, char *restrict to, struct lane_cut cut,
                            const size_t size, const size_t parts) {
  const size_t piece = size / parts;
  for (size_t c = 0; c < cut.channels; c++, from += cut.map_rows * cut.columns * size) {
    for (size_t i = 0; i < cut.part_rows; i++, to += cut.columns * size) {
      for (size_t p = 0; p < parts; p++) {
        // Wraps around above the map, where it is not less than its rows either.
        size_t row = p * cut.step + i - cut.above;
        if (row < cut.rows) {
          const char *pieces = from + row * cut.columns * size;
          for (size_t j = 0; j < cut.columns; j++) {
            __builtin_memcpy(to + j * size + p * piece, pieces + j * size, piece);
          }
        } else {
          for (size_t j = 0; j < cut.columns; j++) {
            __builtin_memset(to + j * size + p * piece, 0, piece);
          }
        }
      }
    }
  }
}

LANES_INLINE void unfold_rows(const char *restrict from, char *restrict to, struct lane_cut cut,
                              const size_t size, const size_t parts) {
  const size_t piece = size / parts;
  for (size_t c = 0; c < cut.channels; c++, from += cut.part_rows * cut.columns * size) {
    for (size_t row = 0; row < cut.rows; row++) {
      const char *pieces = from + row % cut.part_rows * cut.columns * size +
                           row / cut.part_rows * piece;
      char *vectors = to + (c * cut.map_rows + row) * cut.columns * size;
      for (size_t j = 0; j < cut.columns; j++) {
        __builtin_memcpy(vectors + j * size, pieces + j * size, piece);
        __builtin_memset(vectors + j * size + piece, 0, size - piece);
      }
    }
  }
}

#define PARTS(COPY, SIZE)                         \
  switch (cut.parts) {                            \
    case 2: COPY(from, to, cut, SIZE, 2); break;  \
    case 4: COPY(from, to, cut, SIZE, 4); break;  \
    case 8: COPY(from, to, cut, SIZE, 8); break;  \
    default: COPY(from, to, cut, SIZE, 16);       \
  }

TANDEM_CLONES
static void fold_bytes(const char *restrict from, char *restrict to, struct lane_cut cut) {
  PARTS(fold_rows, sizeof(lane_bytes))
}

TANDEM_CLONES
static void unfold_bytes(const char *restrict from, char *restrict to, struct lane_cut cut) {
  PARTS(unfold_rows, sizeof(lane_bytes))
}

TANDEM_CLONES
static void fold_vectors(const char *restrict from, char *restrict to, struct lane_cut cut) {
  PARTS(fold_rows, sizeof(lanes))
}

TANDEM_CLONES
static void unfold_vectors(const char *restrict from, char *restrict to, struct lane_cut cut) {
  PARTS(unfold_rows, sizeof(lanes))
}

void tandem_lane_fold_maps(const lanes *restrict maps, lanes *restrict folded,
                           struct lane_cut cut) {
  fold_vectors((const char *)maps, (char *)folded, cut);
}

void tandem_lane_unfold_maps(const lanes *restrict folded, lanes *restrict maps,
                             struct lane_cut cut) {
  unfold_vectors((const char *)folded, (char *)maps, cut);
}

// MARK: The maps of a layer

// What the forward pass may keep before an average.
static size_t activation_size(struct tandem_lane_layer layer) {
  return layer.pooling == tandem_lane_pooling_average ? convolution_size(layer) : 0;
}

size_t tandem_lane_folded_size(struct lane_fold fold) {
  if (fold.parts == 1) return 0;
  size_t output = output_size(fold.part), winners = (output + sizeof(float) - 1) / sizeof(float);
  return source_size(fold.part) + 2 * output + activation_size(fold.part) + winners;
}

struct lane_folded tandem_lane_folded(lanes *scratch, struct lane_fold fold,
                                      struct tandem_lane_memory memory) {
  lanes *gradient = scratch + source_size(fold.part), *output = gradient + output_size(fold.part);
  lanes *activation = output + output_size(fold.part);
  lanes *winners = activation + activation_size(fold.part);
  return (struct lane_folded){scratch,
                              gradient,
                              {(float *)output, memory.activation ? (float *)activation : 0,
                               memory.winners ? (uint8_t *)winners : 0}};
}

static struct lane_cut source_cut(struct lane_fold fold, struct tandem_lane_layer layer) {
  return (struct lane_cut){.parts = fold.parts,
                           .channels = layer.channels,
                           .map_rows = layer.rows,
                           .rows = layer.rows,
                           .columns = layer.columns,
                           .part_rows = fold.part.rows,
                           .step = fold.part.output_rows,
                           .above = layer.top};
}

static struct lane_cut output_cut(struct lane_fold fold, struct tandem_lane_layer layer) {
  return (struct lane_cut){.parts = fold.parts,
                           .channels = layer.output_channels,
                           .map_rows = pooled_rows(layer),
                           .rows = pooled_rows(layer),
                           .columns = pooled_columns(layer),
                           .part_rows = pooled_rows(fold.part),
                           .step = pooled_rows(fold.part)};
}

static struct lane_cut activation_cut(struct lane_fold fold, struct tandem_lane_layer layer) {
  return (struct lane_cut){.parts = fold.parts,
                           .channels = layer.output_channels,
                           .map_rows = layer.output_rows,
                           .rows = seen_rows(layer),
                           .columns = layer.output_columns,
                           .part_rows = fold.part.output_rows,
                           .step = fold.part.output_rows};
}

void tandem_lane_fold_source(const lanes *source, struct lane_folded folded, struct lane_fold fold,
                             struct tandem_lane_layer layer) {
  tandem_lane_fold_maps(source, folded.source, source_cut(fold, layer));
}

void tandem_lane_unfold_memory(struct lane_folded folded, struct tandem_lane_memory memory,
                               struct lane_fold fold, struct tandem_lane_layer layer) {
  struct lane_cut cut = output_cut(fold, layer);
  unfold_vectors((const char *)folded.memory.output, (char *)memory.output, cut);
  if (memory.winners) {
    unfold_bytes((const char *)folded.memory.winners, (char *)memory.winners, cut);
  }
  if (memory.activation) {
    unfold_vectors((const char *)folded.memory.activation, (char *)memory.activation,
                   activation_cut(fold, layer));
  }
}

void tandem_lane_fold_gradient(const lanes *gradient, struct tandem_lane_memory memory,
                               struct lane_folded folded, struct lane_fold fold,
                               struct tandem_lane_layer layer) {
  struct lane_cut cut = output_cut(fold, layer);
  tandem_lane_fold_maps(gradient, folded.gradient, cut);
  if (backward_reads_output(layer)) {
    fold_vectors((const char *)memory.output, (char *)folded.memory.output, cut);
  }
  if (memory.winners) {
    fold_bytes((const char *)memory.winners, (char *)folded.memory.winners, cut);
  }
  if (memory.activation) {
    fold_vectors((const char *)memory.activation, (char *)folded.memory.activation,
                 activation_cut(fold, layer));
  }
}

// MARK: Backward to the input

struct lane_cut tandem_lane_output_gradient_cut(struct lane_fold fold,
                                                struct tandem_lane_layer layer) {
  return (struct lane_cut){.parts = fold.parts,
                           .channels = layer.output_channels,
                           .map_rows = layer.output_rows,
                           .rows = layer.output_rows,
                           .columns = layer.output_columns,
                           .part_rows = fold.part.output_rows,
                           .step = fold.part.rows,
                           .above = layer.kernel_rows - 1 - layer.top};
}

struct lane_cut tandem_lane_source_gradient_cut(struct lane_fold fold,
                                                struct tandem_lane_layer layer) {
  return (struct lane_cut){.parts = fold.parts,
                           .channels = layer.channels,
                           .map_rows = layer.rows,
                           .rows = layer.rows,
                           .columns = layer.columns,
                           .part_rows = fold.part.rows,
                           .step = fold.part.rows};
}
