// Maps and the factors of products as float32: included by each set of instructions that has them
// so, after transforms.h.

typedef float map_number;
typedef float factor;
typedef lanes factor_lanes;
// Terms of a sum that stand beside each other in memory.
enum { terms = 1 };

#define LOAD_MAP(P) LOAD(P)
#define LOAD_MAP_WHERE(MASK, P) LOAD_WHERE(MASK, P)
#define STORE_MAP(P, V) STORE(P, V)
#define STORE_MAP_PAST_CACHES(P, V) __builtin_nontemporal_store(V, (lanes *)(P))

#define STORE_FACTOR(P, V) STORE(P, V)
#define STORE_TERMS(P, NUMBERS, AT) STORE(P, LOAD((NUMBERS)[0] + (AT)))
#define LOAD_FACTORS(P) LOAD(P)
// Minus zero spreads a number over a vector without an addition at run time.
#define SPREAD(P) (*(P) - (lanes){0})
#define MULTIPLY_ADD(SUM, X, FACTORS) (SUM) += (X) * (FACTORS)
