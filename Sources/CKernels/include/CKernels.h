// The kernels that oneDNN does not have: memory-bound loops over float32, written for the
// compiler's vectoriser. All pointers are to distinct memory unless a comment says otherwise.
#include "kernels_clones.h"
#include "kernels_optimizer.h"
