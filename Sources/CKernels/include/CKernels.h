// The kernels that oneDNN does not have: memory-bound loops over float32, written for the
// compiler's vectoriser. All pointers are to distinct memory unless a comment says otherwise.
#include "cpu_affinity.h"
#include "cpu_pause.h"
#include "kernels_clones.h"
#include "kernels_digest.h"
#include "kernels_dropout.h"
#include "kernels_instruction_set.h"
#include "kernels_loss.h"
#include "kernels_normalize.h"
#include "kernels_optimizer.h"
#include "kernels_probe.h"
#include "kernels_sum.h"
#include "timer_slack.h"
