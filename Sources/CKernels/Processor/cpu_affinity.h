#ifndef TANDEM_PROCESSOR_CPU_AFFINITY_H
#define TANDEM_PROCESSOR_CPU_AFFINITY_H

#include <stddef.h>

// The logical cpus on which a thread may run, which glibc's headers hide from Swift.

// Writes the numbers of the cpus that a process may use (0 for those of the calling thread),
// ascending, into `cpus`, at most `capacity` of them, and returns how many there are; -1 with errno
// set when the system does not tell.
long tandem_allowed_cpus(int process, int *cpus, size_t capacity);

// Restricts the calling thread to the given cpus. Returns 0, or the system's error number.
int tandem_restrict_thread(const int *cpus, size_t count);

#endif
