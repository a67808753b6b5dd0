#ifndef TANDEM_LAYERS_RADIAL_BASIS_H
#define TANDEM_LAYERS_RADIAL_BASIS_H

#include <stddef.h>

// Radial basis units: y_i = -Σ_j (x_j - target_ij)², [images, features] to [images, classes], with
// targets of -1 or 1, [classes, features].
void tandem_radial_basis_forward(const float *restrict source, float *restrict destination,
                                 const float *restrict targets, size_t images, size_t features,
                                 size_t classes);
void tandem_radial_basis_backward(const float *restrict source,
                                  const float *restrict destination_gradient,
                                  float *restrict source_gradient, const float *restrict targets,
                                  size_t images, size_t features, size_t classes);

#endif
