#ifndef TANDEM_VECTORS_PARTS_H
#define TANDEM_VECTORS_PARTS_H

#include <stddef.h>

// How loops are cut into parts that caches or registers hold.

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

// How many parts of so many at most.
static inline size_t parts_of(size_t count, size_t most) { return (count + most - 1) / most; }

// Where part number `part` of so many, which differ by one at most, starts.
static inline size_t part_start(size_t count, size_t parts, size_t part) {
  return count * part / parts;
}

#endif
