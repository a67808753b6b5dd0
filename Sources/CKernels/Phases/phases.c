#include "Phases/phases.h"

#include <string.h>

#include "Vectors/bfloat16.h"

typedef struct tandem_phases_layer layer_shape;

// Phases of so many floats at once, of one image at least: the weights are transformed for each
// part of the images, and what is made for it should still be in a cache.
enum { most_phase_floats = 1 << 20 };

static size_t parts_of(size_t count, size_t most) { return (count + most - 1) / most; }
// Where part number `part` of so many, which differ by one at most, starts.
static size_t part_start(size_t count, size_t parts, size_t part) { return count * part / parts; }
// Floats of memory after which the next begins a line.
static size_t whole_lines(size_t floats) { return parts_of(floats, 16) * 16; }

// The maps of phases and how they are in memory.
struct phases {
  size_t kernel;                  // rows and columns
  size_t channels, blocks;        // all phases of all channels
  size_t rows, columns;
  size_t block;                   // channels of one
  size_t number_bytes;
  size_t image_bytes;
  size_t parts;  // of the images, each made at once
};

static struct phases phases_of(enum tandem_winograd_set set, layer_shape layer) {
  struct phases phases = {
      .kernel = parts_of(layer.kernel, layer.stride),
      .channels = layer.channels * layer.stride * layer.stride,
      .block = tandem_winograd_block(set),
      .number_bytes =
          set == tandem_winograd_avx512_bf16 ? sizeof(tandem_bfloat16) : sizeof(float),
  };
  phases.blocks = parts_of(phases.channels, phases.block);
  phases.rows = layer.output_rows + phases.kernel - 1;
  phases.columns = layer.output_columns + phases.kernel - 1;
  const size_t floats = phases.blocks * phases.block * phases.rows * phases.columns;
  phases.image_bytes = floats * phases.number_bytes;
  const size_t most = most_phase_floats / floats;
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

// A row of the input with zeros around it, in the type of phases: as long as all phases of a row,
// or as the input where it has columns that nobody sees.
static size_t row_numbers(struct phases phases, layer_shape layer) {
  const size_t seen = phases.columns * layer.stride, whole = layer.left + layer.columns;
  return seen > whole ? seen : whole;
}

static void fill_row(void *restrict row, const float *restrict numbers, struct phases phases,
                     layer_shape layer) {
  const size_t seen = phases.columns * layer.stride, rest = seen - layer.left;
  const size_t count = layer.columns < rest ? layer.columns : rest;
  char *start = (char *)row + layer.left * phases.number_bytes;
  if (phases.number_bytes == sizeof(float)) {
    memcpy(start, numbers, count * sizeof *numbers);
  } else {
    tandem_bfloat16_from_floats((tandem_bfloat16 *)start, numbers, count);
  }
}

static void empty_row(float *restrict numbers, const void *restrict row, struct phases phases,
                      layer_shape layer) {
  const char *start = (const char *)row + layer.left * phases.number_bytes;
  if (phases.number_bytes == sizeof(float)) {
    memcpy(numbers, start, layer.columns * sizeof *numbers);
  } else {
    tandem_floats_from_bfloat16(numbers, (const tandem_bfloat16 *)start, layer.columns);
  }
}

// So many bytes from each of `count` places to another: between a row, where they follow each
// other, and the pixels of phases.
#define EACH_RUN(BYTES)                                                                        \
  for (size_t i = 0; i < count; i++, to += to_step, from += from_step) memcpy(to, from, BYTES)
static void copy_runs(char *restrict to, size_t to_step, const char *restrict from,
                      size_t from_step, size_t bytes, size_t count) {
  switch (bytes) {
    case 2: EACH_RUN(2); break;
    case 4: EACH_RUN(4); break;
    case 8: EACH_RUN(8); break;
    case 16: EACH_RUN(16); break;
    default: EACH_RUN(bytes);
  }
}

// A row of the input is row i of s phases, which are neighbouring channels: s numbers of it follow
// each other there, where no block ends between them.
struct run {
  size_t count, bytes;
};
static struct run run_of(struct phases phases, layer_shape layer) {
  const size_t numbers = phases.block % layer.stride == 0 ? layer.stride : 1;
  return (struct run){layer.stride / numbers, numbers * phases.number_bytes};
}

// Bytes from the start of an image's phases to a run of a row of them.
static size_t run_place(size_t channel, size_t row, struct phases phases) {
  const size_t pixel = ((channel / phases.block) * phases.rows + row) * phases.columns;
  return (pixel * phases.block + channel % phases.block) * phases.number_bytes;
}

// One image. `row` is memory for a row, its first and last numbers zeros.
static void split_maps(const float *restrict source, char *restrict split, char *restrict row,
                       struct phases phases, layer_shape layer) {
  const size_t stride = layer.stride;
  const struct run run = run_of(phases, layer);
  char *zeros = row + row_numbers(phases, layer) * phases.number_bytes;
  for (size_t c = 0; c < layer.channels; c++) {
    for (size_t y = 0; y < phases.rows * stride; y++) {
      const bool is_inside = y >= layer.top && y - layer.top < layer.rows;
      if (is_inside) {
        fill_row(row, source + (c * layer.rows + y - layer.top) * layer.columns, phases, layer);
      }
      const char *from = is_inside ? row : zeros;
      const size_t first = (c * stride + y % stride) * stride;
      for (size_t q = 0; q < run.count; q++, from += run.bytes) {
        const size_t place = run_place(first + q, y / stride, phases);
        copy_runs(split + place, phases.block * phases.number_bytes, from,
                  stride * phases.number_bytes, run.bytes, phases.columns);
      }
    }
  }
}

static void join_maps(const char *restrict split, float *restrict gradient, char *restrict row,
                      struct phases phases, layer_shape layer) {
  const size_t stride = layer.stride;
  const struct run run = run_of(phases, layer);
  for (size_t c = 0; c < layer.channels; c++) {
    for (size_t i = 0; i < layer.rows; i++, gradient += layer.columns) {
      const size_t y = i + layer.top;
      if (y >= phases.rows * stride) {
        memset(gradient, 0, layer.columns * sizeof *gradient);
        continue;
      }
      const size_t first = (c * stride + y % stride) * stride;
      for (size_t q = 0; q < run.count; q++) {
        const size_t place = run_place(first + q, y / stride, phases);
        copy_runs(row + q * run.bytes, stride * phases.number_bytes, split + place,
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

// Two rows, of which one stays zero.
static size_t row_bytes(struct phases phases, layer_shape layer) {
  return 2 * row_numbers(phases, layer) * phases.number_bytes;
}

static size_t row_floats(struct phases phases, layer_shape layer) {
  return whole_lines(parts_of(row_bytes(phases, layer), sizeof(float)));
}

// What all passes have: weights, phases and rows.
static size_t common_floats(struct phases phases, layer_shape layer) {
  return whole_lines(weight_floats(phases, layer)) + map_floats(phases, layer) +
         row_floats(phases, layer);
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
  // The sums of all parts, too.
  return common_floats(phases, layer) + whole_lines(weight_floats(phases, layer)) +
         whole_lines(layer.output_channels) +
         tandem_winograd_gradient_scratch(set, convolution_of(phases, images, layer));
}

// Where things are in scratch memory.
struct memory {
  float *weights;
  char *maps, *row;
  float *rest;
};

static struct memory memory_of(float *scratch, struct phases phases, layer_shape layer) {
  struct memory memory = {.weights = scratch};
  float *maps = scratch + whole_lines(weight_floats(phases, layer));
  float *row = maps + map_floats(phases, layer);
  memory.maps = (char *)maps;
  memory.row = (char *)row;
  memory.rest = row + row_floats(phases, layer);
  memset(memory.row, 0, row_bytes(phases, layer));
  return memory;
}

// Blocks that phases do not fill are filled up once: nobody writes there.
static void clear_maps(struct memory memory, struct phases phases, layer_shape layer) {
  if (phases.channels % phases.block == 0) return;
  memset(memory.maps, 0, images_of_largest_part(phases, layer) * phases.image_bytes);
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
               memory.maps + image * phases.image_bytes, memory.row, phases, layer);
  }
}

void tandem_phases_forward(enum tandem_winograd_set set, const float *restrict source,
                           const float *restrict weights, const float *restrict bias,
                           bool rectifies, void *restrict destination, float *restrict scratch,
                           layer_shape layer) {
  const struct phases phases = phases_of(set, layer);
  const struct memory memory = memory_of(scratch, phases, layer);
  clear_maps(memory, phases, layer);
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
  float *weights = memory.rest, *biases = weights + whole_lines(count);
  float *rest = biases + whole_lines(outputs);
  clear_maps(memory, phases, layer);
  for (size_t number = 0; number < phases.parts; number++) {
    const struct part part = part_of(number, phases, layer);
    const bool is_first = number == 0;
    split_part(source, part, memory, phases, layer);
    tandem_winograd_backward_parameters(
        set, memory.maps, (const char *)output_gradient + part.start * output_bytes(phases, layer),
        is_first ? memory.weights : weights, !bias_gradient || is_first ? bias_gradient : biases,
        rest, convolution_of(phases, part.count, layer));
    if (is_first) continue;
    add(memory.weights, weights, count);
    if (bias_gradient) add(bias_gradient, biases, outputs);
  }
  join_weights(memory.weights, weight_gradient, phases, layer);
}
