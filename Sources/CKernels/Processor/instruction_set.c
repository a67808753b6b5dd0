#include "Processor/instruction_set.h"

#include "Vectors/clones.h"

// Asks what the pick between the clones asks.
const char *tandem_kernels_instruction_set(void) {
#if defined(__x86_64__) && defined(__linux__) && !defined(TANDEM_SINGLE_VERSION)
  if (__builtin_cpu_supports("x86-64-v4")) return "x86-64-v4";
  if (__builtin_cpu_supports("x86-64-v3")) return "x86-64-v3";
#endif
  return "baseline";
}
