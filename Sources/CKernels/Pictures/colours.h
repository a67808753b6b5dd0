#ifndef TANDEM_PICTURES_COLOURS_H
#define TANDEM_PICTURES_COLOURS_H

#include <stddef.h>
#include <stdint.h>

// Red, green and blue to grey as Pillow does it: (19595 R + 38470 G + 7471 B + 32768) >> 16, the
// weights of ITU-R BT.601.
void tandem_grey_of_colours(uint8_t *grey, const uint8_t *colours, size_t count);

// Each grey three times.
void tandem_colours_of_grey(uint8_t *colours, const uint8_t *grey, size_t count);

#endif
