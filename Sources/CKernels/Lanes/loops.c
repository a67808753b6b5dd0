#include "Lanes/internal.h"

const struct lane_loops *tandem_lane_loops(enum tandem_instructions set) {
  switch (tandem_instructions_up_to(set)) {
#ifdef TANDEM_HAS_SETS
    case tandem_instructions_avx512: return &tandem_lane_loops_avx512;
    case tandem_instructions_avx2: return &tandem_lane_loops_avx2;
#endif
    default: return &tandem_lane_loops_portable;
  }
}
