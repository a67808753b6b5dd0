#pragma once

// For programs, not for libraries: a program that links this module has its `malloc`, `calloc` and
// `realloc` watched.
//
// Swift, Foundation, Dispatch and most C++ libraries have no way to go on where there is no memory
// for something small: they abort, or ask again without end. So a request that the system refuses
// ends the program, with exit code 1 and one line on standard error that says what was needed and
// which limit is in the way. The line is made without any memory. This is the last resort: who
// needs much memory asks for it in a way that can fail (`aligned_alloc`, `mmap`), or finds out
// beforehand.

/// What the line begins with after "tandem: error: ", such as "rank 3 (host b): "; cut off after
/// 200 bytes. To be called before there are threads.
void tandem_name_process(const char *speaker);

/// What the line ends with: what the user of the program can do; cut off after 200 bytes. To be
/// called before there are threads.
void tandem_advise_process(const char *advice);

/// Where the address space is limited, keeps the C library from giving most of it to its threads:
/// it reserves 64 MiB for each, of which they use next to nothing. To be called before there are
/// threads. Leaves alone what the user has set in the environment.
void tandem_limit_heaps(void);
