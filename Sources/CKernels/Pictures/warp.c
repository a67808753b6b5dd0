#include "Pictures/warp.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

// Pixels whose places are worked out before the channels are sampled there.
#define RUN 64
// Rounding must not move a pixel of the edge out of the image.
#define SLACK 1e-6
// Far more than images have, and whole numbers of 64 bits with room.
#define MOST_PIXELS 1e9

struct places {
  // Of the four neighbours, counted in floats from the window's first pixel.
  int32_t top_left[RUN], top_right[RUN], bottom_left[RUN], bottom_right[RUN];
  float right[RUN], bottom[RUN];
  // 0 where the constant is taken.
  unsigned char inside[RUN];
};

// scipy's map_coordinate (ndimage/src/ni_interpolation.c).
static double extended(double at, double count, enum tandem_warp_fill fill) {
  const double last = count - 1;
  if (at >= 0 && at <= last) return at;
  switch (fill) {
    case tandem_warp_reflect:
      if (count <= 1) return 0;
      if (at < 0) {
        const double period = 2 * count;
        if (at < -period) at += period * trunc(-at / period);
        return at < -count ? at + period : -at - 1;
      } else {
        const double period = 2 * count;
        at -= period * trunc(at / period);
        return at >= count ? period - at - 1 : at;
      }
    case tandem_warp_wrap:
      if (count <= 1) return 0;
      return at < 0 ? at + last * (trunc(-at / last) + 1) : at - last * trunc(at / last);
    case tandem_warp_nearest:
    case tandem_warp_constant:
      break;
  }
  return at < 0 ? 0 : last;
}

struct axis {
  double count, scale, offset;
  int32_t last;
};

static struct axis make_axis(size_t count, size_t window) {
  const double scale = (double)window / (double)count;
  return (struct axis){(double)count, scale, 0.5 * scale - 0.5, (int32_t)window - 1};
}

static int32_t limited(int32_t at, int32_t last) { return at < 0 ? 0 : at > last ? last : at; }

// The neighbours of a place, and how far it is from the first to the second of them.
static float neighbours(double at, const struct axis *axis, enum tandem_warp_fill fill,
                        int32_t *first, int32_t *second) {
  const double place = extended(at, axis->count, fill) * axis->scale + axis->offset;
  const double below = floor(place);
  *first = limited((int32_t)below, axis->last);
  *second = limited((int32_t)below + 1, axis->last);
  return (float)(place - below);
}

static int is_inside(double at, const struct axis *axis) {
  return at >= -SLACK && at <= axis->count - 1 + SLACK;
}

static void find_places(struct places *places, size_t count, double x, double y, double x_step,
                        double y_step, size_t first, const struct axis *across,
                        const struct axis *down, int32_t row_stride, enum tandem_warp_fill fill) {
  for (size_t i = 0; i < count; i++) {
    const double column = (double)(first + i);
    const double at_x = x + x_step * column, at_y = y + y_step * column;
    int32_t left, right, top, bottom;
    places->right[i] = neighbours(at_x, across, fill, &left, &right);
    places->bottom[i] = neighbours(at_y, down, fill, &top, &bottom);
    places->inside[i] =
        fill != tandem_warp_constant || (is_inside(at_x, across) && is_inside(at_y, down));
    places->top_left[i] = top * row_stride + left;
    places->top_right[i] = top * row_stride + right;
    places->bottom_left[i] = bottom * row_stride + left;
    places->bottom_right[i] = bottom * row_stride + right;
  }
}

// Whether each pixel is one of the image: moved by whole pixels, mirrored or flipped.
static int moves_whole_pixels(const struct tandem_warp_frame *frame, const double map[6]) {
  return frame->width == frame->window_width && frame->height == frame->window_height &&
         fabs(map[0]) == 1 && map[1] == 0 && map[3] == 0 && fabs(map[4]) == 1 &&
         map[2] == trunc(map[2]) && map[5] == trunc(map[5]) && fabs(map[2]) < MOST_PIXELS &&
         fabs(map[5]) < MOST_PIXELS;
}

static int64_t between(int64_t at, int64_t least, int64_t most) {
  return at < least ? least : at > most ? most : at;
}

// The pixels from `first` to `end` of such a row, which lie beside the image.
static void fill_beside(float *restrict output, const float *restrict row, int64_t first,
                        int64_t end, int64_t start, int step, const struct axis *across,
                        enum tandem_warp_fill fill, float value) {
  for (int64_t i = first; i < end; i++) {
    int32_t left, right;
    neighbours((double)(start + step * i), across, fill, &left, &right);
    output[i] = fill == tandem_warp_constant ? value : row[left];
  }
}

// Copies a row whose pixels are `step` apart in the image, 1 or -1, and begin at `start`.
static void copy_row(float *restrict output, const float *restrict row, int64_t start, int step,
                     const struct axis *across, enum tandem_warp_fill fill, float value) {
  const int64_t width = (int64_t)across->count;
  const int64_t first = between(step > 0 ? -start : start - across->last, 0, width);
  const int64_t end = between(step > 0 ? width - start : start + 1, first, width);
  if (step > 0) {
    memcpy(output + first, row + start + first, (size_t)(end - first) * sizeof(float));
  } else {
    for (int64_t i = first; i < end; i++) output[i] = row[start - i];
  }
  fill_beside(output, row, 0, first, start, step, across, fill, value);
  fill_beside(output, row, end, width, start, step, across, fill, value);
}

// The general way gives the same bits, but for the sign of a zero.
static void copy_rows(float *restrict warped, const float *restrict image, size_t row_stride,
                      size_t plane_stride, size_t channels,
                      const struct tandem_warp_frame *frame, const double map[6],
                      enum tandem_warp_fill fill, float value) {
  const struct axis across = make_axis(frame->width, frame->window_width);
  const struct axis down = make_axis(frame->height, frame->window_height);
  for (size_t row = 0; row < frame->height; row++) {
    const double at = map[4] * (double)row + map[5];
    int32_t top, bottom;
    neighbours(at, &down, fill, &top, &bottom);
    const int is_beside = fill == tandem_warp_constant && !is_inside(at, &down);
    for (size_t channel = 0; channel < channels; channel++) {
      float *output = warped + (channel * frame->height + row) * frame->width;
      if (is_beside) {
        for (size_t i = 0; i < frame->width; i++) output[i] = value;
      } else {
        copy_row(output, image + channel * plane_stride + (size_t)top * row_stride,
                 (int64_t)map[2], (int)map[0], &across, fill, value);
      }
    }
  }
}

void tandem_warp(float *restrict warped, const float *restrict image, size_t row_stride,
                 size_t plane_stride, size_t channels, const struct tandem_warp_frame *frame,
                 const double map[6], enum tandem_warp_fill fill, float value) {
  if (moves_whole_pixels(frame, map)) {
    copy_rows(warped, image, row_stride, plane_stride, channels, frame, map, fill, value);
    return;
  }
  const struct axis across = make_axis(frame->width, frame->window_width);
  const struct axis down = make_axis(frame->height, frame->window_height);
  struct places places;
  for (size_t row = 0; row < frame->height; row++) {
    const double x = map[1] * (double)row + map[2], y = map[4] * (double)row + map[5];
    for (size_t first = 0; first < frame->width; first += RUN) {
      const size_t count = frame->width - first < RUN ? frame->width - first : RUN;
      find_places(&places, count, x, y, map[0], map[3], first, &across, &down,
                  (int32_t)row_stride, fill);
      for (size_t channel = 0; channel < channels; channel++) {
        const float *restrict plane = image + channel * plane_stride;
        float *restrict output = warped + (channel * frame->height + row) * frame->width + first;
        for (size_t i = 0; i < count; i++) {
          const float top_left = plane[places.top_left[i]];
          const float bottom_left = plane[places.bottom_left[i]];
          const float top =
              top_left + places.right[i] * (plane[places.top_right[i]] - top_left);
          const float bottom =
              bottom_left + places.right[i] * (plane[places.bottom_right[i]] - bottom_left);
          output[i] = places.inside[i] ? top + places.bottom[i] * (bottom - top) : value;
        }
      }
    }
  }
}
