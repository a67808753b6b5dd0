#include "include/process_output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int tandem_finish_output(void) {
  if (fflush(stdout) != 0) return errno;
  if (!ferror(stdout)) return 0;
  // An earlier part was lost. Only of a reader that has gone away the reason can still be seen.
  struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) ? EPIPE : EIO;
}
