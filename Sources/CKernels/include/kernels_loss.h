#ifndef TANDEM_KERNELS_LOSS_H
#define TANDEM_KERNELS_LOSS_H

#include <stddef.h>
#include <stdint.h>

struct tandem_loss_sum {
  double loss;  // sum over the images
  size_t top1;  // images whose label has the largest logit
  size_t top5;  // images whose label is among the five largest
};

// Softmax cross-entropy of `logits`, [images, classes], with the labels 0 ..< classes, [images].
//
// The target is 1 - label_smoothing for the label plus label_smoothing / classes for every class.
// `gradient`, [images, classes], becomes (softmax - target) · scale; it may be null. Among equal
// logits the lower class ranks first. An image whose softmax is not a number (a logit is NaN, or the
// largest is infinite) has the loss NaN and counts as wrong.
struct tandem_loss_sum tandem_softmax_cross_entropy(const float *restrict logits,
                                                    const int32_t *restrict labels, size_t images,
                                                    size_t classes, float label_smoothing,
                                                    float *restrict gradient, float scale);

#endif
