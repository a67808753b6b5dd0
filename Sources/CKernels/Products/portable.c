// For any processor, with vectors of 4 columns.
#include <string.h>

enum { vector_columns = 4 };
#define LOAD_SOME(VECTOR, FROM, COUNT) \
  (VECTOR) = (columns){0};               \
  for (size_t c = 0; c < (COUNT); c++) (VECTOR)[c] = (FROM)[c];
#define STORE_SOME(TO, VECTOR, COUNT) memcpy(TO, &(VECTOR), (COUNT) * sizeof(float))
#include "Products/sixteen_registers.h"

const struct product_kernels tandem_product_kernels_portable = {
    vector_columns, most_rows, tiles, dot_rows, dot_columns, dots};
