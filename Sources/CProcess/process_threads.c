#define _GNU_SOURCE
#include "include/process_threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct tandem_held_threads {
  // Locked as long as the threads are to exist.
  pthread_mutex_t gate;
  long made;
  pthread_t threads[];
};

static void *wait_at(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

struct tandem_held_threads *tandem_hold_threads(long count, long *made, int *error_number) {
  *made = 0;
  *error_number = ENOMEM;
  struct tandem_held_threads *held = malloc(sizeof *held + (size_t)count * sizeof(pthread_t));
  if (held == NULL) return NULL;
  pthread_mutex_init(&held->gate, NULL);
  pthread_mutex_lock(&held->gate);
  *error_number = 0;
  for (held->made = 0; held->made < count; held->made++) {
    *error_number = pthread_create(&held->threads[held->made], NULL, wait_at, &held->gate);
    if (*error_number != 0) break;
  }
  *made = held->made;
  return held;
}

void tandem_release_threads(struct tandem_held_threads *held) {
  if (held == NULL) return;
  pthread_mutex_unlock(&held->gate);
  for (long i = 0; i < held->made; i++) pthread_join(held->threads[i], NULL);
  pthread_mutex_destroy(&held->gate);
  free(held);
}

struct start {
  void (*body)(void *);
  void *context;
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  start.body(start.context);
  return NULL;
}

static void set_name(pthread_t thread, const char *name) {
#if defined(__linux__)
  // The system's limit.
  char short_name[16] = {0};
  strncpy(short_name, name, sizeof short_name - 1);
  pthread_setname_np(thread, short_name);
#else
  (void)thread;
  (void)name;
#endif
}

int tandem_start_thread(const char *name, void (*body)(void *context), void *context) {
  struct start *start = malloc(sizeof *start);
  if (start == NULL) return ENOMEM;
  start->body = body;
  start->context = context;
  pthread_t thread;
  int error_number = pthread_create(&thread, NULL, run, start);
  if (error_number != 0) {
    free(start);
    return error_number;
  }
  set_name(thread, name);
  pthread_detach(thread);
  return 0;
}

void tandem_name_thread(const char *name) { set_name(pthread_self(), name); }

void tandem_give_way(void) {
#ifdef __linux__
  // Of one thread only: Linux counts threads where POSIX counts processes.
  setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
#endif
}
