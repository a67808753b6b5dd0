#ifndef TANDEM_PROCESSOR_INSTRUCTION_SET_H
#define TANDEM_PROCESSOR_INSTRUCTION_SET_H

// The version of TANDEM_CLONES functions that runs here: "x86-64-v4", "x86-64-v3" or "baseline".
const char *tandem_kernels_instruction_set(void);

#endif
