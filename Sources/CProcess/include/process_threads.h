#ifndef TANDEM_PROCESS_THREADS_H
#define TANDEM_PROCESS_THREADS_H

// Threads that exist and do nothing.
struct tandem_held_threads;

// Makes as many threads as asked for, and keeps them until `tandem_release_threads`. `made` becomes
// how many there are; if they are fewer, `error_number` says why. NULL without memory for that.
struct tandem_held_threads *tandem_hold_threads(long count, long *made, int *error_number);

// Ends the threads, and returns when they have.
void tandem_release_threads(struct tandem_held_threads *held);

// Starts a thread that runs `body` and then ends; nobody can wait for it. Returns 0, or the
// system's error number. At most 15 bytes of the name are used.
int tandem_start_thread(const char *name, void (*body)(void *context), void *context);

// Gives the calling thread another name; at most 15 bytes of it are used.
void tandem_name_thread(const char *name);

// Lets the calling thread have a core only where nobody else wants it, as far as the system knows
// such a thing.
void tandem_give_way(void);

#endif
