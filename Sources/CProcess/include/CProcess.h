// What a process needs of the system that Swift cannot reach: code that runs before every
// library's, handlers of signals, threads whose making may fail.
#include "process_output.h"
#include "process_signals.h"
#include "process_start.h"
#include "process_threads.h"
