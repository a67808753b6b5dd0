#include <math.h>
#include <string.h>

#include "Normalization/response_norm_tiles.h"
#include "Processor/store_fence.h"
#include "Vectors/clones.h"

// A tile and its rows stay in the first-level cache: main memory sees every map once, and the next
// tile is fetched while this one is computed. Beside these loads and stores the roots and the
// division cost nothing, and computing the sums again in the backward pass less than keeping them.
// Outputs of `streamed_floats` and more are gone from the caches before somebody reads them, and
// are written past them; not gradients, which mostly take the place of what was read just before.
enum { streamed_floats = 1 << 18 };

size_t tandem_response_norm_scratch(struct tandem_maps maps, struct tandem_response_norm norm) {
  return 3 * row_count(maps, norm);
}

INLINE void window_sum(vector *sum, const float *element, size_t step, size_t half_window) {
  *sum = *(const vector *)element;
  for (size_t distance = 1; distance <= half_window; distance++) {
    *sum += *(const vector *)(element - distance * step) +
            *(const vector *)(element + distance * step);
  }
}

// Calls a function whose last parameter tells whether elements are bfloat16, as a constant.
#define COMPILE_FOR_ELEMENTS(FUNCTION, ...) \
  if (maps.bfloat16) {                      \
    FUNCTION(__VA_ARGS__, true);            \
  } else {                                  \
    FUNCTION(__VA_ARGS__, false);           \
  }

// The same, and before it whether the norm is the usual one.
#define COMPILE_FOR_USUAL(FUNCTION, ...)                \
  if (is_usual(norm)) {                                 \
    COMPILE_FOR_ELEMENTS(FUNCTION, __VA_ARGS__, true);  \
  } else {                                              \
    COMPILE_FOR_ELEMENTS(FUNCTION, __VA_ARGS__, false); \
  }

// The window and the power that nearly all networks have; their loops are compiled for them.
static bool is_usual(struct tandem_response_norm norm) {
  return norm.half_window == 2 && norm.beta == 0.75f;
}

// s = k + alpha · window sum of squares, and s^-beta.
INLINE void scale(vector *s, vector *power, const float *squares, size_t step,
                  struct tandem_response_norm norm, const bool usual) {
  window_sum(s, squares, step, usual ? 2 : norm.half_window);
  *s = norm.k + norm.alpha * *s;
  if (usual || norm.beta == 0.75f) {
    vector root = __builtin_elementwise_sqrt(*s);
    *power = 1 / (root * __builtin_elementwise_sqrt(root));
  } else {
    for (size_t i = 0; i < width; i++) (*power)[i] = powf((*s)[i], -norm.beta);
  }
}

INLINE void square_tile(const void *restrict source, float *restrict squares, struct tile tile,
                        struct tandem_maps maps, struct tandem_response_norm norm,
                        const bool bfloat16) {
#define SQUARE(OFFSET, PLACE, COUNT)            \
  vector x;                                     \
  load_element(&x, source, OFFSET, COUNT);      \
  prefetch_element(source, OFFSET, tile.ahead); \
  x *= x;                                       \
  store(squares + (PLACE), &x, COUNT)
  FOR_TILE(SQUARE);
}

TANDEM_CLONES
static void square(const void *restrict source, float *restrict squares, struct tile tile,
                   struct tandem_maps maps, struct tandem_response_norm norm) {
  COMPILE_FOR_ELEMENTS(square_tile, source, squares, tile, maps, norm);
}

// Whole vectors of blocks begin where a cache line does.
typedef float line_of_floats __attribute__((vector_size(width * sizeof(float)), may_alias));

INLINE void normalize_tile(const void *restrict source, const float *restrict squares,
                           void *restrict destination, struct tile tile, struct tandem_maps maps,
                           struct tandem_response_norm norm, bool streams, const bool usual,
                           const bool bfloat16) {
#define NORMALIZE(OFFSET, PLACE, COUNT)                                                      \
  vector x, s, factor;                                                                       \
  scale(&s, &factor, squares + (PLACE), step, norm, usual);                                  \
  load_element(&x, source, OFFSET, COUNT);                                                   \
  x *= factor;                                                                               \
  if (streams && !bfloat16 && (COUNT) == width) {                                            \
    __builtin_nontemporal_store(x, (line_of_floats *)((float *)destination + (OFFSET)));     \
  } else {                                                                                   \
    store_element(destination, OFFSET, &x, COUNT)                                            \
  }
  size_t step = step_of(maps);
  FOR_TILE(NORMALIZE);
}

TANDEM_CLONES
static void normalize(const void *restrict source, const float *restrict squares,
                      void *restrict destination, struct tile tile, struct tandem_maps maps,
                      struct tandem_response_norm norm, bool streams) {
  COMPILE_FOR_USUAL(normalize_tile, source, squares, destination, tile, maps, norm, streams);
}

// parts = dy · s^-beta, terms = dy · x · s^(-beta - 1).
INLINE void split_tile(const void *restrict source, const float *restrict squares,
                       const void *destination_gradient, float *restrict parts,
                       float *restrict terms, struct tile tile, struct tandem_maps maps,
                       struct tandem_response_norm norm, const bool usual, const bool bfloat16) {
#define SPLIT(OFFSET, PLACE, COUNT)                           \
  vector x, dy, s, factor;                                    \
  scale(&s, &factor, squares + (PLACE), step, norm, usual);   \
  load_element(&x, source, OFFSET, COUNT);                    \
  load_element(&dy, destination_gradient, OFFSET, COUNT);     \
  prefetch_element(destination_gradient, OFFSET, tile.ahead); \
  x *= dy * factor / s;                                       \
  dy *= factor;                                               \
  store(parts + (PLACE), &dy, COUNT);                         \
  store(terms + (PLACE), &x, COUNT)
  size_t step = step_of(maps);
  FOR_TILE(SPLIT);
}

TANDEM_CLONES
static void split(const void *restrict source, const float *restrict squares,
                  const void *destination_gradient, float *restrict parts, float *restrict terms,
                  struct tile tile, struct tandem_maps maps, struct tandem_response_norm norm) {
  COMPILE_FOR_USUAL(
      split_tile, source, squares, destination_gradient, parts, terms, tile, maps, norm);
}

// gradient = parts - 2 · alpha · beta · x · window sum of terms; then the derivative of a ReLU
// before.
INLINE void subtract_tile(const void *restrict source, const float *restrict parts,
                          const float *restrict terms, void *restrict gradient, struct tile tile,
                          struct tandem_maps maps, struct tandem_response_norm norm,
                          const bool usual, const bool bfloat16) {
  float factor = 2 * norm.alpha * norm.beta;
#define SUBTRACT(OFFSET, PLACE, COUNT)                                   \
  vector x, dx, sum;                                                     \
  window_sum(&sum, terms + (PLACE), step, usual ? 2 : norm.half_window); \
  load_element(&x, source, OFFSET, COUNT);                               \
  load(&dx, parts + (PLACE), COUNT);                                     \
  dx -= factor * x * sum;                                                \
  if (norm.follows_relu) dx = (vector)(~(x <= 0) & (vector_bits)dx);     \
  store_element(gradient, OFFSET, &dx, COUNT)
  size_t step = step_of(maps);
  FOR_TILE(SUBTRACT);
}

TANDEM_CLONES
static void subtract(const void *restrict source, const float *restrict parts,
                     const float *restrict terms, void *restrict gradient, struct tile tile,
                     struct tandem_maps maps, struct tandem_response_norm norm) {
  COMPILE_FOR_USUAL(subtract_tile, source, parts, terms, gradient, tile, maps, norm);
}

// What fills up the last block must stay zero.
static void clear_padding(void *data, struct tandem_maps maps) {
  size_t pixels = maps.rows * maps.columns, rest = maps.channels % maps.block;
  if (rest == 0) return;
  size_t blocks = maps.channels / maps.block + 1;
  size_t size = maps.bfloat16 ? sizeof(tandem_bfloat16) : sizeof(float);
  for (size_t image = 0; image < maps.images; image++) {
    char *last = (char *)data + ((image + 1) * blocks - 1) * pixels * maps.block * size;
    for (size_t pixel = 0; pixel < pixels; pixel++) {
      memset(last + (pixel * maps.block + rest) * size, 0, (maps.block - rest) * size);
    }
  }
}

void tandem_response_norm_forward(const void *restrict source, void *restrict destination,
                                  struct tandem_maps maps, struct tandem_response_norm norm,
                                  float *restrict scratch) {
  float *squares = scratch + norm.half_window * step_of(maps);
  memset(scratch, 0, row_count(maps, norm) * sizeof *scratch);
  clear_padding(destination, maps);
  const size_t floats = maps.images * maps.channels * maps.rows * maps.columns;
  const bool streams = maps.block == width && floats >= streamed_floats;
  FOR_TILES {
    struct tile tile = tile_at(image, pixel, group, maps, norm);
    square(source, squares, tile, maps, norm);
    normalize(source, squares, destination, tile, maps, norm, streams);
  }
  tandem_fence_stores();
}

void tandem_response_norm_backward(const void *source, const void *destination_gradient,
                                   void *source_gradient, struct tandem_maps maps,
                                   struct tandem_response_norm norm, float *restrict scratch) {
  float *squares = scratch + norm.half_window * step_of(maps);
  float *terms = squares + row_count(maps, norm), *parts = terms + row_count(maps, norm);
  memset(scratch, 0, tandem_response_norm_scratch(maps, norm) * sizeof *scratch);
  clear_padding(source_gradient, maps);
  FOR_TILES {
    struct tile tile = tile_at(image, pixel, group, maps, norm);
    square(source, squares, tile, maps, norm);
    split(source, squares, destination_gradient, parts, terms, tile, maps, norm);
    subtract(source, parts, terms, source_gradient, tile, maps, norm);
  }
}
