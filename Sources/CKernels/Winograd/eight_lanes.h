// What sets of instructions with blocks of 8 channels have in common.
#include <stdbool.h>

#define INTERLEAVE_LOW(A, B) __builtin_shufflevector(A, B, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(A, B) __builtin_shufflevector(A, B, 4, 12, 5, 13, 6, 14, 7, 15)

// Columns outside are read from zeros.
typedef bool column_mask;
#define MASK_OF(HAS) (HAS)
#define LOAD_WHERE(MASK, P) LOAD((MASK) ? (P) : zeros)
