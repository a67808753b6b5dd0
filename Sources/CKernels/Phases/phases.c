#include "Phases/phases.h"

#include <string.h>

#include "Vectors/bfloat16.h"
#include "Vectors/parts.h"

typedef struct tandem_phases_layer layer_shape;

// Phases of so many numbers at once, of one image at least. The weights are transformed for each
// part of the images, so that there should be few; and a part should still be in the last cache
// when its convolution reads it.
enum { most_phase_numbers = 1 << 20 };

// Floats of memory after which the next begins a line.
static size_t whole_lines(size_t floats) { return parts_of(floats, 16) * 16; }

// The maps of phases and how they are in memory.
struct phases {
  size_t kernel;    // rows and columns
  size_t channels;  // all phases of all channels
  size_t rows, columns;
  size_t block;  // channels of one
  size_t number_bytes, block_bytes, image_bytes;
  size_t seen_rows, seen_columns;  // of the input, up to the last one that an output sees
  size_t parts;                    // of the images, each made at once
};

static size_t seen_length(size_t length, size_t outputs, size_t before, layer_shape layer) {
  const size_t end = (outputs - 1) * layer.stride + layer.kernel;
  return least(end > before ? end - before : 0, length);
}

static struct phases phases_of(enum tandem_winograd_set set, layer_shape layer) {
  struct phases phases = {
      .kernel = parts_of(layer.kernel, layer.stride),
      .channels = layer.channels * layer.stride * layer.stride,
      .block = tandem_winograd_block(set),
      .number_bytes =
          set == tandem_winograd_avx512_bf16 ? sizeof(tandem_bfloat16) : sizeof(float),
      .seen_rows = seen_length(layer.rows, layer.output_rows, layer.top, layer),
      .seen_columns = seen_length(layer.columns, layer.output_columns, layer.left, layer),
  };
  phases.rows = layer.output_rows + phases.kernel - 1;
  phases.columns = layer.output_columns + phases.kernel - 1;
  const size_t blocks = parts_of(phases.channels, phases.block);
  const size_t numbers = phases.block * phases.rows * phases.columns;
  phases.block_bytes = numbers * phases.number_bytes;
  phases.image_bytes = blocks * phases.block_bytes;
  const size_t most = most_phase_numbers / (blocks * numbers);
  phases.parts = parts_of(layer.images, most ? most : 1);
  return phases;
}

// The convolution of the phases of so many images.
static struct tandem_winograd_layer convolution_of(struct phases phases, size_t images,
                                                   layer_shape layer) {
  return (struct tandem_winograd_layer){
      .images = images,
      .groups = 1,
      .channels = phases.channels,
      .rows = phases.rows,
      .columns = phases.columns,
      .output_channels = layer.output_channels,
      .output_rows = layer.output_rows,
      .output_columns = layer.output_columns,
      .kernel = phases.kernel,
  };
}

static size_t images_of_largest_part(struct phases phases, layer_shape layer) {
  return parts_of(layer.images, phases.parts);
}

// MARK: Weights

static size_t weight_floats(struct phases phases, layer_shape layer) {
  return layer.output_channels * phases.channels * phases.kernel * phases.kernel;
}

// Where element (u, v) of a kernel is among the weights of phases; `map` counts outputs' channels.
static size_t split_place(size_t map, size_t u, size_t v, struct phases phases,
                          layer_shape layer) {
  const size_t stride = layer.stride;
  const size_t phase = (map * stride + u % stride) * stride + v % stride;
  return (phase * phases.kernel + u / stride) * phases.kernel + v / stride;
}

static void split_weights(const float *restrict weights, float *restrict split,
                          struct phases phases, layer_shape layer) {
  memset(split, 0, weight_floats(phases, layer) * sizeof *split);
  for (size_t map = 0; map < layer.output_channels * layer.channels; map++) {
    for (size_t u = 0; u < layer.kernel; u++) {
      for (size_t v = 0; v < layer.kernel; v++) {
        split[split_place(map, u, v, phases, layer)] = *weights++;
      }
    }
  }
}

static void join_weights(const float *restrict split, float *restrict weights,
                         struct phases phases, layer_shape layer) {
  for (size_t map = 0; map < layer.output_channels * layer.channels; map++) {
    for (size_t u = 0; u < layer.kernel; u++) {
      for (size_t v = 0; v < layer.kernel; v++) {
        *weights++ = split[split_place(map, u, v, phases, layer)];
      }
    }
  }
}

// MARK: Maps

// A row of the input in the type of phases, zeros around it: the numbers of all phases of a row.
static size_t row_bytes(struct phases phases, layer_shape layer) {
  return phases.columns * layer.stride * phases.number_bytes;
}

static void fill_row(char *restrict row, const float *restrict numbers, struct phases phases,
                     layer_shape layer) {
  char *start = row + layer.left * phases.number_bytes;
  if (phases.number_bytes == sizeof(float)) {
    memcpy(start, numbers, phases.seen_columns * sizeof *numbers);
  } else {
    tandem_bfloat16_from_floats((tandem_bfloat16 *)start, numbers, phases.seen_columns);
  }
}

static void empty_row(float *restrict numbers, const char *restrict row, struct phases phases,
                      layer_shape layer) {
  const char *start = row + layer.left * phases.number_bytes;
  if (phases.number_bytes == sizeof(float)) {
    memcpy(numbers, start, phases.seen_columns * sizeof *numbers);
  } else {
    tandem_floats_from_bfloat16(numbers, (const tandem_bfloat16 *)start, phases.seen_columns);
  }
  memset(numbers + phases.seen_columns, 0,
         (layer.columns - phases.seen_columns) * sizeof *numbers);
}

// Every s numbers of a row of the input are one pixel of s phases, neighbouring channels. They are
// moved together, or one by one where a block may end among them.
struct run {
  size_t count;  // of s numbers
  size_t bytes;
};
static struct run run_of(struct phases phases, layer_shape layer) {
  const size_t numbers = phases.block % layer.stride == 0 ? layer.stride : 1;
  return (struct run){layer.stride / numbers, numbers * phases.number_bytes};
}

// So many runs, each `from_step` bytes from the one before, to where they are `to_step` apart.
static void copy_runs(char *restrict to, size_t to_step, const char *restrict from,
                      size_t from_step, size_t bytes, size_t count) {
#define COPY_RUNS_OF(BYTES) \
  for (size_t i = 0; i < count; i++) memcpy(to + i * to_step, from + i * from_step, BYTES)
  switch (bytes) {
    case 2: COPY_RUNS_OF(2); break;
    case 4: COPY_RUNS_OF(4); break;
    case 8: COPY_RUNS_OF(8); break;
    case 16: COPY_RUNS_OF(16); break;
    default: COPY_RUNS_OF(bytes);
  }
#undef COPY_RUNS_OF
}

// Bytes from the start of an image's phases to a channel's first number of a row.
static size_t row_place(size_t channel, size_t row, struct phases phases) {
  const size_t pixel = row * phases.columns;
  return channel / phases.block * phases.block_bytes +
         (pixel * phases.block + channel % phases.block) * phases.number_bytes;
}

// One image. `row` is memory for a row, zeros at its ends; `zeros` another one of zeros only.
static void split_maps(const float *restrict source, char *restrict split, char *restrict row,
                       const char *restrict zeros, struct phases phases, layer_shape layer) {
  const size_t stride = layer.stride;
  const struct run run = run_of(phases, layer);
  for (size_t c = 0; c < layer.channels; c++) {
    for (size_t y = 0; y < phases.rows * stride; y++) {
      const bool is_seen = y >= layer.top && y - layer.top < phases.seen_rows;
      if (is_seen) {
        fill_row(row, source + (c * layer.rows + y - layer.top) * layer.columns, phases, layer);
      }
      const char *from = is_seen ? row : zeros;
      const size_t first = (c * stride + y % stride) * stride;
      for (size_t q = 0; q < run.count; q++, from += run.bytes) {
        copy_runs(split + row_place(first + q, y / stride, phases),
                  phases.block * phases.number_bytes, from, stride * phases.number_bytes,
                  run.bytes, phases.columns);
      }
    }
  }
}

// The other way; what no output sees has no gradient.
static void join_maps(const char *restrict split, float *restrict gradient, char *restrict row,
                      struct phases phases, layer_shape layer) {
  const size_t stride = layer.stride;
  const struct run run = run_of(phases, layer);
  for (size_t c = 0; c < layer.channels; c++) {
    for (size_t i = 0; i < layer.rows; i++, gradient += layer.columns) {
      if (i >= phases.seen_rows) {
        memset(gradient, 0, layer.columns * sizeof *gradient);
        continue;
      }
      const size_t y = i + layer.top, first = (c * stride + y % stride) * stride;
      for (size_t q = 0; q < run.count; q++) {
        copy_runs(row + q * run.bytes, stride * phases.number_bytes,
                  split + row_place(first + q, y / stride, phases),
                  phases.block * phases.number_bytes, run.bytes, phases.columns);
      }
      empty_row(gradient, row, phases, layer);
    }
  }
}

// MARK: Memory

static size_t map_floats(struct phases phases, layer_shape layer) {
  const size_t bytes = images_of_largest_part(phases, layer) * phases.image_bytes;
  return whole_lines(parts_of(bytes, sizeof(float)));
}

static size_t row_floats(struct phases phases, layer_shape layer) {
  return whole_lines(parts_of(row_bytes(phases, layer), sizeof(float)));
}

// What all passes have: weights, phases, a row and one of zeros.
static size_t common_floats(struct phases phases, layer_shape layer) {
  return whole_lines(weight_floats(phases, layer)) + map_floats(phases, layer) +
         2 * row_floats(phases, layer);
}

size_t tandem_phases_forward_scratch(enum tandem_winograd_set set, layer_shape layer) {
  const struct phases phases = phases_of(set, layer);
  const size_t images = images_of_largest_part(phases, layer);
  return common_floats(phases, layer) +
         tandem_winograd_forward_scratch(set, convolution_of(phases, images, layer));
}

size_t tandem_phases_backward_scratch(enum tandem_winograd_set set, layer_shape layer) {
  const struct phases phases = phases_of(set, layer);
  const size_t images = images_of_largest_part(phases, layer);
  return common_floats(phases, layer) +
         tandem_winograd_backward_scratch(set, convolution_of(phases, images, layer));
}

size_t tandem_phases_gradient_scratch(enum tandem_winograd_set set, layer_shape layer) {
  const struct phases phases = phases_of(set, layer);
  const size_t images = images_of_largest_part(phases, layer);
  // And the gradients of one part: those of all are summed where the others have weights.
  return common_floats(phases, layer) + whole_lines(weight_floats(phases, layer)) +
         whole_lines(layer.output_channels) +
         tandem_winograd_gradient_scratch(set, convolution_of(phases, images, layer));
}

// Where things are in scratch memory.
struct memory {
  float *weights;
  char *maps, *row, *zeros;
  float *rest;
};

static struct memory memory_of(float *scratch, struct phases phases, layer_shape layer) {
  float *maps = scratch + whole_lines(weight_floats(phases, layer));
  float *row = maps + map_floats(phases, layer), *zeros = row + row_floats(phases, layer);
  float *rest = zeros + row_floats(phases, layer);
  memset(row, 0, (size_t)(rest - row) * sizeof *row);
  return (struct memory){scratch, (char *)maps, (char *)row, (char *)zeros, rest};
}

// The last block of channels, where phases do not fill it, is filled up with zeros once: nobody
// writes them again.
static void clear_last_blocks(struct memory memory, struct phases phases, layer_shape layer) {
  if (phases.channels % phases.block == 0) return;
  char *end = memory.maps;
  for (size_t image = 0; image < images_of_largest_part(phases, layer); image++) {
    end += phases.image_bytes;
    memset(end - phases.block_bytes, 0, phases.block_bytes);
  }
}

// MARK: Passes

// Some of the images.
struct part {
  size_t start, count;
};
static struct part part_of(size_t number, struct phases phases, layer_shape layer) {
  const size_t start = part_start(layer.images, phases.parts, number);
  return (struct part){start, part_start(layer.images, phases.parts, number + 1) - start};
}

static size_t source_floats(layer_shape layer) {
  return layer.channels * layer.rows * layer.columns;
}

static size_t output_bytes(struct phases phases, layer_shape layer) {
  return parts_of(layer.output_channels, phases.block) * phases.block * layer.output_rows *
         layer.output_columns * phases.number_bytes;
}

static void split_part(const float *source, struct part part, struct memory memory,
                       struct phases phases, layer_shape layer) {
  for (size_t image = 0; image < part.count; image++) {
    split_maps(source + (part.start + image) * source_floats(layer),
               memory.maps + image * phases.image_bytes, memory.row, memory.zeros, phases, layer);
  }
}

void tandem_phases_forward(enum tandem_winograd_set set, const float *restrict source,
                           const float *restrict weights, const float *restrict bias,
                           bool rectifies, void *restrict destination, float *restrict scratch,
                           layer_shape layer) {
  const struct phases phases = phases_of(set, layer);
  const struct memory memory = memory_of(scratch, phases, layer);
  clear_last_blocks(memory, phases, layer);
  split_weights(weights, memory.weights, phases, layer);
  for (size_t number = 0; number < phases.parts; number++) {
    const struct part part = part_of(number, phases, layer);
    split_part(source, part, memory, phases, layer);
    tandem_winograd_forward(set, memory.maps, memory.weights, bias, rectifies,
                            (char *)destination + part.start * output_bytes(phases, layer),
                            memory.rest, convolution_of(phases, part.count, layer));
  }
}

void tandem_phases_backward_input(enum tandem_winograd_set set,
                                  const void *restrict output_gradient,
                                  const float *restrict weights, float *restrict source_gradient,
                                  float *restrict scratch, layer_shape layer) {
  const struct phases phases = phases_of(set, layer);
  const struct memory memory = memory_of(scratch, phases, layer);
  split_weights(weights, memory.weights, phases, layer);
  for (size_t number = 0; number < phases.parts; number++) {
    const struct part part = part_of(number, phases, layer);
    tandem_winograd_backward_input(
        set, (const char *)output_gradient + part.start * output_bytes(phases, layer),
        memory.weights, memory.maps, memory.rest, convolution_of(phases, part.count, layer));
    for (size_t image = 0; image < part.count; image++) {
      join_maps(memory.maps + image * phases.image_bytes,
                source_gradient + (part.start + image) * source_floats(layer), memory.row, phases,
                layer);
    }
  }
}

static void add(float *restrict sums, const float *restrict numbers, size_t count) {
  for (size_t i = 0; i < count; i++) sums[i] += numbers[i];
}

void tandem_phases_backward_parameters(enum tandem_winograd_set set, const float *restrict source,
                                       const void *restrict output_gradient,
                                       float *restrict weight_gradient,
                                       float *restrict bias_gradient, float *restrict scratch,
                                       layer_shape layer) {
  const struct phases phases = phases_of(set, layer);
  const struct memory memory = memory_of(scratch, phases, layer);
  const size_t count = weight_floats(phases, layer), outputs = layer.output_channels;
  float *part_weights = memory.rest, *part_biases = part_weights + whole_lines(count);
  float *rest = part_biases + whole_lines(outputs);
  clear_last_blocks(memory, phases, layer);
  for (size_t number = 0; number < phases.parts; number++) {
    const struct part part = part_of(number, phases, layer);
    const bool is_first = number == 0;
    split_part(source, part, memory, phases, layer);
    tandem_winograd_backward_parameters(
        set, memory.maps, (const char *)output_gradient + part.start * output_bytes(phases, layer),
        is_first ? memory.weights : part_weights,
        !bias_gradient || is_first ? bias_gradient : part_biases, rest,
        convolution_of(phases, part.count, layer));
    if (is_first) continue;
    add(memory.weights, part_weights, count);
    if (bias_gradient) add(bias_gradient, part_biases, outputs);
  }
  join_weights(memory.weights, weight_gradient, phases, layer);
}
