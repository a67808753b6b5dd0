#ifndef TANDEM_PICTURES_INTERNAL_H
#define TANDEM_PICTURES_INTERNAL_H

#include <stdio.h>

#include "CPictures.h"

// Takes down what went wrong, unless something did before: the first fault is the cause.
static inline tandem_picture_status picture_fail(tandem_picture_failure *failure,
                                                 tandem_picture_status status,
                                                 const char *reason) {
  if (failure->status == tandem_picture_done) {
    failure->status = status;
    snprintf(failure->reason, sizeof failure->reason, "%s", reason);
  }
  return failure->status;
}

#endif
