#include <string.h>

#include "Copies/pieces.h"

void tandem_scatter_pieces(const float *restrict from, float *restrict to,
                           const int32_t *restrict positions, size_t pieces, size_t length) {
  for (size_t i = 0; i < pieces; i++) {
    memcpy(to + (size_t)positions[i] * length, from + i * length, length * sizeof *to);
  }
}

void tandem_gather_pieces(const float *restrict from, float *restrict to,
                          const int32_t *restrict positions, size_t pieces, size_t length) {
  for (size_t i = 0; i < pieces; i++) {
    memcpy(to + i * length, from + (size_t)positions[i] * length, length * sizeof *to);
  }
}
