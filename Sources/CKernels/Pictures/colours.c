#include "Pictures/colours.h"

#include "Vectors/clones.h"

TANDEM_CLONES
void tandem_grey_of_colours(uint8_t *restrict grey, const uint8_t *restrict colours,
                            size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t red = colours[3 * i], green = colours[3 * i + 1], blue = colours[3 * i + 2];
    grey[i] = (uint8_t)((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
  }
}

void tandem_colours_of_grey(uint8_t *restrict colours, const uint8_t *restrict grey,
                            size_t count) {
  for (size_t i = 0; i < count; i++) {
    colours[3 * i] = colours[3 * i + 1] = colours[3 * i + 2] = grey[i];
  }
}
