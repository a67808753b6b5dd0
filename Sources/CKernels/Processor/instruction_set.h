#ifndef TANDEM_PROCESSOR_INSTRUCTION_SET_H
#define TANDEM_PROCESSOR_INSTRUCTION_SET_H

// The version of TANDEM_CLONES functions that runs here: "x86-64-v4", "x86-64-v3" or "baseline".
const char *tandem_kernels_instruction_set(void);

// Instructions that kernels have versions for, best first.
enum tandem_instructions {
  tandem_instructions_avx512,
  tandem_instructions_avx2,
  tandem_instructions_portable,
};

// The best ones, up to those that may be used, which this processor has.
enum tandem_instructions tandem_instructions_up_to(enum tandem_instructions best);

#endif
