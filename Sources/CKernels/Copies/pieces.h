#ifndef TANDEM_COPIES_PIECES_H
#define TANDEM_COPIES_PIECES_H

#include <stddef.h>
#include <stdint.h>

// Pieces of `length` floats: to[position[i]] = from[i], and back.
void tandem_scatter_pieces(const float *restrict from, float *restrict to,
                           const int32_t *restrict positions, size_t pieces, size_t length);
void tandem_gather_pieces(const float *restrict from, float *restrict to,
                          const int32_t *restrict positions, size_t pieces, size_t length);

#endif
