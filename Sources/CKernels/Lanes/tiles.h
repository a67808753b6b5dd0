// How large tiles of sums are, and their sizes as constants: included by loops.h for one set of
// instructions, which has `most_sums` registers for sums.

// How many columns, or blocks, beside so many outputs: a single one takes more, as a sum cannot go
// on before its last addition is done.
enum { most_beside_one = 12 };
LANES_INLINE size_t most_beside(size_t outputs) {
  const size_t most = most_sums / outputs, limit = outputs > 1 ? lane_tile : most_beside_one;
  return most < limit ? most : limit;
}
LANES_INLINE size_t parts_of(size_t count, size_t most) { return (count + most - 1) / most; }

// Of the columns of a convolution few outputs may have more, so that what the loop over the kernel
// takes is less beside the multiply-adds.
enum { few_outputs = 3, most_beside_few = 8 };
LANES_INLINE size_t most_columns(size_t outputs) {
  const size_t most = most_sums / outputs;
  if (outputs == 1 || outputs > few_outputs) return most_beside(outputs);
  return most < most_beside_few ? most : most_beside_few;
}

// Calls TILE(outputs, beside) with both as constants.
#define CASES_BESIDE(OUTPUTS, BESIDE) \
  switch (BESIDE) {                   \
    case 1: TILE(OUTPUTS, 1); break;  \
    case 2: TILE(OUTPUTS, 2); break;  \
    case 3: TILE(OUTPUTS, 3); break;  \
    case 4: TILE(OUTPUTS, 4); break;  \
    default: TILE(OUTPUTS, 5);        \
  }
#define CASES_BESIDE_ONE(BESIDE)      \
  switch (BESIDE) {                   \
    case 6: TILE(1, 6); break;        \
    case 7: TILE(1, 7); break;        \
    case 8: TILE(1, 8); break;        \
    case 9: TILE(1, 9); break;        \
    case 10: TILE(1, 10); break;      \
    case 11: TILE(1, 11); break;      \
    case 12: TILE(1, 12); break;      \
    default: CASES_BESIDE(1, BESIDE)  \
  }
#define CASES_BESIDE_FEW(OUTPUTS, BESIDE)  \
  switch (BESIDE) {                        \
    case 6: TILE(OUTPUTS, 6); break;       \
    case 7: TILE(OUTPUTS, 7); break;       \
    case 8: TILE(OUTPUTS, 8); break;       \
    default: CASES_BESIDE(OUTPUTS, BESIDE) \
  }
#define CASES(OUTPUTS, BESIDE)                 \
  switch (OUTPUTS) {                           \
    case 1: CASES_BESIDE_ONE(BESIDE) break;    \
    case 2: CASES_BESIDE(2, BESIDE) break;     \
    case 3: CASES_BESIDE(3, BESIDE) break;     \
    case 4: CASES_BESIDE(4, BESIDE) break;     \
    default: CASES_BESIDE(lane_tile, BESIDE)   \
  }
// The same with up to `most_columns`.
#define CASES_OF_COLUMNS(OUTPUTS, COLUMNS)      \
  switch (OUTPUTS) {                            \
    case 2: CASES_BESIDE_FEW(2, COLUMNS) break; \
    case 3: CASES_BESIDE_FEW(3, COLUMNS) break; \
    default: CASES(OUTPUTS, COLUMNS)            \
  }
