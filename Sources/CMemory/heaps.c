#include "include/CMemory.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>

void tandem_limit_heaps(void) {
#if defined(M_ARENA_MAX)
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  if (getenv("MALLOC_ARENA_MAX") != NULL || getenv("GLIBC_TUNABLES") != NULL) return;
  // An eighth of the address space for all of them.
  rlim_t heaps = limit.rlim_cur / 8 / (64 << 20);
  mallopt(M_ARENA_MAX, heaps < 1 ? 1 : heaps > 4096 ? 4096 : (int)heaps);
#endif
}
