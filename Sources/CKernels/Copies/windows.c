#include <string.h>

#include "Copies/windows.h"

#include "Sums/sum.h"

// The two differ in what is done to a row, which the compiler knows in each.
static inline __attribute__((always_inline)) void for_rows(
    char *destination, const char *source, const struct tandem_window_loop *loops,
    size_t loop_count, size_t row_bytes, void (*row)(char *, const char *, size_t)) {
  if (loop_count == 0) {
    row(destination, source, row_bytes);
    return;
  }
  // The turns of all loops but the innermost, counted like an odometer.
  size_t turns = 1;
  for (size_t i = 0; i + 1 < loop_count; i++) turns *= loops[i].count;
  const struct tandem_window_loop inner = loops[loop_count - 1];
  for (size_t turn = 0; turn < turns; turn++) {
    ptrdiff_t from = 0, to = 0;
    size_t rest = turn;
    for (size_t i = loop_count - 1; i-- > 0;) {
      const ptrdiff_t digit = (ptrdiff_t)(rest % loops[i].count);
      rest /= loops[i].count;
      from += digit * loops[i].source_stride;
      to += digit * loops[i].destination_stride;
    }
    for (size_t i = 0; i < inner.count; i++) {
      row(destination + to, source + from, row_bytes);
      from += inner.source_stride;
      to += inner.destination_stride;
    }
  }
}

static void copy_row(char *destination, const char *source, size_t bytes) {
  memcpy(destination, source, bytes);
}

static void add_row(char *destination, const char *source, size_t bytes) {
  tandem_add((float *)destination, (const float *)source, bytes / sizeof(float));
}

void tandem_copy_window(void *destination, const void *source,
                        const struct tandem_window_loop *loops, size_t loop_count,
                        size_t row_bytes) {
  for_rows(destination, source, loops, loop_count, row_bytes, copy_row);
}

void tandem_add_window(float *destination, const float *source,
                       const struct tandem_window_loop *loops, size_t loop_count,
                       size_t row_bytes) {
  for_rows((char *)destination, (const char *)source, loops, loop_count, row_bytes, add_row);
}
