// For any processor: registers of four lanes, and 16 of them.
#define PIECE_LANES 4
enum { most_sums = 12 };
#include "Lanes/loops.h"

const struct lane_loops tandem_lane_loops_portable = {
    correlate,          accumulate,          add_products,
    winograd_source,    winograd_correlate,  winograd_correlate_back,
    winograd_accumulate,
};
