// The passes of a convolution, for one set of instructions: included by each of them after
// products.h and tiles.h.

// So many factors, filled up to an odd number of cache lines.
static size_t odd_factors(size_t count) { return odd_lines(count, sizeof(factor)); }
static size_t odd_floats(size_t count) { return odd_lines(count, sizeof(float)); }

// A rest of half as many more is not worth a sum of its own.
enum {
  blocks_of_sum = channels_of_sum / lane_count,
  most_blocks_of_sum = blocks_of_sum + blocks_of_sum / 2,
};

// Outputs are in pairs of blocks, the last one perhaps alone: how many blocks the pair has that
// starts with this one.
static size_t panel_blocks(size_t block, size_t blocks) {
  return blocks - block < blocks_of_panel ? blocks - block : blocks_of_panel;
}

// MARK: Weights

enum { blocks_ahead = 3 };

// The kernels of a block of outputs and a block of channels, one output in each lane:
// [channel][kernel element].
static void load_kernels(const float *weights, size_t outputs, size_t inputs, size_t output_block,
                         size_t block, size_t elements, float *kernels) {
  const size_t row_floats = lane_count * elements;
  float rows[lane_count * lane_count * 25] __attribute__((aligned(64)));
  const size_t first = block * lane_count;
  const size_t channels = inputs - first < lane_count ? inputs - first : lane_count;
  for (size_t o = 0; o < lane_count; o++) {
    const size_t output = output_block * lane_count + o;
    const size_t floats = output < outputs ? channels * elements : 0;
    float *row = rows + o * row_floats;
    memcpy(row, weights + (output * inputs + first) * elements, floats * sizeof *row);
    memset(row + floats, 0, (row_floats - floats) * sizeof *row);
  }
  for (size_t part = 0; part < elements; part++) {
    lanes square[lane_count];
    WINOGRAD_UNROLL for (int o = 0; o < lane_count; o++) {
      square[o] = LOAD(rows + o * row_floats + part * lane_count);
    }
    transpose(square);
    WINOGRAD_UNROLL for (int i = 0; i < lane_count; i++) {
      STORE(kernels + (part * lane_count + i) * lane_count, square[i]);
    }
  }
}

// Brings them nearer, for later.
static void prefetch_kernels(const float *weights, size_t outputs, size_t inputs,
                             size_t output_block, size_t block, size_t elements) {
  const size_t first = output_block * lane_count, last = first + lane_count;
  for (size_t output = first; output < last && output < outputs; output++) {
    const char *row = (const char *)(weights + (output * inputs + block * lane_count) * elements);
    for (size_t byte = 0; byte < lane_count * elements * sizeof *weights; byte += 64) {
      __builtin_prefetch(row + byte, 0, 2);
    }
  }
}

// The same with one channel in each lane, [output][kernel element], and kernels turned by 180
// degrees.
static void turn_kernels(const float *kernels, size_t elements, float *turned) {
  for (size_t element = 0; element < elements; element++) {
    lanes square[lane_count];
    WINOGRAD_UNROLL for (int c = 0; c < lane_count; c++) {
      square[c] = LOAD(kernels + (c * elements + element) * lane_count);
    }
    transpose(square);
    WINOGRAD_UNROLL for (int o = 0; o < lane_count; o++) {
      STORE(turned + (o * elements + elements - 1 - element) * lane_count, square[o]);
    }
  }
}

WINOGRAD_INLINE void transform_kernels(const int kernel, const float *kernels, factor *u,
                                       size_t u_step, size_t step) {
  const int elements = kernel * kernel;
  float evaluated[terms][tile_points * lane_count] __attribute__((aligned(64)));
  for (size_t c = 0; c < lane_count; c += terms, u += u_step) {
    for (size_t term = 0; term < terms; term++) {
      lanes numbers[25];
      WINOGRAD_UNROLL for (int i = 0; i < elements; i++) {
        numbers[i] = LOAD(kernels + ((c + term) * elements + i) * lane_count);
      }
      // Single terms need no memory between.
      store_evaluated(numbers, terms == 1 ? (float *)u : evaluated[term],
                      terms == 1 ? step : lane_count, kernel, true);
    }
    if (terms > 1) store_terms(evaluated, u, step);
  }
}

// Transformed weights of one panel of outputs from some blocks of channels:
// [point][block][channel / terms][output of the panel][term], from one point to the next `step`.
// `weights` are those of one group.
static void transform_panel(const float *weights, size_t output, size_t panel, size_t first_block,
                            size_t blocks, factor *transformed, size_t step,
                            const struct winograd_pass *pass) {
  const size_t elements = pass->kernel * pass->kernel;
  float kernels[lane_count * lane_count * 25] __attribute__((aligned(64)));
  float turned[lane_count * lane_count * 25] __attribute__((aligned(64)));
  for (size_t block = 0; block < blocks; block++) {
    for (size_t p = 0; p < panel; p++) {
      const size_t from = first_block + block, to = output + p;
      const size_t later = from + blocks_ahead;
      prefetch_kernels(weights, pass->outputs, pass->inputs, pass->turns ? later : to,
                       pass->turns ? to : later, elements);
      load_kernels(weights, pass->outputs, pass->inputs, pass->turns ? from : to,
                   pass->turns ? to : from, elements, kernels);
      if (pass->turns) turn_kernels(kernels, elements, turned);
      factor *u = transformed + (block * lane_count * panel + p * terms) * lane_count;
      const float *chosen = pass->turns ? turned : kernels;
      const size_t u_step = panel * lane_count * terms;
      switch (pass->kernel) {
        case 3: transform_kernels(3, chosen, u, u_step, step); break;
        case 4: transform_kernels(4, chosen, u, u_step, step); break;
        default: transform_kernels(5, chosen, u, u_step, step);
      }
    }
  }
}

// MARK: Forward, and backward to the input

// Memory to bring nearer meanwhile: so many bytes in equal parts.
struct ahead {
  const char *start;
  size_t bytes, parts;
};

// One point's products of some tiles by one panel of outputs from `blocks` blocks of channels, or
// that much more.
WINOGRAD_INLINE void multiply_point(const factor *v, const factor *u, float *m, size_t tiles,
                                    size_t panel, size_t blocks, bool adds, struct ahead ahead) {
  const size_t parts = (tiles + most_rows - 1) / most_rows;
  const size_t brought = ahead.parts < parts ? ahead.parts : parts;
  for (size_t block = 0, summed; block < blocks; block += summed) {
    summed = blocks - block <= most_blocks_of_sum ? blocks - block : blocks_of_sum;
    const size_t rounds = summed * lane_count / terms;
    const char *start = ahead.start + ahead.bytes * block / blocks;
    const size_t step = ahead.bytes * summed / (blocks * brought * rounds);
    for (size_t part = 0; part < parts; part++) {
      const size_t first = part_start(tiles, parts, part);
      const size_t rows = part_start(tiles, parts, part + 1) - first;
      products[rows][panel - 1](v + (block * tiles + first) * lane_count, tiles * lane_count,
                                u + block * lane_count * panel * lane_count, summed,
                                m + first * lane_count, tiles * lane_count,
                                start + (part < brought ? part * rounds * step : 0),
                                part < brought ? step : 0, adds || block > 0);
    }
  }
}

// A part of a pass: some tiles of one group.
struct some_tiles {
  const float *weights;  // of the group
  const float *bias;     // of the group, or null
  size_t first_input, first_output, start, count;
  size_t next_count;     // of the part that comes next, or 0
};

// All outputs of some tiles, with all weights transformed: [point][panel][channel / terms][output
// of the panel][term].
static void convolve_by_tiles(const map_number *source, const factor *u, size_t u_point,
                              bool rectifies, map_number *destination, void *scratch,
                              struct some_tiles part, const struct winograd_pass *pass) {
  const size_t tiles = part.count, outputs = pass->output_blocks;
  const size_t v_point = odd_factors(tiles * pass->blocks * lane_count);
  const size_t m_point = odd_floats(tiles * outputs * lane_count);
  const size_t channels = pass->blocks * lane_count;
  factor *v = scratch;
  float *m = (float *)(v + tile_points * v_point);
  store_inputs(source, part.first_input, pass->blocks, part.start, tiles, v, v_point, pass);
  struct prefetch prefetch = {source, part.first_input, pass->blocks, part.start + tiles,
                              part.next_count, tile_step(pass->kernel), pass->top, pass->left,
                              input_maps(pass),
                              tile_points * ((outputs + 1) / blocks_of_panel), 0, 0};
  for (size_t point = 0; point < tile_points; point++) {
    for (size_t output = 0; output < outputs; output += blocks_of_panel) {
      prefetch_some(&prefetch, pass);
      const size_t panel = panel_blocks(output, outputs);
      const factor *panel_u = u + point * u_point + output * channels * lane_count;
      // The panel that comes next.
      const factor *next = panel_u + channels * panel * lane_count;
      if (output + blocks_of_panel >= outputs) next = u + (point + 1) % tile_points * u_point;
      const struct ahead ahead = {(const char *)next, channels * panel * lane_count * sizeof *u, 2};
      multiply_point(v + point * v_point, panel_u, m + point * m_point + output * tiles * lane_count,
                     tiles, panel, pass->blocks, false, ahead);
    }
  }
  put_outputs(m, m_point, part.bias, rectifies, part.first_output, outputs, part.start, tiles,
              destination, pass);
}

// The same with a few weights transformed at a time.
static void convolve_by_panels(const map_number *source, bool rectifies, map_number *destination,
                               void *scratch, struct some_tiles part,
                               const struct winograd_pass *pass) {
  const size_t tiles = part.count;
  const size_t u_point =
      odd_factors(pass->chunk * pass->output_chunk * lane_count * lane_count);
  const size_t v_point = odd_factors(tiles * pass->blocks * lane_count);
  const size_t m_point = odd_floats(tiles * pass->output_chunk * lane_count);
  factor *u = scratch, *v = u + tile_points * u_point;
  float *m = (float *)(v + tile_points * v_point);
  store_inputs(source, part.first_input, pass->blocks, part.start, tiles, v, v_point, pass);
  for (size_t output = 0; output < pass->output_blocks; output += blocks_of_panel) {
    const size_t panel = panel_blocks(output, pass->output_blocks);
    for (size_t block = 0; block < pass->blocks; block += pass->chunk) {
      const size_t rest = pass->blocks - block;
      const size_t blocks = rest < pass->chunk ? rest : pass->chunk;
      transform_panel(part.weights, output, panel, block, blocks, u, u_point, pass);
      for (size_t point = 0; point < tile_points; point++) {
        const factor *point_v = v + point * v_point + block * tiles * lane_count;
        // The tiles that come next.
        const factor *next = point + 1 < tile_points ? point_v + v_point : v;
        const struct ahead ahead = {(const char *)next, blocks * tiles * lane_count * sizeof *v,
                                    tiles};
        multiply_point(point_v, u + point * u_point, m + point * m_point, tiles, panel, blocks,
                       block > 0, ahead);
      }
    }
    put_outputs(m, m_point, part.bias ? part.bias + output * lane_count : 0, rectifies,
                part.first_output + output, panel, part.start, tiles, destination, pass);
  }
}

static void convolve(const void *source, const float *weights, const float *bias, bool rectifies,
                     void *destination, float *scratch, struct winograd_pass pass) {
  const size_t total = winograd_tiles(pass);
  const size_t parts = (total + pass.tiles - 1) / pass.tiles;
  const size_t u_point = odd_factors(pass.blocks * pass.output_blocks * lane_count * lane_count);
  factor *u = (factor *)scratch;
  for (size_t group = 0; group < pass.groups; group++) {
    const float *of_group =
        weights + group * pass.outputs * pass.inputs * pass.kernel * pass.kernel;
    const size_t first_output = group * pass.output_blocks;
    if (!pass.by_panels) {
      for (size_t output = 0; output < pass.output_blocks; output += blocks_of_panel) {
        transform_panel(of_group, output, panel_blocks(output, pass.output_blocks), 0, pass.blocks,
                        u + output * pass.blocks * lane_count * lane_count, u_point, &pass);
      }
    }
    for (size_t part = 0; part < parts; part++) {
      const size_t start = part_start(total, parts, part), end = part_start(total, parts, part + 1);
      const struct some_tiles some = {
          of_group, bias ? bias + first_output * lane_count : 0, group * pass.blocks, first_output,
          start, end - start, part + 1 < parts ? part_start(total, parts, part + 2) - end : 0};
      if (pass.by_panels) {
        convolve_by_panels(source, rectifies, destination, scratch, some, &pass);
      } else {
        convolve_by_tiles(source, u, u_point, rectifies, destination, u + tile_points * u_point,
                          some, &pass);
      }
    }
  }
  // Stores past the caches are seen by all before what follows.
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

// MARK: Backward to the weights

// The kernels' gradients from [point][block][panel][channel][output of the panel].
WINOGRAD_INLINE void collect_kernels(const int kernel, const float *sums, size_t sums_step,
                                     size_t step, float *kernels) {
  const int elements = kernel * kernel;
  for (size_t c = 0; c < lane_count; c++, sums += sums_step) {
    lanes numbers[25];
    load_collected(sums, step, numbers, kernel, true);
    WINOGRAD_UNROLL for (int i = 0; i < elements; i++) {
      STORE(kernels + (c * elements + i) * lane_count, numbers[i]);
    }
  }
}

// To plain order, as `load_kernels` reads them.
static void put_kernels(const float *kernels, float *weights, size_t outputs, size_t inputs,
                        size_t output_block, size_t block, size_t elements) {
  const size_t row_floats = lane_count * elements;
  float rows[lane_count * lane_count * 25] __attribute__((aligned(64)));
  for (size_t part = 0; part < elements; part++) {
    lanes square[lane_count];
    WINOGRAD_UNROLL for (int i = 0; i < lane_count; i++) {
      square[i] = LOAD(kernels + (part * lane_count + i) * lane_count);
    }
    transpose(square);
    WINOGRAD_UNROLL for (int o = 0; o < lane_count; o++) {
      STORE(rows + o * row_floats + part * lane_count, square[o]);
    }
  }
  const size_t first = block * lane_count;
  const size_t channels = inputs - first < lane_count ? inputs - first : lane_count;
  for (size_t o = 0; o < lane_count && output_block * lane_count + o < outputs; o++) {
    const size_t output = output_block * lane_count + o;
    memcpy(weights + (output * inputs + first) * elements, rows + o * row_floats,
           channels * elements * sizeof *rows);
  }
}

// One chunk of channels and of outputs of one group.
struct chunk {
  size_t group;
  size_t input, inputs, output, outputs;  // blocks of the group: the first ones and how many
};

static void sum_products(const map_number *source, const map_number *output_gradient,
                         float *bias_gradient, float *sums, size_t sums_point, void *scratch,
                         struct chunk chunk, const struct winograd_pass *pass) {
  const size_t total = winograd_tiles(*pass);
  const size_t parts = (total + pass->tiles - 1) / pass->tiles;
  const size_t first_input = chunk.group * pass->blocks + chunk.input;
  const size_t first_output = chunk.group * pass->output_blocks + chunk.output;
  for (size_t part = 0; part < parts; part++) {
    const size_t start = part_start(total, parts, part);
    const size_t tiles = part_start(total, parts, part + 1) - start;
    const size_t block_step = whole_terms(tiles, terms) * lane_count;
    const size_t v_point = odd_factors(chunk.inputs * block_step);
    const size_t d_point = odd_factors(chunk.outputs * block_step);
    factor *v = scratch, *d = v + tile_points * v_point;
    store_input_terms(source, first_input, chunk.inputs, start, tiles, v, v_point, pass);
    store_gradients(output_gradient, first_output, chunk.outputs, start, tiles, d, d_point,
                    bias_gradient && chunk.input == 0 ? bias_gradient + first_output * lane_count : 0,
                    pass);
    for (size_t point = 0; point < tile_points; point++) {
      for (size_t block = 0; block < chunk.inputs; block++) {
        const factor *block_v = v + point * v_point + block * block_step;
        float *to = sums + point * sums_point + block * lane_count * chunk.outputs * lane_count;
        for (size_t output = 0; output < chunk.outputs; output += blocks_of_panel) {
          const size_t panel = panel_blocks(output, chunk.outputs);
          const factor *panel_d = d + point * d_point + output * block_step;
          for (size_t row = 0; row < lane_count; row += rows_of_gradient) {
            (panel == 1 ? outer_product_1 : outer_product_2)(
                block_v + row * terms, panel_d, block_step, tiles, to, part > 0);
            to += rows_of_gradient * panel * lane_count;
          }
        }
      }
    }
  }
}

static void correlate(const void *source, const void *output_gradient, float *weight_gradient,
                      float *bias_gradient, float *scratch, struct winograd_pass pass) {
  const size_t elements = pass.kernel * pass.kernel;
  if (bias_gradient) {
    memset(bias_gradient, 0,
           pass.groups * pass.output_blocks * lane_count * sizeof *bias_gradient);
  }
  float kernels[lane_count * lane_count * 25] __attribute__((aligned(64)));
  for (size_t group = 0; group < pass.groups; group++) {
    float *weights = weight_gradient + group * pass.outputs * pass.inputs * elements;
    for (size_t output = 0; output < pass.output_blocks; output += pass.output_chunk) {
      for (size_t input = 0; input < pass.blocks; input += pass.chunk) {
        const size_t rest = pass.blocks - input, output_rest = pass.output_blocks - output;
        const struct chunk chunk = {group, input, rest < pass.chunk ? rest : pass.chunk, output,
                                    output_rest < pass.output_chunk ? output_rest
                                                                    : pass.output_chunk};
        const size_t point = odd_floats(chunk.inputs * chunk.outputs * lane_count * lane_count);
        float *sums = scratch;
        sum_products(source, output_gradient, bias_gradient, sums, point,
                     scratch + tile_points * point, chunk, &pass);
        for (size_t block = 0; block < chunk.inputs; block++) {
          const float *of_block = sums + block * lane_count * chunk.outputs * lane_count;
          for (size_t o = 0; o < chunk.outputs; o++) {
            const size_t in_panel = o % blocks_of_panel;
            const size_t panel = panel_blocks(o - in_panel, chunk.outputs);
            const float *from =
                of_block + ((o - in_panel) * lane_count + in_panel) * lane_count;
            const size_t from_step = panel * lane_count;
            switch (pass.kernel) {
              case 3: collect_kernels(3, from, from_step, point, kernels); break;
              case 4: collect_kernels(4, from, from_step, point, kernels); break;
              default: collect_kernels(5, from, from_step, point, kernels);
            }
            put_kernels(kernels, weights, pass.outputs, pass.inputs, output + o, input + block,
                        elements);
          }
        }
      }
    }
  }
}
