#define _GNU_SOURCE
#include "System/mpi_words.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The library calls this pointer of its own for each explanation: opal_show_help.
typedef int (*help_printer)(const char *file, const char *topic, int hasHeader, ...);

typedef char *(*help_renderer)(const char *file, const char *topic, int hasHeader, va_list);

static void (*when_broken)(void) = NULL;
static int is_withheld = 0;

static int print_help(const char *file, const char *topic, int hasHeader, ...) {
  if (when_broken != NULL && strcmp(file, "help-mpi-errors.txt") == 0 &&
      strncmp(topic, "mpi_errors_are_fatal", 20) == 0)
    when_broken();
  // A connection ends when a rank does, which those that watch over the job say in their words.
  if (is_withheld || strcmp(topic, "peer hung up") == 0) return 0;
  help_renderer render = (help_renderer)dlsym(RTLD_DEFAULT, "opal_show_help_vstring");
  va_list arguments;
  va_start(arguments, hasHeader);
  char *text = render != NULL ? render(file, topic, hasHeader, arguments) : NULL;
  va_end(arguments);
  fputs(text != NULL ? text : topic, stderr);
  free(text);
  return 0;
}

void tandem_mpi_print_explanations(void (*broken)(void)) {
  help_printer *printer = (help_printer *)dlsym(RTLD_DEFAULT, "opal_show_help");
  if (printer == NULL) return;
  when_broken = broken;
  *printer = print_help;
}

void tandem_mpi_withhold_explanations(void) { is_withheld = 1; }
