#include "Processor/instruction_set.h"

#include "Vectors/clones.h"

// Asks what the pick between the clones asks.
enum tandem_instructions tandem_instructions_up_to(enum tandem_instructions best) {
#ifdef TANDEM_HAS_SETS
  if (best <= tandem_instructions_avx512 && __builtin_cpu_supports("x86-64-v4")) {
    return tandem_instructions_avx512;
  }
  if (best <= tandem_instructions_avx2 && __builtin_cpu_supports("x86-64-v3")) {
    return tandem_instructions_avx2;
  }
#endif
  return tandem_instructions_portable;
}

const char *tandem_kernels_instruction_set(void) {
  switch (tandem_instructions_up_to(tandem_instructions_avx512)) {
    case tandem_instructions_avx512: return "x86-64-v4";
    case tandem_instructions_avx2: return "x86-64-v3";
    case tandem_instructions_portable: return "baseline";
  }
}
