#define _GNU_SOURCE
#include "include/process_signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

// Written by handlers, which run on any thread: lock-free atomics only. What listening saves and
// restores belongs to the thread that does so; handlers read it only while it does not change.

#define MOST_SIGNALS 65
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const int requests[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1};
// Those of which the second one does what it usually does.
static const int deadly[] = {SIGINT, SIGTERM, SIGQUIT};
static const int crashes[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};

static _Atomic(uint64_t) counts[MOST_SIGNALS];
static _Atomic(uint64_t) last_continue;
static atomic_bool are_kept;
static atomic_bool is_taken[MOST_SIGNALS];
static struct sigaction former[MOST_SIGNALS];

static void set_default(int number) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigaction(number, &action, NULL);
}

static void count(int number) {
  int error_number = errno;
  if (number == SIGCONT) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    atomic_store(&last_continue, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
  }
  atomic_fetch_add(&counts[number], 1);
  bool is_deadly = number == SIGINT || number == SIGTERM || number == SIGQUIT;
  for (size_t i = 0; is_deadly && i < COUNT_OF(deadly); i++) {
    if (atomic_load(&is_taken[deadly[i]])) set_default(deadly[i]);
  }
  errno = error_number;
}

static void take(int number) {
  struct sigaction old;
  if (sigaction(number, NULL, &old) != 0) return;
  bool is_ignored = !(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_IGN;
  // nohup, and shells that put a program into the background, mean it.
  if (is_ignored && (number == SIGHUP || number == SIGQUIT)) return;
  if (!atomic_load(&is_taken[number])) former[number] = old;
  atomic_store(&is_taken[number], true);
  struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
  sigfillset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

// A process inherits what the one that started it blocks.
static void unblock(const int *numbers, size_t number_count) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < number_count; i++) sigaddset(&set, numbers[i]);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void end_by(int number) {
  set_default(number);
  unblock(&number, 1);
  kill(getpid(), number);
  _exit(128 + number);
}

static void crash(int number, siginfo_t *info, void *context) {
  bool is_sent = info->si_code <= 0;
  if (is_sent && info->si_pid != getpid()) end_by(number);
  struct sigaction *old = &former[number];
  if (old->sa_flags & SA_SIGINFO) {
    old->sa_sigaction(number, info, context);
  } else {
    old->sa_handler(number);
  }
  // What is wrong here goes wrong again on return, and then ends the process; a signal does not.
  if (is_sent) end_by(number);
}

void tandem_keep_signals(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  for (size_t i = 0; i < COUNT_OF(crashes); i++) {
    struct sigaction *old = &former[crashes[i]];
    if (sigaction(crashes[i], NULL, old) != 0) continue;
    if (!(old->sa_flags & SA_SIGINFO) &&
        (old->sa_handler == SIG_DFL || old->sa_handler == SIG_IGN)) {
      continue;
    }
    struct sigaction action = *old;
    action.sa_flags |= SA_SIGINFO;
    action.sa_sigaction = crash;
    sigaction(crashes[i], &action, NULL);
  }
  // Libraries have handlers of their own since they were loaded: the Swift runtime for SIGQUIT,
  // UCX, which Open MPI brings along, for SIGHUP.
  for (size_t i = 0; i < COUNT_OF(requests); i++) {
    struct sigaction old;
    if (sigaction(requests[i], NULL, &old) != 0) continue;
    if ((old.sa_flags & SA_SIGINFO) || old.sa_handler != SIG_IGN) set_default(requests[i]);
  }
  take(SIGUSR1);
  unblock(requests, COUNT_OF(requests));
  atomic_store(&are_kept, true);
}

void tandem_listen_to_signals(bool counts_continue) {
  for (size_t i = 0; i < COUNT_OF(requests); i++) take(requests[i]);
  // A process that does nothing about SIGCONT goes on all the same.
  if (counts_continue) take(SIGCONT);
  unblock(requests, COUNT_OF(requests));
}

void tandem_ignore_signals_again(void) {
  if (atomic_load(&are_kept)) return;
  for (int number = 1; number < MOST_SIGNALS; number++) {
    if (!atomic_load(&is_taken[number])) continue;
    bool repeats = number == SIGHUP || number == SIGUSR1;
    if (repeats && atomic_load(&counts[number]) > 0) continue;
    sigaction(number, &former[number], NULL);
    atomic_store(&is_taken[number], false);
  }
}

bool tandem_keeps_signals(void) { return atomic_load(&are_kept); }

uint64_t tandem_stop_requests(void) {
  uint64_t sum = 0;
  for (size_t i = 0; i < COUNT_OF(requests); i++) sum += atomic_load(&counts[requests[i]]);
  return sum;
}

uint64_t tandem_signal_count(int number) {
  return number > 0 && number < MOST_SIGNALS ? atomic_load(&counts[number]) : 0;
}

uint64_t tandem_last_continue(void) { return atomic_load(&last_continue); }
