#ifndef TANDEM_CPU_AFFINITY_H
#define TANDEM_CPU_AFFINITY_H

#include <stddef.h>

// The logical cpus on which a thread may run, which glibc's headers hide from Swift.

// Writes the numbers of the calling thread's cpus, ascending, into `cpus`, at most `capacity` of
// them, and returns how many there are; -1 with errno set when the system does not tell.
long tandem_thread_cpus(int *cpus, size_t capacity);

// Restricts the calling thread to the given cpus. Returns 0, or the system's error number.
int tandem_restrict_thread(const int *cpus, size_t count);

#endif
