#define _GNU_SOURCE
#include "include/process_start.h"

#if defined(__linux__)

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's own mask of cpus, for 65,536 of them.
static unsigned char started_mask[8192];
// Volatile, because compilers take constructors for the first code that runs, and compute what they
// do.
static volatile long started_bytes;

// Before the run-time libraries of the sanitizers have begun, none of their code may be called.
#if defined(__clang__)
#define BEFORE_ALL_ELSE __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define BEFORE_ALL_ELSE __attribute__((no_sanitize_address, no_sanitize_thread))
#endif

BEFORE_ALL_ELSE
static void open_standard_streams(void) {
  for (int stream = 0; stream <= 2; stream++) {
    if (syscall(SYS_fcntl, stream, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is the one that is closed.
    int wrong_way = stream == 0 ? O_WRONLY : O_RDONLY;
    if (syscall(SYS_openat, AT_FDCWD, "/dev/null", wrong_way) < 0) {
      // A chroot without devices. A folder cannot be written to either.
      syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
    }
  }
}

BEFORE_ALL_ELSE
static void before_libraries(int count, char **arguments, char **environment) {
  (void)count;
  (void)arguments;
  (void)environment;
  open_standard_streams();
  started_bytes = syscall(SYS_sched_getaffinity, 0, sizeof started_mask, started_mask);
}

// The dynamic linker calls what an executable has here before the constructors of all libraries.
__attribute__((section(".preinit_array"), used)) static void (*const before_libraries_entry)(
    int, char **, char **) = before_libraries;

static int tells_openmp_where(void) {
  return getenv("OMP_PROC_BIND") != NULL || getenv("OMP_PLACES") != NULL ||
         getenv("GOMP_CPU_AFFINITY") != NULL || getenv("KMP_AFFINITY") != NULL;
}

// After the constructors of all libraries, and before the program's own code.
__attribute__((constructor)) static void after_libraries(void) {
  static unsigned char mask[sizeof started_mask];
  if (started_bytes <= 0 || !tells_openmp_where()) return;
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  if (bytes == started_bytes && memcmp(mask, started_mask, (size_t)bytes) != 0) {
    syscall(SYS_sched_setaffinity, 0, (size_t)started_bytes, started_mask);
  }
}

size_t tandem_started_cpus(void) {
  size_t cpus = 0;
  for (long i = 0; i < started_bytes; i++) cpus += (size_t)__builtin_popcount(started_mask[i]);
  return cpus;
}

#else

size_t tandem_started_cpus(void) { return 0; }

#endif
