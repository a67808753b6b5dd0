#ifndef TANDEM_LAYERS_SPREAD_MEANS_H
#define TANDEM_LAYERS_SPREAD_MEANS_H

#include "Vectors/maps.h"

// The backward pass of the mean of whole maps: each place gets its share of the gradient of the
// mean, [images][⌈channels / block⌉][block]. A block of all channels is channels last.
void tandem_spread_means(const void *restrict gradient, void *restrict source_gradient,
                         struct tandem_maps maps);

#endif
