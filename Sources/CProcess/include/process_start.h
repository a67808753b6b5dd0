#ifndef TANDEM_PROCESS_START_H
#define TANDEM_PROCESS_START_H

#include <stddef.h>

// Before any library of the program runs code of its own, and without being called:
//
// - Descriptors 0 to 2 that are closed are opened on /dev/null, so that no file is opened as one of
//   them and then gets messages written into it. Reading the first and writing to the others fails
//   as before.
// - The cpus on which the process may run are written down. OpenMP's library binds the first
//   thread, which all others descend from, when OMP_PROC_BIND, OMP_PLACES, GOMP_CPU_AFFINITY or
//   KMP_AFFINITY tell it to; before `main` the thread gets its cpus back, because Tandem binds its
//   threads itself.
//
// A program gets this with the library, but a library that is loaded later does not: then
// `tandem_started_cpus` is 0.

// How many cpus the process might run on when it started; 0 if nobody wrote that down.
size_t tandem_started_cpus(void);

#endif
