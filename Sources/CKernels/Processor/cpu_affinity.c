#define _GNU_SOURCE
#include "Processor/cpu_affinity.h"

#include <errno.h>

#if defined(__linux__)

#include <sched.h>
#include <stdlib.h>

// The system refuses a mask that is smaller than its own, so larger ones are tried up to this.
#define MOST_CPUS (1 << 16)

long tandem_allowed_cpus(int process, int *cpus, size_t capacity) {
  for (int most = 1024; most <= MOST_CPUS; most *= 2) {
    cpu_set_t *set = CPU_ALLOC(most);
    if (set == NULL) {
      errno = ENOMEM;
      return -1;
    }
    size_t size = CPU_ALLOC_SIZE(most);
    CPU_ZERO_S(size, set);
    if (sched_getaffinity(process, size, set) == 0) {
      size_t found = 0;
      for (int cpu = 0; cpu < most; cpu++) {
        if (CPU_ISSET_S(cpu, size, set)) {
          if (found < capacity) cpus[found] = cpu;
          found++;
        }
      }
      CPU_FREE(set);
      return (long)found;
    }
    int error = errno;
    CPU_FREE(set);
    errno = error;
    if (error != EINVAL) return -1;
  }
  return -1;
}

int tandem_restrict_thread(const int *cpus, size_t count) {
  cpu_set_t *set = CPU_ALLOC(MOST_CPUS);
  if (set == NULL) return ENOMEM;
  size_t size = CPU_ALLOC_SIZE(MOST_CPUS);
  CPU_ZERO_S(size, set);
  for (size_t i = 0; i < count; i++) {
    if (cpus[i] >= 0 && cpus[i] < MOST_CPUS) CPU_SET_S(cpus[i], size, set);
  }
  int error = sched_setaffinity(0, size, set) == 0 ? 0 : errno;
  CPU_FREE(set);
  return error;
}

#else

long tandem_allowed_cpus(int process, int *cpus, size_t capacity) {
  (void)process;
  (void)cpus;
  (void)capacity;
  errno = ENOSYS;
  return -1;
}

int tandem_restrict_thread(const int *cpus, size_t count) {
  (void)cpus;
  (void)count;
  return ENOSYS;
}

#endif
