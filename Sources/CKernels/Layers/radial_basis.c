#include "Layers/radial_basis.h"

void tandem_radial_basis_forward(const float *restrict source, float *restrict destination,
                                 const float *restrict targets, size_t images, size_t features,
                                 size_t classes) {
  for (size_t image = 0; image < images; image++) {
    const float *x = source + image * features;
    for (size_t i = 0; i < classes; i++) {
      const float *target = targets + i * features;
      double sum = 0;
      for (size_t j = 0; j < features; j++) {
        double difference = x[j] - target[j];
        sum += difference * difference;
      }
      *destination++ = (float)-sum;
    }
  }
}

void tandem_radial_basis_backward(const float *restrict source,
                                  const float *restrict destination_gradient,
                                  float *restrict source_gradient, const float *restrict targets,
                                  size_t images, size_t features, size_t classes) {
  for (size_t image = 0; image < images; image++) {
    const float *x = source + image * features;
    float *dx = source_gradient + image * features;
    for (size_t j = 0; j < features; j++) dx[j] = 0;
    for (size_t i = 0; i < classes; i++) {
      const float *target = targets + i * features;
      float factor = -2 * *destination_gradient++;
      for (size_t j = 0; j < features; j++) dx[j] += factor * (x[j] - target[j]);
    }
  }
}
