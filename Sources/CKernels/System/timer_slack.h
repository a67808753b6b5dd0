#ifndef TANDEM_SYSTEM_TIMER_SLACK_H
#define TANDEM_SYSTEM_TIMER_SLACK_H

// Lets the calling thread's sleeps end at most this much late; the system's default is 50 µs.
void tandem_set_timer_slack(unsigned long nanoseconds);

#endif
