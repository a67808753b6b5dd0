#ifndef TANDEM_DATA_DIGEST_H
#define TANDEM_DATA_DIGEST_H

#include <stddef.h>
#include <stdint.h>

// The 64-bit digest XXH64 of `count` bytes, as its specification says:
// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. The same on every machine. Tells
// accidental differences, not forged ones.
uint64_t tandem_digest(const void *bytes, size_t count, uint64_t seed);

#endif
