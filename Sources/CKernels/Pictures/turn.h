#ifndef TANDEM_PICTURES_TURN_H
#define TANDEM_PICTURES_TURN_H

#include <stddef.h>
#include <stdint.h>

// Copies pixels of 1 or 3 bytes to other places: the new picture's pixel (x, y) is the old one's
// pixel at `origin` + x · `step_right` + y · `step_down`, counted in pixels.
void tandem_turn(uint8_t *to, size_t width, size_t height, const uint8_t *from, size_t channels,
                 ptrdiff_t origin, ptrdiff_t step_right, ptrdiff_t step_down);

#endif
