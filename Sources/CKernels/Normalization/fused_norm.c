#include "Normalization/fused_norm.h"

#include <math.h>

#include "Normalization/planes.h"
#include "Vectors/clones.h"

// Of y = x · scale + shift, per lane.
struct line {
  vector scale, shift;
};

INLINE void load_line(struct line *line, const struct tandem_fused_norm *norm,
                      const struct planes *planes, size_t block) {
  spread(&line->scale, norm->scale, planes, block);
  spread(&line->shift, norm->shift, planes, block);
}

// y as all passes compute it: one expression, so that it is rounded alike everywhere.
INLINE void normalize(vector *y, const vector *x, const struct line *line) {
  *y = *x * line->scale + line->shift;
}

// Forward

struct moments {
  double_vector sum, squares;
};

// Adds up x - around, and its squares.
INLINE void add_moments(struct moments *moments, const float *x, size_t length,
                        const vector *around) {
  vector sums[chains] = {{0}}, squares[chains] = {{0}};
#define ADD_MOMENTS(CHAIN, OFFSET, COUNT)                 \
  {                                                       \
    vector value;                                         \
    load(&value, x + (OFFSET), COUNT);                    \
    value -= *around;                                     \
    if ((COUNT) < width) keep_first(&value, COUNT);       \
    sums[CHAIN] += value;                                 \
    squares[CHAIN] += value * value;                      \
  }
#define END_RUN                     \
  add_run(&moments->sum, sums);     \
  add_run(&moments->squares, squares)
  FOR_RUNS(length, ADD_MOMENTS, END_RUN);
}

// The mean of a block's channels in the first image, in float32.
INLINE void find_centre(float *centre, const float *x, const struct planes *planes, size_t block) {
  struct moments moments = {{0}, {0}};
  vector zero = {0};
  add_moments(&moments, x + plane_start(planes, 0, block), planes->length, &zero);
  double pixels = (double)(planes->length / planes->block);
  for (size_t channel = 0; channel < channel_count(planes, block); channel++) {
    centre[channel] = (float)(sum_of_lanes(&moments.sum, planes, channel) / pixels);
  }
}

INLINE void put_statistics(const struct tandem_fused_norm *norm, const struct moments *moments,
                           const float *centre, const struct planes *planes, size_t block) {
  double count = value_count(planes);
  for (size_t i = 0; i < channel_count(planes, block); i++) {
    size_t channel = first_channel(planes, block) + i;
    double offset = sum_of_lanes(&moments->sum, planes, i) / count, mean = centre[i] + offset;
    double variance = sum_of_lanes(&moments->squares, planes, i) / count - offset * offset;
    if (variance < 0) variance = 0;
    norm->mean[channel] = (float)mean;
    norm->variance[channel] = (float)variance;
    norm->scale[channel] = (float)(norm->weight[channel] / sqrt(variance + norm->epsilon));
    norm->shift[channel] = (float)(norm->bias[channel] - mean * norm->scale[channel]);
  }
}

// One pass for both statistics. They are those of the deviations from the first image's mean, which
// are about as large as the standard deviation, so that their difference is as good as the variance
// that a second pass would find.
INLINE void find_statistics(const struct tandem_fused_norm *norm, const struct planes *planes) {
  float centres[most_blocks][width] = {{0}};
  vector around[most_blocks];
  struct moments moments[most_blocks] = {{{0}, {0}}};
  for (size_t block = 0; block < planes->blocks; block++) {
    find_centre(centres[block], norm->source, planes, block);
    for (size_t lane = 0; lane < width; lane++) {
      around[block][lane] = centres[block][lane % planes->block];
    }
  }
  for (size_t image = 0; image < planes->images; image++) {
    for (size_t block = 0; block < planes->blocks; block++) {
      add_moments(&moments[block], norm->source + plane_start(planes, image, block),
                  planes->length, &around[block]);
    }
  }
  for (size_t block = 0; block < planes->blocks; block++) {
    put_statistics(norm, &moments[block], centres[block], planes, block);
  }
}

// What is added up, and what becomes of the sum.
struct sum {
  const struct tandem_fused_norm *norms;
  const float *shortcut;
  float *destination;
};

INLINE void put_sum(const struct sum *sum, const size_t norm_count, const bool has_shortcut,
                    size_t start, size_t length, const struct line *first,
                    const struct line *second, const bool rectifies, const bool past_caches) {
#define PUT_SUM(OFFSET, COUNT)                                          \
  {                                                                     \
    size_t place = start + (OFFSET);                                    \
    vector x, y, other;                                                 \
    load(&x, sum->norms[0].source + place, COUNT);                      \
    normalize(&y, &x, first);                                           \
    if (norm_count == 2) {                                              \
      load(&x, sum->norms[1].source + place, COUNT);                    \
      normalize(&other, &x, second);                                    \
      y += other;                                                       \
    }                                                                   \
    if (has_shortcut) {                                                 \
      load(&other, sum->shortcut + place, COUNT);                       \
      y += other;                                                       \
    }                                                                   \
    if (rectifies) rectify_by(&y, &y);                                  \
    put(sum->destination + place, &y, COUNT, past_caches);              \
  }
  FOR_VECTORS(length, PUT_SUM);
}

INLINE void put_sums(const struct sum *sum, const size_t norm_count, const bool has_shortcut,
                     const struct planes *planes, const bool rectifies, const bool past_caches) {
  struct line first[most_blocks], second[most_blocks];
  for (size_t block = 0; block < planes->blocks; block++) {
    load_line(&first[block], &sum->norms[0], planes, block);
    if (norm_count == 2) load_line(&second[block], &sum->norms[1], planes, block);
  }
  // Backwards, from what was read last for the statistics.
  for (size_t image = planes->images; image-- > 0;) {
    for (size_t block = 0; block < planes->blocks; block++) {
      put_sum(sum, norm_count, has_shortcut, plane_start(planes, image, block), planes->length,
              &first[block], &second[block], rectifies, past_caches);
    }
  }
}

// Calls put_sums with constants in place of what chooses a loop's body.
#define COMPILE_FOR_TERMS(...)                              \
  if (norm_count == 2) {                                    \
    put_sums(&sum, 2, false, &planes, __VA_ARGS__);         \
  } else if (sum.shortcut) {                                \
    put_sums(&sum, 1, true, &planes, __VA_ARGS__);          \
  } else {                                                  \
    put_sums(&sum, 1, false, &planes, __VA_ARGS__);         \
  }

TANDEM_CLONES
static void forward(struct sum sum, size_t norm_count, struct tandem_maps maps, bool rectifies,
                    bool again, bool past_caches) {
  for (size_t block = 0; block * maps.block < maps.channels;) {
    struct planes planes = planes_from(maps, block);
    if (!again) {
      for (size_t norm = 0; norm < norm_count; norm++) find_statistics(&sum.norms[norm], &planes);
    }
    if (rectifies && past_caches) {
      COMPILE_FOR_TERMS(true, true);
    } else if (rectifies) {
      COMPILE_FOR_TERMS(true, false);
    } else if (past_caches) {
      COMPILE_FOR_TERMS(false, true);
    } else {
      COMPILE_FOR_TERMS(false, false);
    }
    block += planes.blocks;
  }
}

void tandem_fused_norm_forward(const struct tandem_fused_norm *norms, size_t norm_count,
                               const float *shortcut, float *destination, struct tandem_maps maps,
                               bool rectifies, bool again) {
  bool past_caches = goes_past_caches(destination, shortcut, maps);
  struct sum sum = {norms, shortcut, destination};
  forward(sum, norm_count, maps, rectifies, again, past_caches);
  finish_puts(past_caches);
}

// Backward

// What a block's channels need, per lane.
struct factors {
  struct line line;
  vector mean;
  vector slope, offset;  // dx = dy · scale + (x - mean) · slope + offset
};

struct gradient_sums {
  double_vector gradients, products;  // Σ dy, Σ dy · (x - mean)
};

struct gradients {
  const struct tandem_fused_norm *norm;
  const float *destination;
  float *source;
  float *weight;
  float *bias;
};

INLINE void load_gradient(vector *dy, const float *values, size_t count, const vector *x,
                          const struct line *line, const bool rectifies) {
  load(dy, values, count);
  if (rectifies) {
    vector y;
    normalize(&y, x, line);
    rectify_by(dy, &y);
  }
}

INLINE void add_gradients(struct gradient_sums *sums, const float *x, const float *dy,
                          size_t length, const struct factors *factors, const bool rectifies) {
  vector gradients[chains] = {{0}}, products[chains] = {{0}};
#define ADD_GRADIENTS(CHAIN, OFFSET, COUNT)                                             \
  {                                                                                     \
    vector value, gradient;                                                             \
    load(&value, x + (OFFSET), COUNT);                                                  \
    load_gradient(&gradient, dy + (OFFSET), COUNT, &value, &factors->line, rectifies);  \
    gradients[CHAIN] += gradient;                                                       \
    products[CHAIN] += gradient * (value - factors->mean);                              \
  }
#define END_GRADIENT_RUN                \
  add_run(&sums->gradients, gradients); \
  add_run(&sums->products, products)
  FOR_RUNS(length, ADD_GRADIENTS, END_GRADIENT_RUN);
}

INLINE void put_source_gradients(const float *x, const float *dy, float *dx, size_t length,
                                 const struct factors *factors, const bool rectifies,
                                 const bool past_caches) {
#define PUT_GRADIENT(OFFSET, COUNT)                                                     \
  {                                                                                     \
    vector value, gradient;                                                             \
    load(&value, x + (OFFSET), COUNT);                                                  \
    load_gradient(&gradient, dy + (OFFSET), COUNT, &value, &factors->line, rectifies);  \
    gradient = gradient * factors->line.scale +                                         \
               ((value - factors->mean) * factors->slope + factors->offset);            \
    put(dx + (OFFSET), &gradient, COUNT, past_caches);                                  \
  }
  FOR_VECTORS(length, PUT_GRADIENT);
}

// The gradients of a block's parameters, and what dx needs.
INLINE void finish_sums(const struct gradients *gradients, const struct gradient_sums *sums,
                        struct factors *factors, const struct planes *planes, size_t block) {
  factors->slope = factors->offset = (vector){0};
  for (size_t i = 0; i < channel_count(planes, block); i++) {
    size_t channel = first_channel(planes, block) + i;
    double gradient = sum_of_lanes(&sums->gradients, planes, i);
    double product = sum_of_lanes(&sums->products, planes, i);
    double squared = (double)gradients->norm->variance[channel] + gradients->norm->epsilon;
    double share = gradients->norm->scale[channel] / value_count(planes);
    gradients->weight[channel] = (float)(product / sqrt(squared));
    gradients->bias[channel] = (float)gradient;
    for (size_t lane = i; lane < width; lane += planes->block) {
      factors->slope[lane] = (float)(-share * product / squared);
      factors->offset[lane] = (float)(-share * gradient);
    }
  }
}

INLINE void backward_planes(const struct gradients *gradients, const struct planes *planes,
                            const bool rectifies, const bool past_caches) {
  const float *x = gradients->norm->source, *dy = gradients->destination;
  struct factors factors[most_blocks];
  struct gradient_sums sums[most_blocks] = {{{0}, {0}}};
  for (size_t block = 0; block < planes->blocks; block++) {
    load_line(&factors[block].line, gradients->norm, planes, block);
    spread(&factors[block].mean, gradients->norm->mean, planes, block);
  }
  for (size_t image = 0; image < planes->images; image++) {
    for (size_t block = 0; block < planes->blocks; block++) {
      size_t start = plane_start(planes, image, block);
      add_gradients(
          &sums[block], x + start, dy + start, planes->length, &factors[block], rectifies);
    }
  }
  for (size_t block = 0; block < planes->blocks; block++) {
    finish_sums(gradients, &sums[block], &factors[block], planes, block);
  }
  for (size_t image = planes->images; image-- > 0;) {
    for (size_t block = 0; block < planes->blocks; block++) {
      size_t start = plane_start(planes, image, block);
      put_source_gradients(x + start, dy + start, gradients->source + start, planes->length,
                           &factors[block], rectifies, past_caches);
    }
  }
}

TANDEM_CLONES
static void backward(struct gradients gradients, struct tandem_maps maps, bool rectifies,
                     bool past_caches) {
  for (size_t block = 0; block * maps.block < maps.channels;) {
    struct planes planes = planes_from(maps, block);
    if (rectifies && past_caches) {
      backward_planes(&gradients, &planes, true, true);
    } else if (rectifies) {
      backward_planes(&gradients, &planes, true, false);
    } else if (past_caches) {
      backward_planes(&gradients, &planes, false, true);
    } else {
      backward_planes(&gradients, &planes, false, false);
    }
    block += planes.blocks;
  }
}

void tandem_fused_norm_backward(const struct tandem_fused_norm *norm,
                                const float *destination_gradient, float *source_gradient,
                                float *weight_gradient, float *bias_gradient,
                                struct tandem_maps maps, bool rectifies) {
  bool past_caches = goes_past_caches(source_gradient, destination_gradient, maps);
  struct gradients gradients = {norm, destination_gradient, source_gradient, weight_gradient,
                                bias_gradient};
  backward(gradients, maps, rectifies, past_caches);
  finish_puts(past_caches);
}
