#ifndef TANDEM_SYSTEM_MPI_WORDS_H
#define TANDEM_SYSTEM_MPI_WORDS_H

// What Open MPI, versions 4 and 5, says to people from inside of a rank. It would hand its
// explanations to its daemon and wait for an answer: when a rank has died, longer than the ranks
// that are left have time to say which. Both functions are for the thread that calls MPI; without
// Open MPI in the process they do nothing.

// Explanations are printed to standard error right away, from now on. Where one would say that the
// process is ended now, because of another one, `broken` is called instead, in the midst of a call
// of MPI, and must not return.
void tandem_mpi_print_explanations(void (*broken)(void));

// Nothing is said from now on. `broken` is still called.
void tandem_mpi_withhold_explanations(void);

#endif
