#ifndef TANDEM_PROCESSOR_STORE_FENCE_H
#define TANDEM_PROCESSOR_STORE_FENCE_H

// Stores past the caches are not ordered with others: to be called after them, before another
// thread may read what they wrote.
static inline void tandem_fence_stores(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#else
  __sync_synchronize();
#endif
}

#endif
