#include "Pictures/tones.h"

#include <math.h>

#include "Vectors/clones.h"

static inline float within(float tone, float lowest, float highest) {
  return tone < lowest ? lowest : tone > highest ? highest : tone;
}

static inline float grey_of(float red, float green, float blue) {
  return 0.299f * red + 0.587f * green + 0.114f * blue;
}

TANDEM_CLONES
void tandem_scale_tones(float *tones, size_t count, float factor, float addend, float lowest,
                        float highest) {
  for (size_t i = 0; i < count; i++) {
    tones[i] = within(factor * tones[i] + addend, lowest, highest);
  }
}

void tandem_tone_range(const float *tones, size_t count, float *least, float *largest) {
  float low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < count; i++) {
    low = tones[i] < low ? tones[i] : low;
    high = tones[i] > high ? tones[i] : high;
  }
  *least = low;
  *largest = high;
}

double tandem_mean_grey(const float *tones, size_t count, size_t channels) {
  const float *red = tones, *green = tones + count, *blue = tones + 2 * count;
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    sum += channels == 3 ? grey_of(red[i], green[i], blue[i]) : red[i];
  }
  return sum / (double)count;
}

TANDEM_CLONES
void tandem_saturate(float *tones, size_t count, float factor) {
  float *red = tones, *green = tones + count, *blue = tones + 2 * count;
  for (size_t i = 0; i < count; i++) {
    const float grey = (1 - factor) * grey_of(red[i], green[i], blue[i]);
    red[i] = within(factor * red[i] + grey, 0, 1);
    green[i] = within(factor * green[i] + grey, 0, 1);
    blue[i] = within(factor * blue[i] + grey, 0, 1);
  }
}

// The tone of a channel for a hue, as a pixel of full saturation and value has it: 1 around the
// channel's own hue, 0 opposite to it, and linear between. `hue` and `own` are in sixths of the
// circle.
static inline float full_tone(float hue, float own) {
  float distance = fabsf(hue - own);
  distance = distance > 3 ? 6 - distance : distance;
  return within(2 - distance, 0, 1);
}

void tandem_turn_hue(float *tones, size_t count, float shift) {
  float *red = tones, *green = tones + count, *blue = tones + 2 * count;
  for (size_t i = 0; i < count; i++) {
    const float r = red[i], g = green[i], b = blue[i];
    const float value = fmaxf(r, fmaxf(g, b));
    const float chroma = value - fminf(r, fminf(g, b));
    if (chroma <= 0) continue;
    float hue = value == r ? (g - b) / chroma : value == g ? 2 + (b - r) / chroma
                                                           : 4 + (r - g) / chroma;
    hue += 6 * shift;
    hue -= 6 * floorf(hue / 6);
    red[i] = value - chroma * (1 - full_tone(hue, 0));
    green[i] = value - chroma * (1 - full_tone(hue, 2));
    blue[i] = value - chroma * (1 - full_tone(hue, 4));
  }
}

void tandem_sharpen(float *tones, size_t width, size_t height, size_t channels, float factor,
                    float *restrict smoothed) {
  for (size_t channel = 0; channel < channels; channel++) {
    float *plane = tones + channel * width * height;
    for (size_t i = 0; i < width * height; i++) smoothed[i] = plane[i];
    for (size_t row = 1; row + 1 < height; row++) {
      for (size_t column = 1; column + 1 < width; column++) {
        const float *at = plane + row * width + column;
        const float *above = at - width, *below = at + width;
        smoothed[row * width + column] = (above[-1] + above[0] + above[1] + at[-1] + 5 * at[0] +
                                          at[1] + below[-1] + below[0] + below[1]) /
                                         13;
      }
    }
    for (size_t i = 0; i < width * height; i++) {
      plane[i] = within(factor * plane[i] + (1 - factor) * smoothed[i], 0, 1);
    }
  }
}

TANDEM_CLONES
void tandem_normalize_in_place(float *tones, size_t count, float mean, float deviation) {
  for (size_t i = 0; i < count; i++) tones[i] = (tones[i] - mean) / deviation;
}
