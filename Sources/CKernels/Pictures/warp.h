#ifndef TANDEM_PICTURES_WARP_H
#define TANDEM_PICTURES_WARP_H

#include <stddef.h>

// What is beside an image, as scipy.ndimage names it for coordinates that are no whole numbers.
enum tandem_warp_fill {
  // The nearest pixel of the edge: a a a | a b c d | d d d.
  tandem_warp_nearest,
  // One value, for all places whose coordinates are not between those of the outermost pixels.
  tandem_warp_constant,
  // Mirrored at the outer edge of the outermost pixel: c b a | a b c d | d c b.
  tandem_warp_reflect,
  // Repeated with the last pixel on top of the first: a period of one pixel less than there are.
  tandem_warp_wrap,
};

// A frame of width x height pixels, and where its pixels are in the image: the frame is stretched
// over a window of window_width x window_height pixels, edge on edge.
struct tandem_warp_frame {
  size_t width, height;
  size_t window_width, window_height;
};

// Samples the windows of `channels` planes at places that depend on the pixel of `warped` by one
// affine map, bilinearly.
//
// warped: [channels, height, width] of the frame's size
// image: the first pixel of the first channel's window; rows and planes are row_stride and
//   plane_stride floats apart
// map: x' = map[0] x + map[1] y + map[2], y' = map[3] x + map[4] y + map[5], from pixels of warped
//   to pixels of the frame; whole numbers are the centres of pixels
void tandem_warp(float *restrict warped, const float *restrict image, size_t row_stride,
                 size_t plane_stride, size_t channels, const struct tandem_warp_frame *frame,
                 const double map[6], enum tandem_warp_fill fill, float value);

#endif
