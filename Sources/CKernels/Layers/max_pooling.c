#include "Layers/max_pooling.h"

#include "Vectors/clones.h"
#include "Vectors/vectors.h"

// A place in a window is numbered row by row. Numbers take one byte where the window is small
// enough for them; the last number says that a ReLU before took the value away.
//
// The loops are compiled for the usual windows and for all others, each for blocks of 16, 8 and 1
// channels of both types.

static size_t winner_bytes(struct tandem_max_pooling pooling) {
  return pooling.window_rows * pooling.window_columns < UINT8_MAX ? sizeof(uint8_t)
                                                                  : sizeof(int32_t);
}

static struct tandem_maps output_maps(struct tandem_maps maps, struct tandem_max_pooling pooling) {
  maps.rows = pooling.output_rows;
  maps.columns = pooling.output_columns;
  return maps;
}

size_t tandem_max_pooling_winners(struct tandem_maps maps, struct tandem_max_pooling pooling) {
  return tandem_maps_count(output_maps(maps, pooling)) * winner_bytes(pooling);
}

typedef uint8_t winner_numbers __attribute__((vector_size(width)));

// Which kind of maps and window a loop is compiled for.
struct kind {
  size_t lanes;         // elements of a vector: neighbours in a block of channels
  bool bfloat16, wide;  // what maps and the numbers of winners are made of
};

INLINE void load_map(vector *to, const void *maps, size_t offset, const struct kind kind) {
  if (kind.bfloat16) {
    load_bfloat16(to, (const tandem_bfloat16 *)maps + offset, kind.lanes);
  } else {
    load(to, (const float *)maps + offset, kind.lanes);
  }
}

INLINE void store_map(void *maps, size_t offset, const vector *from, const struct kind kind) {
  if (kind.bfloat16) {
    store_bfloat16((tandem_bfloat16 *)maps + offset, from, kind.lanes);
  } else {
    store((float *)maps + offset, from, kind.lanes);
  }
}

INLINE void load_winner(vector_bits *to, const void *winners, size_t offset,
                        const struct kind kind) {
  *to = (vector_bits){0};
  if (kind.wide) {
    memcpy(to, (const int32_t *)winners + offset, kind.lanes * sizeof(int32_t));
  } else {
    winner_numbers numbers = {0};
    memcpy(&numbers, (const uint8_t *)winners + offset, kind.lanes);
    *to = __builtin_convertvector(numbers, vector_bits);
  }
}

INLINE void store_winner(void *winners, size_t offset, const vector_bits *from,
                         const struct kind kind) {
  if (kind.wide) {
    memcpy((int32_t *)winners + offset, from, kind.lanes * sizeof(int32_t));
  } else {
    winner_numbers numbers = __builtin_convertvector(*from, winner_numbers);
    memcpy((uint8_t *)winners + offset, &numbers, kind.lanes);
  }
}

// The number of a value that a ReLU took away; no place of a window has it.
INLINE int32_t no_winner(const struct kind kind) { return kind.wide ? INT32_MAX : UINT8_MAX; }

// The part of a window that lies on the map, along one axis.
struct span {
  size_t begin, end;  // places in the window
  size_t first;       // the row or column of place `begin`
};

INLINE struct span span_of(size_t output, size_t stride, size_t window, size_t padding,
                           size_t size) {
  size_t start = output * stride;
  size_t begin = start < padding ? padding - start : 0;
  size_t end = start + window > size + padding ? size + padding - start : window;
  return (struct span){begin, end, start + begin - padding};
}

// One output: the largest of a window that is cut to the map. `careful` is for windows in which
// some values may be no numbers.
INLINE void largest(const void *restrict map, void *restrict destination, void *restrict winners,
                    size_t output, size_t columns, struct span rows, struct span row,
                    struct tandem_max_pooling pooling, const bool careful, const struct kind kind) {
  vector best;
  load_map(&best, map, (rows.first * columns + row.first) * kind.lanes, kind);
  const size_t first = rows.begin * pooling.window_columns + row.begin;
  vector_bits winner = (vector_bits){0} + (int32_t)first;
  for (size_t u = rows.begin; u < rows.end; u++) {
    for (size_t v = row.begin; v < row.end; v++) {
      size_t place = (rows.first + u - rows.begin) * columns + row.first + v - row.begin;
      vector value;
      load_map(&value, map, place * kind.lanes, kind);
      vector_bits larger = value > best;
      if (careful) larger |= value != value;
      best = (vector)((larger & (vector_bits)value) | (~larger & (vector_bits)best));
      winner = (larger & (int32_t)(u * pooling.window_columns + v)) | (~larger & winner);
    }
  }
  store_map(destination, output * kind.lanes, &best, kind);
  if (!winners) return;
  if (pooling.follows_relu) {
    vector_bits is_gone = best <= 0;
    winner = (is_gone & no_winner(kind)) | (~is_gone & winner);
  }
  store_winner(winners, output * kind.lanes, &winner, kind);
}

// The outputs whose windows are whole: all of theirs is on the map. From the first one to the one
// after the last.
INLINE struct span whole_outputs(size_t outputs, size_t stride, size_t window, size_t padding,
                                 size_t size) {
  size_t begin = (padding + stride - 1) / stride;
  size_t end = size + padding < window ? 0 : (size + padding - window) / stride + 1;
  if (end > outputs) end = outputs;
  if (end < begin) begin = end = outputs;
  return (struct span){begin, end, 0};
}

// A row of outputs.
INLINE void forward_row(const void *restrict map, void *restrict destination,
                        void *restrict winners, size_t i, struct span rows, struct tandem_maps maps,
                        struct tandem_max_pooling pooling, const bool careful,
                        const struct kind kind) {
  const size_t window = pooling.window_columns, stride = pooling.stride_columns;
  const bool is_whole = rows.end - rows.begin == pooling.window_rows;
  struct span whole = whole_outputs(is_whole ? pooling.output_columns : 0, stride, window,
                                    pooling.left, maps.columns);
  const size_t output = i * pooling.output_columns;
#define LARGEST(ROWS, ROW)                                                                  \
  largest(map, destination, winners, output + j, maps.columns, ROWS, ROW, pooling, careful, kind)
  size_t j = 0;
  for (; j < whole.begin; j++) {
    LARGEST(rows, span_of(j, stride, window, pooling.left, maps.columns));
  }
  // Of these windows the compiler knows the size.
  struct span all_rows = {0, pooling.window_rows, rows.first};
  for (; j < whole.end; j++) {
    LARGEST(all_rows, ((struct span){0, window, j * stride - pooling.left}));
  }
  for (; j < pooling.output_columns; j++) {
    LARGEST(rows, span_of(j, stride, window, pooling.left, maps.columns));
  }
}

INLINE bool has_all_numbers(const void *restrict map, size_t row, size_t columns,
                            const struct kind kind) {
  vector_bits none = {0};
  for (size_t j = 0; j < columns; j++) {
    vector value;
    load_map(&value, map, (row * columns + j) * kind.lanes, kind);
    none |= value != value;
  }
  for (size_t lane = 0; lane < width; lane++) {
    if (none[lane]) return false;
  }
  return true;
}

INLINE void forward_map(const void *restrict map, void *restrict destination,
                        void *restrict winners, struct tandem_maps maps,
                        struct tandem_max_pooling pooling, const struct kind kind) {
  // Rows that were looked at, and after which of them all have numbers only.
  size_t seen = 0, numbers_from = 0;
  for (size_t i = 0; i < pooling.output_rows; i++) {
    struct span rows =
        span_of(i, pooling.stride_rows, pooling.window_rows, pooling.top, maps.rows);
    for (size_t end = rows.first + rows.end - rows.begin; seen < end; seen++) {
      if (!has_all_numbers(map, seen, maps.columns, kind)) numbers_from = seen + 1;
    }
    if (rows.first >= numbers_from) {
      forward_row(map, destination, winners, i, rows, maps, pooling, false, kind);
    } else {
      forward_row(map, destination, winners, i, rows, maps, pooling, true, kind);
    }
  }
}

// How many windows reach a place that lies so far behind the beginning of the nearest one.
INLINE size_t windows_over(size_t distance, size_t window, size_t stride) {
  return distance < window ? (window - 1 - distance) / stride + 1 : 0;
}

// The places from the beginning of a window up to that of the next one, in both directions. Their
// gradients come from output o, p and those before it. `is_inside` is for cells that lie on the map
// altogether and have all these outputs.
INLINE void backward_cell(const void *restrict gradient, const void *restrict winners,
                          void *restrict source_gradient, size_t o, size_t p,
                          struct tandem_maps maps, struct tandem_max_pooling pooling,
                          const bool is_inside, const struct kind kind) {
  for (size_t a = 0; a < pooling.stride_rows; a++) {
    const size_t row = o * pooling.stride_rows + a - pooling.top;
    if (!is_inside && row >= maps.rows) continue;
    for (size_t b = 0; b < pooling.stride_columns; b++) {
      const size_t column = p * pooling.stride_columns + b - pooling.left;
      if (!is_inside && column >= maps.columns) continue;
      vector sum = {0};
      // From the farthest output before on, so that outputs come in their order.
      size_t above = windows_over(a, pooling.window_rows, pooling.stride_rows);
      while (above-- > 0) {
        const size_t i = o - above, u = a + above * pooling.stride_rows;
        size_t before = windows_over(b, pooling.window_columns, pooling.stride_columns);
        while (before-- > 0) {
          const size_t j = p - before, v = b + before * pooling.stride_columns;
          if (!is_inside && (i >= pooling.output_rows || j >= pooling.output_columns)) continue;
          const size_t output = (i * pooling.output_columns + j) * kind.lanes;
          vector_bits winner;
          vector value;
          load_winner(&winner, winners, output, kind);
          load_map(&value, gradient, output, kind);
          vector_bits is_here = winner == (int32_t)(u * pooling.window_columns + v);
          sum += (vector)(is_here & (vector_bits)value);
        }
      }
      store_map(source_gradient, (row * maps.columns + column) * kind.lanes, &sum, kind);
    }
  }
}

// Cells along one axis that are inside: from the first one to the one after the last.
INLINE struct span inner_cells(size_t outputs, size_t stride, size_t window, size_t padding,
                               size_t size) {
  size_t begin = (window - 1) / stride, end = (size + padding) / stride;
  if (begin * stride < padding) begin = (padding + stride - 1) / stride;
  if (end > outputs) end = outputs;
  if (end < begin) end = begin;
  return (struct span){begin, end, 0};
}

INLINE void backward_map(const void *restrict gradient, const void *restrict winners,
                         void *restrict source_gradient, struct tandem_maps maps,
                         struct tandem_max_pooling pooling, const struct kind kind) {
  struct span rows = inner_cells(pooling.output_rows, pooling.stride_rows, pooling.window_rows,
                                 pooling.top, maps.rows);
  struct span row = inner_cells(pooling.output_columns, pooling.stride_columns,
                                pooling.window_columns, pooling.left, maps.columns);
#define CELL(IS_INSIDE) \
  backward_cell(gradient, winners, source_gradient, o, p, maps, pooling, IS_INSIDE, kind)
  const size_t cells =
      (maps.columns + pooling.left + pooling.stride_columns - 1) / pooling.stride_columns;
  for (size_t o = 0; o * pooling.stride_rows < maps.rows + pooling.top; o++) {
    struct span inside = {cells, cells, 0};
    if (rows.begin <= o && o < rows.end && row.begin < row.end) inside = row;
    size_t p = 0;
    for (; p < inside.begin; p++) CELL(false);
    for (; p < inside.end; p++) CELL(true);
    for (; p < cells; p++) CELL(false);
  }
}

INLINE void forward_maps(const void *restrict source, void *restrict destination,
                         void *restrict winners, struct tandem_maps maps,
                         struct tandem_max_pooling pooling, const struct kind kind) {
  const size_t element = kind.bfloat16 ? sizeof(tandem_bfloat16) : sizeof(float);
  const size_t number = kind.wide ? sizeof(int32_t) : sizeof(uint8_t);
  size_t count = maps.images * ((maps.channels + maps.block - 1) / maps.block);
  size_t from = maps.rows * maps.columns * kind.lanes;
  size_t to = pooling.output_rows * pooling.output_columns * kind.lanes;
  for (size_t map = 0; map < count; map++) {
    forward_map((const char *)source + map * from * element,
                (char *)destination + map * to * element,
                winners ? (char *)winners + map * to * number : 0, maps, pooling, kind);
  }
}

INLINE void backward_maps(const void *restrict gradient, const void *restrict winners,
                          void *restrict source_gradient, struct tandem_maps maps,
                          struct tandem_max_pooling pooling, const struct kind kind) {
  const size_t element = kind.bfloat16 ? sizeof(tandem_bfloat16) : sizeof(float);
  const size_t number = kind.wide ? sizeof(int32_t) : sizeof(uint8_t);
  size_t count = maps.images * ((maps.channels + maps.block - 1) / maps.block);
  size_t from = pooling.output_rows * pooling.output_columns * kind.lanes;
  size_t to = maps.rows * maps.columns * kind.lanes;
  for (size_t map = 0; map < count; map++) {
    backward_map((const char *)gradient + map * from * element,
                 (const char *)winners + map * from * number,
                 (char *)source_gradient + map * to * element, maps, pooling, kind);
  }
}

// Calls a function for the kind that the arguments have, as a constant.
#define COMPILE_FOR_KINDS(FUNCTION, WIDE, ...)                         \
  if (maps.bfloat16) {                                                 \
    COMPILE_FOR_LANES(FUNCTION, true, WIDE, __VA_ARGS__);              \
  } else {                                                             \
    COMPILE_FOR_LANES(FUNCTION, false, WIDE, __VA_ARGS__);             \
  }
#define COMPILE_FOR_LANES(FUNCTION, BFLOAT16, WIDE, ...)               \
  if (maps.block == 16) {                                              \
    FUNCTION(__VA_ARGS__, (struct kind){16, BFLOAT16, WIDE});          \
  } else if (maps.block == 8) {                                        \
    FUNCTION(__VA_ARGS__, (struct kind){8, BFLOAT16, WIDE});           \
  } else {                                                             \
    FUNCTION(__VA_ARGS__, (struct kind){1, BFLOAT16, WIDE});           \
  }

// Both passes for windows that the compiler knows or does not know.
#define DEFINE_PASSES(NAME, WIDE, POOLING)                                                     \
  TANDEM_CLONES                                                                                \
  static void NAME##_forward(const void *restrict source, void *restrict destination,          \
                             void *restrict winners, struct tandem_maps maps,                  \
                             struct tandem_max_pooling pooling) {                              \
    COMPILE_FOR_KINDS(forward_maps, WIDE, source, destination, winners, maps, POOLING);        \
  }                                                                                            \
  TANDEM_CLONES                                                                                \
  static void NAME##_backward(const void *restrict gradient, const void *restrict winners,     \
                              void *restrict source_gradient, struct tandem_maps maps,         \
                              struct tandem_max_pooling pooling) {                             \
    COMPILE_FOR_KINDS(backward_maps, WIDE, gradient, winners, source_gradient, maps, POOLING); \
  }

INLINE struct tandem_max_pooling usual(struct tandem_max_pooling pooling, const size_t window,
                                       const size_t stride) {
  pooling.window_rows = pooling.window_columns = window;
  pooling.stride_rows = pooling.stride_columns = stride;
  return pooling;
}

static bool is_usual(struct tandem_max_pooling pooling, size_t window, size_t stride) {
  return pooling.window_rows == window && pooling.window_columns == window &&
         pooling.stride_rows == stride && pooling.stride_columns == stride;
}

DEFINE_PASSES(two_by_two, false, usual(pooling, 2, 2))
DEFINE_PASSES(three_by_two, false, usual(pooling, 3, 2))
DEFINE_PASSES(three_by_one, false, usual(pooling, 3, 1))
DEFINE_PASSES(small, false, pooling)
DEFINE_PASSES(large, true, pooling)

#define CALL_PASS(PASS, ...)                   \
  if (is_usual(pooling, 2, 2)) {                     \
    two_by_two_##PASS(__VA_ARGS__);            \
  } else if (is_usual(pooling, 3, 2)) {              \
    three_by_two_##PASS(__VA_ARGS__);          \
  } else if (is_usual(pooling, 3, 1)) {              \
    three_by_one_##PASS(__VA_ARGS__);          \
  } else if (winner_bytes(pooling) == 1) {     \
    small_##PASS(__VA_ARGS__);                 \
  } else {                                     \
    large_##PASS(__VA_ARGS__);                 \
  }

void tandem_max_pooling_forward(const void *restrict source, void *restrict destination,
                                void *restrict winners, struct tandem_maps maps,
                                struct tandem_max_pooling pooling) {
  CALL_PASS(forward, source, destination, winners, maps, pooling);
}

void tandem_max_pooling_backward(const void *restrict destination_gradient,
                                 const void *restrict winners, void *restrict source_gradient,
                                 struct tandem_maps maps, struct tandem_max_pooling pooling) {
  CALL_PASS(backward, destination_gradient, winners, source_gradient, maps, pooling);
}
