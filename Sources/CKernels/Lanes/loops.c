#include "Lanes/internal.h"

const struct lane_loops *tandem_lane_loops(enum tandem_lane_set set) {
#ifdef TANDEM_HAS_SETS
  if (set == tandem_lane_widest && __builtin_cpu_supports("x86-64-v4")) {
    return &tandem_lane_loops_avx512;
  }
  if (set != tandem_lane_portable && __builtin_cpu_supports("x86-64-v3")) {
    return &tandem_lane_loops_avx2;
  }
#endif
  return &tandem_lane_loops_portable;
}
