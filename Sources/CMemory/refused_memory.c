#define _GNU_SOURCE
#include "include/CMemory.h"

// Says whether this is the GNU C library.
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#if defined(__GLIBC__) && !defined(HAS_SANITIZER)

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char process_speaker[201];
static char process_advice[201] = "use less data, or make the work of the program smaller";

void tandem_name_process(const char *speaker) {
  strncpy(process_speaker, speaker, sizeof process_speaker - 1);
}

void tandem_advise_process(const char *advice) {
  strncpy(process_advice, advice, sizeof process_advice - 1);
}

/// What a library asks for above this size was read from a damaged file; they know what to do then.
static const size_t most_believable = (size_t)1 << 40;

/// Bytes of address space in use; 0 if the system does not say.
static size_t address_space_in_use(void) {
  char text[32];
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  size_t pages = 0;
  for (ssize_t i = 0; i < count && text[i] >= '0' && text[i] <= '9'; i++) {
    pages = pages * 10 + (size_t)(text[i] - '0');
  }
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/// Says which limit is in the way, in the words of the library's own errors.
static int describe_limit(char *text, size_t capacity, size_t bytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      address_space_in_use() + bytes + (1 << 20) > limit.rlim_cur) {
    return snprintf(text, capacity,
                    "do not fit into the %zu MiB of address space that 'ulimit -v %zu' allows; "
                    "raise that limit, or ",
                    (size_t)limit.rlim_cur >> 20, (size_t)limit.rlim_cur >> 10);
  }
  if (getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    return snprintf(text, capacity,
                    "do not fit into the %zu MiB of data that 'ulimit -d %zu' allows; raise that "
                    "limit, or ",
                    (size_t)limit.rlim_cur >> 20, (size_t)limit.rlim_cur >> 10);
  }
  return snprintf(text, capacity, "were refused by the system; ");
}

static void end_without_memory(size_t bytes) {
  static atomic_flag has_ended = ATOMIC_FLAG_INIT;
  static char line[1024];
  // Another thread is about to end the process.
  if (atomic_flag_test_and_set(&has_ended)) {
    for (;;) pause();
  }
  size_t length = 0;
  // A progress bar may have left its line open on a terminal.
  if (isatty(STDERR_FILENO)) length += (size_t)snprintf(line, sizeof line, "\r\033[K");
  length += (size_t)snprintf(
      line + length, sizeof line - length,
      "tandem: error: %sno memory: %zu KiB more ", process_speaker,
      (bytes + 1023) >> 10);
  length += (size_t)describe_limit(line + length, sizeof line - length, bytes);
  length += (size_t)snprintf(line + length, sizeof line - length, "%s\n", process_advice);
  for (size_t written = 0; written < length;) {
    ssize_t count = write(STDERR_FILENO, line + written, length - written);
    if (count <= 0) break;
    written += (size_t)count;
  }
  _exit(1);
}

// The functions that would be used without these: the C library's, or those of a library that the
// user has put before it (LD_PRELOAD), whose `free` takes back what they give.
static void *(*_Atomic next_malloc)(size_t);
static void *(*_Atomic next_calloc)(size_t, size_t);
static void *(*_Atomic next_realloc)(void *, size_t);

__attribute__((constructor)) static void find_next(void) {
  atomic_store(&next_malloc, (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc"));
  atomic_store(&next_calloc, (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc"));
  atomic_store(&next_realloc, (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc"));
}

static void *checked(void *memory, size_t bytes) {
  if (__builtin_expect(memory == NULL, 0) && bytes > 0 && bytes < most_believable) {
    end_without_memory(bytes);
  }
  return memory;
}

// Constructors of libraries come before ours, and ask for memory too.
#define NEXT(function)                                                   \
  __extension__({                                                        \
    __typeof__(atomic_load(&next_##function)) next =                     \
        atomic_load_explicit(&next_##function, memory_order_relaxed);    \
    if (__builtin_expect(next == NULL, 0)) {                             \
      find_next();                                                       \
      next = atomic_load_explicit(&next_##function, memory_order_relaxed); \
    }                                                                    \
    next;                                                                \
  })

void *malloc(size_t bytes) { return checked(NEXT(malloc)(bytes), bytes); }

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = most_believable;
  return checked(NEXT(calloc)(count, size), bytes);
}

void *realloc(void *memory, size_t bytes) {
  return checked(NEXT(realloc)(memory, bytes), bytes);
}

#else

void tandem_name_process(const char *speaker) { (void)speaker; }
void tandem_advise_process(const char *advice) { (void)advice; }

#endif
