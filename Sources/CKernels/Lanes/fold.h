// A layer's last block of images, folded.
//
// Where the last block holds 8 images or fewer, most of its lanes are idle. Its maps are cut into
// parts of a few rows then, and the lanes that were idle take other parts of the same images:
//
//   4 images with maps of 8 rows            folded to 4 parts of 2 rows
//
//   lanes    0 … 3   4 … 15                 lanes    0 … 3   4 … 7   8 … 11  12 … 15
//   row 0    row 0   idle                   row 0    row 0   row 2   row 4   row 6
//   row 1    row 1   idle           →       row 1    row 1   row 3   row 5   row 7
//   …        …       …
//   row 7    row 7   idle
//
// What a kernel sees above and below its rows is copied to each part, with the rows of zeros around
// the map. So a folded block is an ordinary block of a layer with few rows and without zeros above,
// which the same loops compute in as many times less time as there are parts. Each output is the
// same sum in the same order: zeros that it adds now could change the sign of a zero only, as
// long as all numbers are finite. Rows of
// a last part that lie below the map are zeros.
#ifndef TANDEM_LANES_FOLD_H
#define TANDEM_LANES_FOLD_H

#include "Lanes/layer.h"

struct lane_fold {
  size_t parts;                   // 1 where the last block stays as it is
  size_t whole;                   // blocks that stay as they are
  size_t copies;                  // of vectors, into the folded block and out of it
  struct tandem_lane_layer part;  // what a folded block is a block of
};

// That of the forward pass and of the parameters' gradient: a pure function of the shape, and only
// where less arithmetic is worth the copies. Parts are whole windows of the pooling.
struct lane_fold tandem_lane_fold(struct tandem_lane_layer layer);

// Values of the input, of the layer or of a part, whichever has more: a part sees rows around its
// own.
static inline size_t most_source_values(struct lane_fold fold, struct tandem_lane_layer layer) {
  const size_t whole = source_values(layer), part = source_values(fold.part);
  return part > whole ? part : whole;
}

// How maps of one block are cut: part p has the rows from p · step - above on.
struct lane_cut {
  size_t parts;
  size_t channels, map_rows, columns;  // of the maps
  size_t rows;                         // those that are copied; others may be anything
  size_t part_rows, step, above;
};

// Folds a block, and back, with idle lanes zero.
void tandem_lane_fold_maps(const lanes *restrict maps, lanes *restrict folded, struct lane_cut cut);
void tandem_lane_unfold_maps(const lanes *restrict folded, lanes *restrict maps,
                             struct lane_cut cut);

// A layer's maps, folded, in scratch memory of `tandem_lane_folded_size` vectors; of `memory` those
// that the layer has.
struct lane_folded {
  lanes *source, *gradient;
  struct tandem_lane_memory memory;
};
size_t tandem_lane_folded_size(struct lane_fold fold);
struct lane_folded tandem_lane_folded(lanes *scratch, struct lane_fold fold,
                                      struct tandem_lane_memory memory);

// From and to the maps of the layer's last block: what forward reads, what it writes, and what
// backward reads beside the source.
void tandem_lane_fold_source(const lanes *source, struct lane_folded folded, struct lane_fold fold,
                             struct tandem_lane_layer layer);
void tandem_lane_unfold_memory(struct lane_folded folded, struct tandem_lane_memory memory,
                               struct lane_fold fold, struct tandem_lane_layer layer);
void tandem_lane_fold_gradient(const lanes *gradient, struct tandem_lane_memory memory,
                               struct lane_folded folded, struct lane_fold fold,
                               struct tandem_lane_layer layer);

// That of backward to the input, whose parts are rows of the input's gradient.
struct lane_fold tandem_lane_fold_input(struct tandem_lane_layer layer);
// The output's gradient, and the input's.
struct lane_cut tandem_lane_output_gradient_cut(struct lane_fold fold,
                                                struct tandem_lane_layer layer);
struct lane_cut tandem_lane_source_gradient_cut(struct lane_fold fold,
                                                struct tandem_lane_layer layer);

#endif
