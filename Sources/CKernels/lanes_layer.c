#include "lanes.h"

// A convolution with what follows it, a block of 16 images after the other and a few rows at a time: what
// one step leaves is in the cache for the next one, and before max pooling the convolution's output is
// never written to memory.

static size_t pooled_rows(struct tandem_lane_layer layer) {
  return layer.output_rows / layer.window_rows;
}

static size_t pooled_columns(struct tandem_lane_layer layer) {
  return layer.output_columns / layer.window_columns;
}

// Vectors of one block of images.
static size_t source_size(struct tandem_lane_layer layer) {
  return layer.channels * layer.rows * layer.columns;
}
static size_t convolution_size(struct tandem_lane_layer layer) {
  return layer.output_channels * layer.output_rows * layer.output_columns;
}
static size_t output_size(struct tandem_lane_layer layer) {
  return layer.output_channels * pooled_rows(layer) * pooled_columns(layer);
}

// Rows of the convolution at a time: whole windows of the pooling, and few enough that a tile's part of
// them stays in the first cache.
static size_t strip_rows(struct tandem_lane_layer layer) {
  size_t windows = 4 / layer.window_rows;
  return (windows ? windows : 1) * layer.window_rows;
}
static size_t strip_size(struct tandem_lane_layer layer) {
  return layer.output_channels * strip_rows(layer) * layer.output_columns;
}

// MARK: zeros at the sides

static size_t padded_columns(struct tandem_lane_layer layer) {
  return layer.output_columns + layer.kernel_columns - 1;
}
static int has_side_zeros(struct tandem_lane_layer layer) {
  return padded_columns(layer) > layer.columns;
}
static size_t padded_size(struct tandem_lane_layer layer) {
  return has_side_zeros(layer) ? layer.channels * layer.rows * padded_columns(layer) : 0;
}

// One block of the input with its columns of zeros: in place if there are none, else in `padded`, where
// the zeros must be already.
static struct lane_maps padded_source(const lanes *source, lanes *padded,
                                      struct tandem_lane_layer layer) {
  if (!has_side_zeros(layer)) {
    return (struct lane_maps){(lanes *)source, layer.columns, layer.rows * layer.columns};
  }
  size_t columns = padded_columns(layer);
  for (size_t row = 0; row < layer.channels * layer.rows; row++) {
    __builtin_memcpy(padded + row * columns + layer.left, source + row * layer.columns,
                     layer.columns * sizeof(lanes));
  }
  return (struct lane_maps){padded, columns, layer.rows * columns};
}

static struct lane_correlation correlation(struct tandem_lane_layer layer) {
  return (struct lane_correlation){layer.channels,       layer.rows,        layer.output_channels,
                                   layer.output_columns, layer.kernel_rows, layer.kernel_columns,
                                   layer.top};
}

// MARK: forward

size_t tandem_lane_forward_scratch(struct tandem_lane_layer layer) {
  return (padded_size(layer) + strip_size(layer)) * tandem_lane_count;
}

// The rows of a strip through the activation and the pooling; `rows` are those of the convolution.
static void finish_strip(struct lane_maps rows, size_t first, size_t end, lanes *output,
                         uint8_t *winners, struct tandem_lane_layer layer) {
  size_t windows = pooled_rows(layer) * pooled_columns(layer);
  for (size_t c = 0; c < layer.output_channels; c++) {
    lanes *row = rows.base + c * rows.channel;
    // Max pooling and activations that never fall may change places: fewer values to activate.
    if (layer.pooling != tandem_lane_pooling_max) {
      tandem_lane_activate(row, (end - first) * rows.row, layer.activation);
    }
    if (layer.pooling == tandem_lane_pooling_none) continue;
    for (size_t i = first / layer.window_rows; i < end / layer.window_rows; i++) {
      size_t place = c * windows + i * pooled_columns(layer);
      tandem_lane_pool(row + (i * layer.window_rows - first) * rows.row, rows.row, output + place,
                       winners ? winners + place * tandem_lane_count : 0, layer);
      if (layer.pooling == tandem_lane_pooling_max) {
        tandem_lane_activate(output + place, pooled_columns(layer), layer.activation);
      }
    }
  }
}

void tandem_lane_forward(const float *restrict source, const float *restrict packed_weights,
                         const float *restrict bias, struct tandem_lane_memory memory,
                         float *restrict scratch, struct tandem_lane_layer layer) {
  lanes *padded = (lanes *)scratch, *strip = padded + padded_size(layer);
  __builtin_memset(padded, 0, padded_size(layer) * sizeof(lanes));
  size_t channel = layer.output_rows * layer.output_columns;
  // Nobody sees rows below the last window.
  size_t rows = pooled_rows(layer) * layer.window_rows;
  for (size_t block = 0; block < tandem_lane_blocks(layer.images); block++) {
    struct lane_maps x = padded_source((const lanes *)source + block * source_size(layer), padded, layer);
    lanes *output = (lanes *)memory.output + block * output_size(layer);
    lanes *whole = layer.pooling == tandem_lane_pooling_none ? output
                   : memory.activation ? (lanes *)memory.activation + block * convolution_size(layer)
                                       : 0;
    uint8_t *winners =
        memory.winners ? memory.winners + block * output_size(layer) * tandem_lane_count : 0;
    for (size_t first = 0; first < rows; first += strip_rows(layer)) {
      size_t end = first + strip_rows(layer) < rows ? first + strip_rows(layer) : rows;
      struct lane_maps y = {strip, layer.output_columns, strip_rows(layer) * layer.output_columns};
      if (whole) y = (struct lane_maps){whole + first * layer.output_columns, layer.output_columns, channel};
      tandem_lane_correlate(x, packed_weights, bias, y, first, end, correlation(layer));
      finish_strip(y, first, end, output, winners, layer);
    }
  }
}

// MARK: backward

// What one block of images brings to the backward pass.
struct block {
  const lanes *gradient, *output, *activation;
  const uint8_t *winners;
};

static struct block block_of(const float *output_gradient, struct tandem_lane_memory memory,
                             size_t block, struct tandem_lane_layer layer) {
  size_t output = block * output_size(layer);
  return (struct block){
      (const lanes *)output_gradient + output,
      (const lanes *)memory.output + output,
      memory.activation ? (const lanes *)memory.activation + block * convolution_size(layer) : 0,
      memory.winners ? memory.winners + output * tandem_lane_count : 0,
  };
}

// The gradient of the convolution's output in rows [first, end), from that of the pooling's: row `first`
// is row 0 of `rows`. `pooled` has room for one row of it.
static void gradient_of_strip(struct block block, struct lane_maps rows, size_t first, size_t end,
                              lanes *pooled, struct tandem_lane_layer layer) {
  size_t columns = pooled_columns(layer);
  for (size_t c = 0; c < layer.output_channels; c++) {
    lanes *row = rows.base + c * rows.channel;
    for (size_t i = first; i < end; i += layer.window_rows, row += layer.window_rows * rows.row) {
      if (i / layer.window_rows == pooled_rows(layer)) {  // left over at the end
        for (size_t u = 0; u < end - i; u++) {
          __builtin_memset(row + u * rows.row, 0, layer.output_columns * sizeof(lanes));
        }
        break;
      }
      size_t place = (c * pooled_rows(layer) + i / layer.window_rows) * columns;
      const lanes *gradient = block.gradient + place;
      switch (layer.pooling) {
        case tandem_lane_pooling_none:
          tandem_lane_derivative(gradient, block.output + place, row, columns, layer.activation);
          break;
        case tandem_lane_pooling_max:
          tandem_lane_derivative(gradient, block.output + place, pooled, columns, layer.activation);
          tandem_lane_unpool(pooled, block.winners + place * tandem_lane_count, row, rows.row, layer);
          break;
        case tandem_lane_pooling_average:
          tandem_lane_unpool(gradient, 0, row, rows.row, layer);
          if (layer.activation == tandem_lane_activation_none) break;
          for (size_t u = 0; u < layer.window_rows; u++) {
            const lanes *y =
                block.activation + (c * layer.output_rows + i + u) * layer.output_columns;
            tandem_lane_derivative(row + u * rows.row, y, row + u * rows.row, layer.output_columns,
                                   layer.activation);
          }
          break;
      }
    }
  }
}

size_t tandem_lane_gradient_scratch(struct tandem_lane_layer layer) {
  size_t sums = tandem_lane_weights_count(layer) + layer.output_channels;
  return (padded_size(layer) + strip_size(layer) + pooled_columns(layer) + sums) * tandem_lane_count;
}

TANDEM_CLONES
static void add_rows(const lanes *values, size_t count, lanes *sum) {
  lanes even = {0}, odd = {0};
  for (size_t i = 0; i + 1 < count; i += 2) {
    even += values[i];
    odd += values[i + 1];
  }
  if (count % 2) even += values[count - 1];
  *sum += even + odd;
}

// Lanes in pairs that are 8, 4, 2 and 1 apart.
TANDEM_CLONES
static void add_lanes(const lanes *sums, float *totals, size_t count) {
  for (size_t i = 0; i < count; i++) {
    lanes sum = sums[i];
    for (int distance = tandem_lane_count / 2; distance > 0; distance /= 2) {
      for (int lane = 0; lane < distance; lane++) sum[lane] += sum[lane + distance];
    }
    totals[i] = sum[0];
  }
}

void tandem_lane_backward_parameters(const float *restrict source,
                                     const float *restrict output_gradient,
                                     struct tandem_lane_memory memory,
                                     float *restrict weight_gradient,
                                     float *restrict bias_gradient, float *restrict scratch,
                                     struct tandem_lane_layer layer) {
  size_t weights = tandem_lane_weights_count(layer);
  lanes *padded = (lanes *)scratch, *strip = padded + padded_size(layer);
  lanes *pooled = strip + strip_size(layer), *sums = pooled + pooled_columns(layer);
  lanes *bias_sums = sums + weights;
  __builtin_memset(padded, 0, padded_size(layer) * sizeof(lanes));
  __builtin_memset(sums, 0, (weights + layer.output_channels) * sizeof(lanes));
  struct lane_maps dy = {strip, layer.output_columns, strip_rows(layer) * layer.output_columns};
  size_t rows = pooled_rows(layer) * layer.window_rows;  // the gradient is zero below
  for (size_t block = 0; block < tandem_lane_blocks(layer.images); block++) {
    struct lane_maps x = padded_source((const lanes *)source + block * source_size(layer), padded, layer);
    for (size_t first = 0; first < rows; first += strip_rows(layer)) {
      size_t end = first + strip_rows(layer) < rows ? first + strip_rows(layer) : rows;
      gradient_of_strip(block_of(output_gradient, memory, block, layer), dy, first, end, pooled, layer);
      tandem_lane_accumulate(x, dy, sums, first, end, correlation(layer));
      for (size_t c = 0; bias_gradient && c < layer.output_channels; c++) {
        add_rows(dy.base + c * dy.channel, (end - first) * dy.row, bias_sums + c);
      }
    }
  }
  add_lanes(sums, weight_gradient, weights);
  if (bias_gradient) add_lanes(bias_sums, bias_gradient, layer.output_channels);
}

// The correlation that brings a gradient back has the kernels turned around, so where forward starts
// `left` columns before the input, backward starts kernel - 1 - left columns before the output.
static size_t gradient_columns(struct tandem_lane_layer layer) {
  return layer.columns + layer.kernel_columns - 1;
}

size_t tandem_lane_backward_scratch(struct tandem_lane_layer layer) {
  size_t gradient = layer.output_channels * layer.output_rows * gradient_columns(layer);
  return (gradient + pooled_columns(layer)) * tandem_lane_count;
}

void tandem_lane_backward_input(const float *restrict output_gradient,
                                const float *restrict packed_weights,
                                struct tandem_lane_memory memory, float *restrict source_gradient,
                                float *restrict scratch, struct tandem_lane_layer layer) {
  size_t columns = gradient_columns(layer);
  struct lane_maps dy = {(lanes *)scratch, columns, layer.output_rows * columns};
  lanes *pooled = dy.base + layer.output_channels * dy.channel;
  __builtin_memset(dy.base, 0, layer.output_channels * dy.channel * sizeof(lanes));
  struct lane_maps inner = dy;
  inner.base += layer.kernel_columns - 1 - layer.left;
  struct lane_correlation shape = {layer.output_channels, layer.output_rows, layer.channels,
                                   layer.columns,         layer.kernel_rows, layer.kernel_columns,
                                   layer.kernel_rows - 1 - layer.top};
  for (size_t block = 0; block < tandem_lane_blocks(layer.images); block++) {
    gradient_of_strip(block_of(output_gradient, memory, block, layer), inner, 0, layer.output_rows,
                      pooled, layer);
    struct lane_maps dx = {(lanes *)source_gradient + block * source_size(layer), layer.columns,
                           layer.rows * layer.columns};
    tandem_lane_correlate(dy, packed_weights, 0, dx, 0, layer.rows, shape);
  }
}
