#ifndef TANDEM_VECTORS_CLONES_H
#define TANDEM_VECTORS_CLONES_H

// Compiles a function once for each instruction set and picks the best one when the program is
// loaded. The loops below it are written so that the compiler vectorises them; none has intrinsics.
//
// Not under the thread sanitizer: the pick happens before its runtime is there, which crashes.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TANDEM_SINGLE_VERSION
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(TANDEM_SINGLE_VERSION)
// Files that are compiled for one set each are there, too.
#define TANDEM_HAS_SETS
#define TANDEM_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TANDEM_CLONES
#endif

#endif
