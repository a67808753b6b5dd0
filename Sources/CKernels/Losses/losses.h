#ifndef TANDEM_LOSSES_LOSSES_H
#define TANDEM_LOSSES_LOSSES_H

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
// logits the lower class ranks first. An image whose softmax is not a number (a logit is NaN, or
// the largest is infinite) has the loss NaN and counts as wrong.
struct tandem_loss_sum tandem_softmax_cross_entropy(const float *restrict logits,
                                                    const int32_t *restrict labels, size_t images,
                                                    size_t classes, float label_smoothing,
                                                    float *restrict gradient, float scale);

// Binary cross-entropy of each output's sigmoid, mean over `outputs`: its target is 1 for the
// label's output and 0 for the others; a single output has the label itself, 0 or 1, as its target
// and tells the classes apart by its sign. `gradient`, which may be null, becomes (sigmoid -
// target) / outputs · scale.
struct tandem_loss_sum tandem_binary_cross_entropy(const float *restrict logits,
                                                   const int32_t *restrict labels, size_t images,
                                                   size_t outputs, float *restrict gradient,
                                                   float scale);

// The squared difference of each output and its target, mean over `outputs`; targets as above. A
// single output tells the classes apart at 1/2.
struct tandem_loss_sum tandem_mean_squared_error(const float *restrict outputs_of_images,
                                                 const int32_t *restrict labels, size_t images,
                                                 size_t outputs, float *restrict gradient,
                                                 float scale);

// -x_label + log(exp(-rubbish) + Σ_i exp(x_i)): `outputs`, [images, classes], are penalties with
// the sign turned.
struct tandem_loss_sum tandem_radial_basis_loss(const float *restrict outputs,
                                                const int32_t *restrict labels, size_t images,
                                                size_t classes, float rubbish,
                                                float *restrict gradient, float scale);

#endif
