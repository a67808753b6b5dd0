#ifndef TANDEM_DATA_SHA256_H
#define TANDEM_DATA_SHA256_H

#include <stddef.h>
#include <stdint.h>

// SHA-256 of bytes that come in pieces (FIPS 180-4): tells forged differences too.
typedef struct {
  uint32_t state[8];
  uint64_t byte_count;
  uint8_t block[64];
} tandem_sha256;

void tandem_sha256_start(tandem_sha256 *digest);
void tandem_sha256_add(tandem_sha256 *digest, const void *bytes, size_t count);
// Ends the digest and writes its 32 bytes.
void tandem_sha256_finish(tandem_sha256 *digest, uint8_t *result);

#endif
