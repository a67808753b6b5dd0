#ifndef TANDEM_LOSSES_RANKING_H
#define TANDEM_LOSSES_RANKING_H

#include "Losses/losses.h"

// Counts an image among the hits by the rank of its label; among equal outputs the lower class
// ranks first.
static inline void count_hits(struct tandem_loss_sum *total, const float *x, size_t classes,
                              size_t label) {
  size_t rank = 0;
  for (size_t k = 0; k < classes; k++) {
    rank += x[k] > x[label] || (x[k] == x[label] && k < label);
  }
  total->top1 += rank < 1;
  total->top5 += rank < 5;
}

#endif
