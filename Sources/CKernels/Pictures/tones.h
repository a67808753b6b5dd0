#ifndef TANDEM_PICTURES_TONES_H
#define TANDEM_PICTURES_TONES_H

#include <stddef.h>

// Changes of an image's tones, in place. Images are [channels, count] in the scale 0...1.

// x = factor x + addend, not below `lowest` nor above `highest`
void tandem_scale_tones(float *tones, size_t count, float factor, float addend, float lowest,
                        float highest);

// The least and the largest of them.
void tandem_tone_range(const float *tones, size_t count, float *least, float *largest);

// The mean of the grey values 0.299 R + 0.587 G + 0.114 B; of one channel, that one's. Summed in
// double precision, in order.
double tandem_mean_grey(const float *tones, size_t count, size_t channels);

// Each pixel of three channels mixed with its grey value: factor x + (1 - factor) grey, in 0...1.
void tandem_saturate(float *tones, size_t count, float factor);

// The hue of each pixel of three channels turned by `shift` of a circle.
void tandem_turn_hue(float *tones, size_t count, float shift);

// Mixed with the image smoothed by [1 1 1; 1 5 1; 1 1 1] / 13 as Pillow's ImageFilter.SMOOTH does,
// which leaves the outermost pixels as they are: factor x + (1 - factor) smoothed, in 0...1.
// `smoothed` is scratch for one plane.
void tandem_sharpen(float *tones, size_t width, size_t height, size_t channels, float factor,
                    float *restrict smoothed);

// normalized = (x - mean) / deviation, in place.
void tandem_normalize_in_place(float *tones, size_t count, float mean, float deviation);

#endif
