#include "System/timer_slack.h"

#if defined(__linux__)

#include <sys/prctl.h>

void tandem_set_timer_slack(unsigned long nanoseconds) {
  // Cannot fail with this argument.
  prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0);
}

#else

void tandem_set_timer_slack(unsigned long nanoseconds) { (void)nanoseconds; }

#endif
