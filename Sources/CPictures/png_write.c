#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
  tandem_picture_failure *failure;
} encoder;

static void on_error(png_structp png, png_const_charp reason) {
  encoder *file = png_get_error_ptr(png);
  picture_fail(file->failure, tandem_picture_damaged, reason);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp reason) {
  (void)png;
  (void)reason;
}

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  encoder *file = png_get_io_ptr(png);
  if (file->capacity - file->count < count) {
    const size_t capacity = (file->count + count) * 2;
    uint8_t *larger = realloc(file->bytes, capacity);
    if (!larger) {
      picture_fail(file->failure, tandem_picture_no_memory, "no memory");
      png_longjmp(png, 1);
    }
    file->bytes = larger;
    file->capacity = capacity;
  }
  memcpy(file->bytes + file->count, from, count);
  file->count += count;
}

static void flush(png_structp png) { (void)png; }

tandem_picture_status tandem_png_write(const uint8_t *samples, uint32_t width, uint32_t height,
                                       int channels, int level, uint8_t **bytes, size_t *count,
                                       tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  *bytes = NULL;
  *count = 0;
  encoder file = {.failure = failure};
  encoder *const held = &file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, held, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    return picture_fail(failure, tandem_picture_no_memory, "libpng cannot start");
  }
  if (!setjmp(png_jmpbuf(png))) {
    png_set_write_fn(png, held, write_bytes, flush);
    png_set_user_limits(png, tandem_png_longest_side, tandem_png_longest_side);
    png_set_compression_level(png, level);
    png_set_IHDR(png, info, width, height, 8,
                 channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    const size_t row_samples = (size_t)width * (size_t)channels;
    for (uint32_t row = 0; row < height; row++) png_write_row(png, samples + row * row_samples);
    png_write_end(png, info);
  }
  png_destroy_write_struct(&png, &info);
  if (failure->status == tandem_picture_done) {
    *bytes = held->bytes;
    *count = held->count;
  } else {
    free(held->bytes);
  }
  return failure->status;
}
