#include "Processor/first_cache.h"

#include <stdatomic.h>
#include <unistd.h>

enum { usual_bytes = 32 << 10 };

static size_t asked(void) {
#ifdef _SC_LEVEL1_DCACHE_SIZE
  const long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE);
  if (bytes > 0) return (size_t)bytes;
#endif
  return usual_bytes;
}

// Asked once: memory that is sized by one answer must not be filled by another, of a core with
// another cache, and on some systems virtual machines must emulate the instruction that answers.
size_t tandem_first_cache_bytes(void) {
  static _Atomic size_t bytes;
  size_t known = atomic_load_explicit(&bytes, memory_order_relaxed);
  if (known == 0) {
    known = asked();
    atomic_store_explicit(&bytes, known, memory_order_relaxed);
  }
  return known;
}
