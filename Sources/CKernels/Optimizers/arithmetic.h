#ifndef TANDEM_OPTIMIZERS_ARITHMETIC_H
#define TANDEM_OPTIMIZERS_ARITHMETIC_H

#include "Optimizers/optimizers.h"
#include "Vectors/clones.h"

// Each operation rounds on its own in every clone: a fused multiply-add in the AVX clones only
// would make the weights depend on the machine.
#pragma STDC FP_CONTRACT OFF

// sqrtf may set errno, which keeps the compiler from vectorising the loop around it.
#define TANDEM_SQRT(x) __builtin_elementwise_sqrt(x)

#endif
