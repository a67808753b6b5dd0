#include "Layers/spread_means.h"

#include "Vectors/bfloat16.h"
#include "Vectors/clones.h"

TANDEM_CLONES
static void spread_floats(const float *restrict gradient, float *restrict source_gradient,
                          size_t blocks, size_t places, size_t block) {
  for (size_t index = 0; index < blocks; index++) {
    const float *means = gradient + index * block;
    float *first = source_gradient + index * places * block;
    for (size_t place = 0; place < places; place++) {
      for (size_t k = 0; k < block; k++) first[place * block + k] = means[k] / (float)places;
    }
  }
}

TANDEM_CLONES
static void spread_bfloat16(const tandem_bfloat16 *restrict gradient,
                            tandem_bfloat16 *restrict source_gradient, size_t blocks,
                            size_t places, size_t block) {
  for (size_t index = 0; index < blocks; index++) {
    const tandem_bfloat16 *means = gradient + index * block;
    tandem_bfloat16 *first = source_gradient + index * places * block;
    for (size_t k = 0; k < block; k++) {
      float mean = tandem_float_from_bfloat16(means[k]);
      first[k] = tandem_bfloat16_from_float(mean / (float)places);
    }
    for (size_t place = 1; place < places; place++) {
      for (size_t k = 0; k < block; k++) first[place * block + k] = first[k];
    }
  }
}

void tandem_spread_means(const void *restrict gradient, void *restrict source_gradient,
                         struct tandem_maps maps) {
  const size_t blocks = maps.images * ((maps.channels + maps.block - 1) / maps.block);
  const size_t places = maps.rows * maps.columns;
  if (maps.bfloat16) {
    spread_bfloat16(gradient, source_gradient, blocks, places, maps.block);
  } else {
    spread_floats(gradient, source_gradient, blocks, places, maps.block);
  }
}
