#ifndef TANDEM_PROCESS_SIGNALS_H
#define TANDEM_PROCESS_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

// Signals as a program that trains takes them. The handlers only count, so that a request is kept
// until somebody asks for it, and need no thread of their own.
//
// Requests to stop are SIGINT, SIGTERM and SIGQUIT, SIGHUP (a terminal or connection has gone; not
// where it is ignored, as nohup has it) and SIGUSR1 (batch systems send it some time before they
// end a job). After the first of SIGINT, SIGTERM and SIGQUIT, the next one does what these usually
// do, so that a process that hangs can be ended. The others may come any number of times.

// For a program whose signals are Tandem's from its first line to its last. SIGUSR1 is counted from
// now on; the other requests end the process until somebody listens. SIGPIPE and SIGXFSZ are
// ignored: writing then fails with an error. Of the signals by which programs crash, those that
// another process sends end this one at once; the run-time library of Swift would print a stack
// trace and go on.
void tandem_keep_signals(void);

// From now on all requests are counted. With `counts_continue` SIGCONT is counted too. Calls do not
// nest, and are made by one thread at a time.
void tandem_listen_to_signals(bool counts_continue);

// The end of that: signals do again what they did before, except in a program whose signals are
// Tandem's, where requests are still counted, and where a request has come that must not end the
// process after all.
void tandem_ignore_signals_again(void);

// Whether `tandem_keep_signals` was called.
bool tandem_keeps_signals(void);

// How many requests to stop have been counted.
uint64_t tandem_stop_requests(void);

// How often one signal has been counted.
uint64_t tandem_signal_count(int number);

// When SIGCONT was last counted, in nanoseconds of CLOCK_MONOTONIC; 0 for never.
uint64_t tandem_last_continue(void);

#endif
