#include "Vectors/bfloat16.h"

#include "Vectors/clones.h"

TANDEM_CLONES
void tandem_bfloat16_from_floats(
    tandem_bfloat16 *restrict destination, const float *restrict source, size_t count) {
  for (size_t i = 0; i < count; i++) destination[i] = tandem_bfloat16_from_float(source[i]);
}

TANDEM_CLONES
void tandem_floats_from_bfloat16(
    float *restrict destination, const tandem_bfloat16 *restrict source, size_t count) {
  for (size_t i = 0; i < count; i++) destination[i] = tandem_float_from_bfloat16(source[i]);
}

TANDEM_CLONES
bool tandem_all_finite_bfloat16(const tandem_bfloat16 *values, size_t count) {
  int others = 0;
  for (size_t i = 0; i < count; i++) others |= (values[i] & 0x7f80) == 0x7f80;
  return !others;
}
