#ifndef TANDEM_PROCESSOR_PROBE_H
#define TANDEM_PROCESSOR_PROBE_H

#include <stdint.h>

// Multiplies and adds in registers only, in the widest vectors this processor has, `rounds` times:
// what a core can do at most. Returns the floating-point operations done, two for each
// multiply-add. `*sum` receives a value that depends on all of them, so that none can be left out.
int64_t tandem_probe_multiply_add(int64_t rounds, float *sum);

// The vectors that tandem_probe_multiply_add uses here: "AVX-512", "AVX2" or "128-bit".
const char *tandem_probe_vector_name(void);

#endif
