#ifndef TANDEM_PROCESSOR_CPU_PAUSE_H
#define TANDEM_PROCESSOR_CPU_PAUSE_H

// Tells the core that this is a waiting loop, so that it leaves its resources to its other
// hyper-thread and saves power.
static inline void tandem_cpu_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
