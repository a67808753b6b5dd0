// Tiles of convolutions of 1×1 in registers, for AVX-512.
#include "Pointwise/internal.h"
#if defined(__x86_64__)

// Named one by one: for the whole level the compiler prefers registers of half the size.
#pragma clang attribute push(                                                       \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#pragma clang fp contract(fast)

// In maps and packed weights, and at any float's address.
typedef float lanes __attribute__((vector_size(block * sizeof(float)), may_alias));
typedef float loose_lanes
    __attribute__((vector_size(block * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int lane_bits __attribute__((vector_size(block * sizeof(int))));

enum { second_cache = 2, first_cache = 3 };  // places of prefetched lines

POINTWISE_INLINE void put(float *to, lanes value, bool streams) {
  if (streams) {
    __builtin_nontemporal_store(value, (lanes *)to);
  } else {
    *(lanes *)to = value;
  }
}

POINTWISE_INLINE lanes rectified(lanes x) { return (lanes)((lane_bits)x & ~(x < 0)); }

// for each block of channels
//   for each channel of it
//     one or two vectors of weights
//     for each pixel
//       a number of the source, spread
//       one or two multiply-adds                    their sums stay in registers
//
// The tile is a copy, as all that lies behind a pointer is read again after each store.
POINTWISE_INLINE void convolve(const int pixels, const int outputs, const size_t first_output,
                               const struct pointwise_tile tile) {
  lanes sums[most_pixels][most_output_blocks];
  POINTWISE_UNROLL for (int o = 0; o < outputs; o++) {
    const size_t output = first_output + o;
    const lanes start =
        tile.bias ? *(const loose_lanes *)(tile.bias + output * block) : (lanes){0};
    POINTWISE_UNROLL for (int p = 0; p < pixels; p++) {
      sums[p][o] = tile.before
                       ? *(const lanes *)(tile.before + output * tile.before_block + p * block)
                       : start;
    }
  }
  const float *source = tile.source, *weights = tile.weights + first_output * tile.weights_block;
  const size_t ahead_step = tile.ahead->step;
  for (size_t b = 0; b < tile.channel_blocks; b++, source += tile.source_block) {
    const float *ahead = tile.ahead->places[b % most_pieces];
    _Pragma("clang loop unroll_count(2)")
    for (int c = 0; c < block; c++, weights += block, ahead += ahead_step) {
      lanes factors[most_output_blocks];
      POINTWISE_UNROLL for (int o = 0; o < outputs; o++) {
        factors[o] = *(const lanes *)(weights + o * tile.weights_block);
      }
      __builtin_prefetch(ahead, 0, second_cache);
      POINTWISE_UNROLL for (int p = 0; p < pixels; p++) {
        // x - 0 is x, so that the compiler only spreads it; x + 0 would turn -0 into 0.
        const lanes x = source[p * block + c] - (lanes){0};
        POINTWISE_UNROLL for (int o = 0; o < outputs; o++) sums[p][o] += x * factors[o];
      }
    }
  }
  float *result = tile.result + first_output * tile.result_block;
  POINTWISE_UNROLL for (int o = 0; o < outputs; o++) {
    POINTWISE_UNROLL for (int p = 0; p < pixels; p++) {
      put(result + o * tile.result_block + p * block,
          tile.rectifies ? rectified(sums[p][o]) : sums[p][o], tile.streams);
    }
  }
}

#define CONVOLVE(PIXELS)                                                                      \
  __attribute__((noinline)) static void convolve_##PIXELS(const struct pointwise_tile *tile) { \
    const size_t blocks = tile->output_blocks;                                                \
    size_t first = 0;                                                                         \
    for (; first + most_output_blocks <= blocks; first += most_output_blocks) {               \
      convolve(PIXELS, most_output_blocks, first, *tile);                                     \
    }                                                                                         \
    if (first < blocks) convolve(PIXELS, 1, first, *tile);                                    \
  }
CONVOLVE(1) CONVOLVE(2) CONVOLVE(3) CONVOLVE(4) CONVOLVE(5) CONVOLVE(6) CONVOLVE(7)
CONVOLVE(8) CONVOLVE(9) CONVOLVE(10) CONVOLVE(11) CONVOLVE(12) CONVOLVE(13) CONVOLVE(14)

void tandem_pointwise_convolve(const struct pointwise_tile *tile) {
  static void (*const functions[most_pixels])(const struct pointwise_tile *) = {
      convolve_1, convolve_2, convolve_3,  convolve_4,  convolve_5,  convolve_6,  convolve_7,
      convolve_8, convolve_9, convolve_10, convolve_11, convolve_12, convolve_13, convolve_14};
  functions[tile->pixels - 1](tile);
}

// for each pixel
//   up to three vectors of channels
//   for each output
//     a number of the gradient, spread
//     up to three multiply-adds                     their sums stay in registers
POINTWISE_INLINE void correlate(const int channels, const struct pointwise_gradient_tile tile) {
  lanes sums[gradient_rows][most_channel_blocks];
  POINTWISE_UNROLL for (int r = 0; r < gradient_rows; r++) {
    POINTWISE_UNROLL for (int c = 0; c < channels; c++) {
      sums[r][c] = (lanes){0};
      if (tile.before) {
        __builtin_prefetch(tile.before + (r * channels + c) * block, 1, first_cache);
      }
    }
  }
  const size_t source_block = tile.source_block, ahead_step = tile.ahead->step;
  size_t piece = 0;
  for (size_t segment = 0; segment < tile.segments; segment++) {
    const float *source = tile.source + segment * tile.source_segment;
    const float *gradient = tile.gradient + segment * tile.gradient_segment;
    for (size_t first = 0; first < tile.pixels; first += slots_of_piece, piece++) {
      const float *ahead = tile.ahead->places[piece % most_pieces];
      const size_t rest = tile.pixels - first;
      const size_t count = rest < slots_of_piece ? rest : slots_of_piece;
      for (size_t p = 0; p < count;
           p++, source += block, gradient += block, ahead += ahead_step) {
        lanes factors[most_channel_blocks];
        POINTWISE_UNROLL for (int c = 0; c < channels; c++) {
          factors[c] = *(const lanes *)(source + c * source_block);
        }
        __builtin_prefetch(ahead, 0, second_cache);
        POINTWISE_UNROLL for (int r = 0; r < gradient_rows; r++) {
          const lanes y = gradient[r] - (lanes){0};
          POINTWISE_UNROLL for (int c = 0; c < channels; c++) sums[r][c] += y * factors[c];
        }
      }
    }
  }
  POINTWISE_UNROLL for (int r = 0; r < gradient_rows; r++) {
    POINTWISE_UNROLL for (int c = 0; c < channels; c++) {
      if (tile.before) sums[r][c] += *(const lanes *)(tile.before + (r * channels + c) * block);
      *(loose_lanes *)(tile.result + r * tile.result_row + c * block) = sums[r][c];
    }
  }
}

#define CORRELATE(CHANNELS)                                                               \
  __attribute__((noinline)) static void correlate_##CHANNELS(                             \
      const struct pointwise_gradient_tile *tile) {                                       \
    correlate(CHANNELS, *tile);                                                            \
  }
CORRELATE(1) CORRELATE(2) CORRELATE(3)

void tandem_pointwise_correlate(const struct pointwise_gradient_tile *tile) {
  static void (*const functions[most_channel_blocks])(const struct pointwise_gradient_tile *) = {
      correlate_1, correlate_2, correlate_3};
  functions[tile->channel_blocks - 1](tile);
}

void tandem_pointwise_add_pixels(const float *gradient, size_t segments, size_t gradient_segment,
                                 size_t pixels, float *sums) {
  // Several, as an addition takes longer than two of them are apart.
  enum { parts = 4 };
  lanes total[parts] = {*(lanes *)sums};
  for (size_t segment = 0; segment < segments; segment++) {
    const lanes *pixel = (const lanes *)(gradient + segment * gradient_segment);
    size_t p = 0;
    for (; p + parts <= pixels; p += parts) {
      POINTWISE_UNROLL for (int part = 0; part < parts; part++) total[part] += pixel[p + part];
    }
    for (; p < pixels; p++) total[0] += pixel[p];
  }
  *(lanes *)sums = (total[0] + total[1]) + (total[2] + total[3]);
}

void tandem_pointwise_gather(const float *row, size_t stride, float *gathered, size_t pixels) {
  for (size_t p = 0; p < pixels; p++, row += stride * block, gathered += block) {
    *(lanes *)gathered = *(const lanes *)row;
  }
}

void tandem_pointwise_spread(const float *gathered, size_t stride, float *row, size_t pixels) {
  size_t zeros = 0;  // until the next pixel
  for (size_t p = 0; p < pixels; p++, row += block) {
    lanes value = {0};
    if (gathered && zeros == 0) {
      value = *(const lanes *)gathered;
      gathered += block;
      zeros = stride;
    }
    zeros--;
    *(lanes *)row = value;
  }
}

void tandem_pointwise_copy(const float *numbers, size_t row, float *result, size_t rows) {
  for (size_t r = 0; r < rows; r++) {
    put(result + r * block, *(const loose_lanes *)(numbers + r * row), true);
  }
}

#define FROM_FIRST(COLUMN, BIT) ((COLUMN) & (BIT) ? block + ((COLUMN) ^ (BIT)) : (COLUMN))
#define FROM_SECOND(COLUMN, BIT) ((COLUMN) & (BIT) ? block + (COLUMN) : ((COLUMN) ^ (BIT)))
#define OF_ALL_COLUMNS(F, BIT)                                                             \
  F(0, BIT), F(1, BIT), F(2, BIT), F(3, BIT), F(4, BIT), F(5, BIT), F(6, BIT), F(7, BIT),  \
      F(8, BIT), F(9, BIT), F(10, BIT), F(11, BIT), F(12, BIT), F(13, BIT), F(14, BIT),    \
      F(15, BIT)
// Exchanges the bit of value BIT of the row's number with that of the column's.
#define EXCHANGE_BIT(ROWS, BIT)                                                                  \
  POINTWISE_UNROLL for (int r = 0; r < block; r++) {                                             \
    if (r & (BIT)) continue;                                                                     \
    const lanes first = ROWS[r], second = ROWS[r | (BIT)];                                       \
    ROWS[r] = __builtin_shufflevector(first, second, OF_ALL_COLUMNS(FROM_FIRST, BIT));           \
    ROWS[r | (BIT)] = __builtin_shufflevector(first, second, OF_ALL_COLUMNS(FROM_SECOND, BIT));  \
  }

void tandem_pointwise_transpose(const float *numbers, size_t row, float *result) {
  lanes rows[block];
  POINTWISE_UNROLL for (int r = 0; r < block; r++) {
    rows[r] = *(const loose_lanes *)(numbers + r * row);
  }
  EXCHANGE_BIT(rows, 8)
  EXCHANGE_BIT(rows, 4)
  EXCHANGE_BIT(rows, 2)
  EXCHANGE_BIT(rows, 1)
  POINTWISE_UNROLL for (int r = 0; r < block; r++) put(result + r * block, rows[r], true);
}

#pragma clang attribute pop

#else

// No processor has these.
void tandem_pointwise_convolve(const struct pointwise_tile *tile) { __builtin_trap(); }
void tandem_pointwise_correlate(const struct pointwise_gradient_tile *tile) { __builtin_trap(); }
void tandem_pointwise_add_pixels(const float *gradient, size_t segments, size_t gradient_segment,
                                 size_t pixels, float *sums) {
  __builtin_trap();
}
void tandem_pointwise_gather(const float *row, size_t stride, float *gathered, size_t pixels) {
  __builtin_trap();
}
void tandem_pointwise_spread(const float *gathered, size_t stride, float *row, size_t pixels) {
  __builtin_trap();
}
void tandem_pointwise_copy(const float *numbers, size_t row, float *result, size_t rows) {
  __builtin_trap();
}
void tandem_pointwise_transpose(const float *numbers, size_t row, float *result) {
  __builtin_trap();
}

#endif
