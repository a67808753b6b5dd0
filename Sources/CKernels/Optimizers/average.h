#ifndef TANDEM_OPTIMIZERS_AVERAGE_H
#define TANDEM_OPTIMIZERS_AVERAGE_H

#include <stddef.h>

// average[i] += share · (values[i] - average[i]), each operation rounded on its own, so that the
// bits are the same however a range is cut and whichever instruction set runs.
void tandem_follow(float *restrict average, const float *restrict values, float share,
                   size_t count);

#endif
