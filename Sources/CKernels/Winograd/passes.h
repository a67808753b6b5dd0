// The passes of a convolution, for one set of instructions: included by each of them after
// products.h and tiles.h.

enum { blocks_of_sum = channels_of_sum / lane_count };

// Floats from one point's transformed weights to the next one's.
static size_t weights_step(size_t blocks, size_t output_blocks) {
  return odd_lines(blocks * output_blocks * lane_count * lane_count);
}
// Of the panel that starts with a block of outputs: outputs are in pairs of blocks, the last one
// perhaps alone.
static const float *panel_of(const float *u, size_t output_block, size_t blocks) {
  return u + output_block * blocks * lane_count * lane_count;
}
static size_t panel_blocks(size_t block, size_t blocks) {
  return blocks - block < blocks_of_panel ? blocks - block : blocks_of_panel;
}

// MARK: Weights

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

WINOGRAD_INLINE void transform_kernels(const int kernel, const float *kernels, float *u,
                                       size_t u_step, size_t step) {
  const int elements = kernel * kernel;
  for (size_t c = 0; c < lane_count; c++, u += u_step) {
    lanes numbers[25];
    WINOGRAD_UNROLL for (int i = 0; i < elements; i++) {
      numbers[i] = LOAD(kernels + (c * elements + i) * lane_count);
    }
    store_evaluated(numbers, u, step, kernel, true);
  }
}

static void transform_weights(const float *weights, float *transformed, size_t outputs,
                              size_t inputs, size_t kernel, bool turned) {
  const size_t elements = kernel * kernel;
  const size_t input_blocks = (inputs + lane_count - 1) / lane_count;
  const size_t output_blocks = (outputs + lane_count - 1) / lane_count;
  // Of the pass: backward, gradients of outputs come in.
  const size_t from_blocks = turned ? output_blocks : input_blocks;
  const size_t to_blocks = turned ? input_blocks : output_blocks;
  const size_t step = weights_step(from_blocks, to_blocks);
  float kernels[lane_count * lane_count * 25] __attribute__((aligned(64)));
  float turned_kernels[lane_count * lane_count * 25] __attribute__((aligned(64)));
  for (size_t to = 0; to < to_blocks; to++) {
    const size_t in_panel = to % blocks_of_panel;
    const size_t panel = panel_blocks(to - in_panel, to_blocks);
    for (size_t from = 0; from < from_blocks; from++) {
      load_kernels(weights, outputs, inputs, turned ? from : to, turned ? to : from, elements,
                   kernels);
      if (turned) turn_kernels(kernels, elements, turned_kernels);
      float *u = transformed + (to - in_panel) * from_blocks * lane_count * lane_count +
                 (from * lane_count * panel + in_panel) * lane_count;
      const float *chosen = turned ? turned_kernels : kernels;
      if (kernel == 3) {
        transform_kernels(3, chosen, u, panel * lane_count, step);
      } else {
        transform_kernels(5, chosen, u, panel * lane_count, step);
      }
    }
  }
}

// MARK: Forward, and backward to the input

// All 36 products of some tiles, with `blocks` blocks of outputs from `first_block` on.
static void multiply(const float *v, size_t v_point, const float *u, size_t u_point, float *m,
                     size_t m_point, size_t tiles, size_t first_block, size_t blocks,
                     struct prefetch *prefetch, const struct winograd_pass *pass) {
  const size_t parts = (tiles + most_rows - 1) / most_rows;
  const size_t channels = pass->blocks * lane_count, last = first_block + blocks;
  for (size_t point = 0; point < tile_points; point++) {
    for (size_t output = first_block; output < last; output += blocks_of_panel) {
      prefetch_some(prefetch, pass);
      const size_t panel = panel_blocks(output, pass->output_blocks);
      const float *panel_u = panel_of(u + point * u_point, output, pass->blocks);
      // The panel that comes next is brought nearer, half of it by each of two parts.
      const float *next = panel_u + channels * panel * lane_count;
      if (output + blocks_of_panel >= last) {
        next = panel_of(u + (point + 1) % tile_points * u_point, first_block, pass->blocks);
      }
      const size_t halves = parts > 1 ? 2 : 1;
      for (size_t block = 0; block < pass->blocks; block += blocks_of_sum) {
        const size_t summed =
            pass->blocks - block < blocks_of_sum ? pass->blocks - block : blocks_of_sum;
        const char *ahead = (const char *)(next + block * lane_count * panel * lane_count);
        const size_t ahead_step = panel * lane_count * sizeof(float) / halves;
        for (size_t part = 0; part < parts; part++) {
          const size_t start = part_start(tiles, parts, part);
          const size_t rows = part_start(tiles, parts, part + 1) - start;
          products[rows][panel - 1](
              v + point * v_point + (block * tiles + start) * lane_count, tiles * lane_count,
              panel_u + block * lane_count * panel * lane_count, summed,
              m + point * m_point + ((output - first_block) * tiles + start) * lane_count,
              tiles * lane_count, ahead + (part == 1 ? summed * lane_count * ahead_step : 0),
              part < halves ? ahead_step : 0, block > 0);
        }
      }
    }
  }
}

static void convolve(const float *source, const float *transformed, const float *bias,
                     bool rectifies, float *destination, float *scratch,
                     struct winograd_pass pass) {
  const size_t total = winograd_tiles(pass);
  const size_t parts = (total + pass.tiles - 1) / pass.tiles;
  const size_t u_point = weights_step(pass.blocks, pass.output_blocks);
  for (size_t group = 0; group < pass.groups; group++) {
    const float *u = transformed + group * tile_points * u_point;
    const size_t first_input = group * pass.blocks, first_output = group * pass.output_blocks;
    for (size_t part = 0; part < parts; part++) {
      const size_t start = part_start(total, parts, part);
      const size_t end = part_start(total, parts, part + 1), tiles = end - start;
      const size_t v_point = odd_lines(tiles * pass.blocks * lane_count);
      const size_t m_point = odd_lines(tiles * pass.output_chunk * lane_count);
      float *v = scratch, *m = scratch + tile_points * v_point;
      store_inputs(source, first_input, pass.blocks, start, tiles, v, v_point, &pass);
      struct prefetch prefetch = {
          source, first_input, pass.blocks, end,
          part + 1 < parts ? part_start(total, parts, part + 2) - end : 0,
          tile_step(pass.kernel), pass.top, pass.left, input_maps(&pass),
          tile_points * ((pass.output_blocks + 1) / blocks_of_panel), 0, 0};
      for (size_t block = 0; block < pass.output_blocks; block += pass.output_chunk) {
        const size_t rest = pass.output_blocks - block;
        const size_t blocks = rest < pass.output_chunk ? rest : pass.output_chunk;
        multiply(v, v_point, u, u_point, m, m_point, tiles, block, blocks, &prefetch, &pass);
        put_outputs(m, m_point, bias ? bias + (first_output + block) * lane_count : 0, rectifies,
                    first_output + block, blocks, start, tiles, destination, &pass);
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

static void sum_products(const float *source, const float *output_gradient, float *bias_gradient,
                         float *sums, size_t sums_point, float *scratch, struct chunk chunk,
                         const struct winograd_pass *pass) {
  const size_t total = winograd_tiles(*pass);
  const size_t parts = (total + pass->tiles - 1) / pass->tiles;
  const size_t first_input = chunk.group * pass->blocks + chunk.input;
  const size_t first_output = chunk.group * pass->output_blocks + chunk.output;
  for (size_t part = 0; part < parts; part++) {
    const size_t start = part_start(total, parts, part);
    const size_t tiles = part_start(total, parts, part + 1) - start;
    const size_t v_point = odd_lines(tiles * chunk.inputs * lane_count);
    const size_t d_point = odd_lines(tiles * chunk.outputs * lane_count);
    float *v = scratch, *d = scratch + tile_points * v_point;
    store_inputs(source, first_input, chunk.inputs, start, tiles, v, v_point, pass);
    store_gradients(output_gradient, first_output, chunk.outputs, start, tiles, d, d_point,
                    bias_gradient && chunk.input == 0 ? bias_gradient + first_output * lane_count : 0,
                    pass);
    for (size_t point = 0; point < tile_points; point++) {
      for (size_t block = 0; block < chunk.inputs; block++) {
        const float *block_v = v + point * v_point + block * tiles * lane_count;
        float *to = sums + point * sums_point + block * lane_count * chunk.outputs * lane_count;
        for (size_t output = 0; output < chunk.outputs; output += blocks_of_panel) {
          const size_t panel = panel_blocks(output, chunk.outputs);
          const float *panel_d = d + point * d_point + output * tiles * lane_count;
          for (size_t row = 0; row < lane_count; row += rows_of_gradient) {
            (panel == 1 ? outer_product_1 : outer_product_2)(
                block_v + row, panel_d, tiles * lane_count, tiles, to, part > 0);
            to += rows_of_gradient * panel * lane_count;
          }
        }
      }
    }
  }
}

static void correlate(const float *source, const float *output_gradient, float *weight_gradient,
                      float *bias_gradient, float *scratch, size_t outputs, size_t inputs,
                      struct winograd_pass pass) {
  const size_t elements = pass.kernel * pass.kernel;
  if (bias_gradient) {
    memset(bias_gradient, 0,
           pass.groups * pass.output_blocks * lane_count * sizeof *bias_gradient);
  }
  float kernels[lane_count * lane_count * 25] __attribute__((aligned(64)));
  for (size_t group = 0; group < pass.groups; group++) {
    float *weights = weight_gradient + group * outputs * inputs * elements;
    for (size_t output = 0; output < pass.output_blocks; output += pass.output_chunk) {
      for (size_t input = 0; input < pass.blocks; input += pass.chunk) {
        const size_t rest = pass.blocks - input, output_rest = pass.output_blocks - output;
        const struct chunk chunk = {group, input, rest < pass.chunk ? rest : pass.chunk, output,
                                    output_rest < pass.output_chunk ? output_rest
                                                                    : pass.output_chunk};
        const size_t point = odd_lines(chunk.inputs * chunk.outputs * lane_count * lane_count);
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
            if (pass.kernel == 3) {
              collect_kernels(3, from, panel * lane_count, point, kernels);
            } else {
              collect_kernels(5, from, panel * lane_count, point, kernels);
            }
            put_kernels(kernels, weights, outputs, inputs, output + o, input + block, elements);
          }
        }
      }
    }
  }
}
