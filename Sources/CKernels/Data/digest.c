#include "Data/digest.h"

#define PRIME1 0x9E3779B185EBCA87u
#define PRIME2 0xC2B2AE3D27D4EB4Fu
#define PRIME3 0x165667B19E3779F9u
#define PRIME4 0x85EBCA77C2B2AE63u
#define PRIME5 0x27D4EB2F165667C5u

static uint64_t rotated(uint64_t value, unsigned bits) {
  return value << bits | value >> (64 - bits);
}

// Little-endian numbers, whatever the machine's order; a single load where it is the same.
static uint64_t read32(const unsigned char *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

static uint64_t read64(const unsigned char *bytes) {
  return read32(bytes) | read32(bytes + 4) << 32;
}

static uint64_t round64(uint64_t lane, uint64_t word) {
  return rotated(lane + word * PRIME2, 31) * PRIME1;
}

static uint64_t merged(uint64_t digest, uint64_t lane) {
  return (digest ^ round64(0, lane)) * PRIME1 + PRIME4;
}

uint64_t tandem_digest(const void *memory, size_t count, uint64_t seed) {
  const unsigned char *bytes = memory;
  size_t left = count;
  uint64_t digest;
  if (count >= 32) {
    // Four independent lanes, so that the processor can work on several products at once.
    uint64_t a = seed + PRIME1 + PRIME2, b = seed + PRIME2, c = seed, d = seed - PRIME1;
    for (; left >= 32; left -= 32, bytes += 32) {
      a = round64(a, read64(bytes));
      b = round64(b, read64(bytes + 8));
      c = round64(c, read64(bytes + 16));
      d = round64(d, read64(bytes + 24));
    }
    digest = rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18);
    digest = merged(merged(merged(merged(digest, a), b), c), d);
  } else {
    digest = seed + PRIME5;
  }
  digest += count;
  for (; left >= 8; left -= 8, bytes += 8) {
    digest = rotated(digest ^ round64(0, read64(bytes)), 27) * PRIME1 + PRIME4;
  }
  if (left >= 4) {
    digest = rotated(digest ^ read32(bytes) * PRIME1, 23) * PRIME2 + PRIME3;
    left -= 4;
    bytes += 4;
  }
  for (; left > 0; left--, bytes++) {
    digest = rotated(digest ^ *bytes * PRIME5, 11) * PRIME1;
  }
  digest = (digest ^ digest >> 33) * PRIME2;
  digest = (digest ^ digest >> 29) * PRIME3;
  return digest ^ digest >> 32;
}
