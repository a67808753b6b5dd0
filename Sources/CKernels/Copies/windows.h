#ifndef TANDEM_COPIES_WINDOWS_H
#define TANDEM_COPIES_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>

// A loop over the rows of a window, with the bytes from one turn to the next on both sides.
struct tandem_window_loop {
  size_t count;
  ptrdiff_t source_stride;
  ptrdiff_t destination_stride;
};

// Copies the rows of a window of one tensor to those of a window of another, in loops of which the
// last is the innermost. What lies between the rows stays as it is.
void tandem_copy_window(void *destination, const void *source,
                        const struct tandem_window_loop *loops, size_t loop_count,
                        size_t row_bytes);

// The same of float32, adding to what is in the destination.
void tandem_add_window(float *destination, const float *source,
                       const struct tandem_window_loop *loops, size_t loop_count,
                       size_t row_bytes);

#endif
