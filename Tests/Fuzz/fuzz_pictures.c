// A fuzz target for libFuzzer: any bytes are read as each of the formats of pictures, the way
// PictureDecoder does it, at all scales. `scripts/fuzz-pictures.sh` builds and runs it.

#include <stdlib.h>
#include <string.h>

#include "CPictures.h"

enum { most_pixels = 1 << 20, most_scans = 100, most_unpacked = 1 << 20 };

// Exactly as large as it has to be, so that a sample too many is noticed.
static uint8_t *samples_for(size_t width, size_t height, int channels, size_t *count) {
  *count = width * height * (size_t)channels;
  return malloc(*count);
}

static int is_small(const tandem_picture_header *header, size_t bytes) {
  if (!header->width || !header->height) abort();
  if (header->channels != 1 && header->channels != 3) abort();
  if (header->orientation < 1 || header->orientation > 8) abort();
  return (uint64_t)header->width * header->height <= most_pixels &&
         bytes >= header->smallest_bytes;
}

static void read_jpeg(const uint8_t *bytes, size_t count, int divisor) {
  tandem_picture_header header;
  tandem_picture_failure failure;
  tandem_jpeg *jpeg = tandem_jpeg_open(bytes, count, &header, &failure);
  if (!jpeg) {
    if (failure.status == tandem_picture_done) abort();
    return;
  }
  if (is_small(&header, count)) {
    const size_t width = (header.width + (size_t)divisor - 1) / (size_t)divisor;
    const size_t height = (header.height + (size_t)divisor - 1) / (size_t)divisor;
    const int channels = divisor == 1 ? 3 : header.channels;
    size_t size;
    uint8_t *samples = samples_for(width, height, channels, &size);
    const tandem_picture_status status =
        tandem_jpeg_read(jpeg, divisor, channels, most_scans, samples, &failure);
    if (status != failure.status) abort();
    free(samples);
  }
  tandem_jpeg_free(jpeg);
}

static void read_png(const uint8_t *bytes, size_t count) {
  tandem_picture_header header;
  tandem_picture_failure failure;
  tandem_png *png = tandem_png_open(bytes, count, &header, &failure);
  if (!png) {
    if (failure.status == tandem_picture_done) abort();
    return;
  }
  if (is_small(&header, count)) {
    size_t size;
    uint8_t *samples = samples_for(header.width, header.height, header.channels, &size);
    if (tandem_png_read(png, header.channels, samples, &failure) != failure.status) abort();
    const int orientation = tandem_png_orientation(png);
    if (orientation < 1 || orientation > 8) abort();
    free(samples);
  }
  tandem_png_free(png);
}

static void read_webp(const uint8_t *bytes, size_t count) {
  tandem_picture_header header;
  tandem_picture_failure failure;
  if (!tandem_webp_header(bytes, count, &header, &failure)) {
    if (failure.status == tandem_picture_done) abort();
    return;
  }
  if (!is_small(&header, count)) return;
  size_t size;
  uint8_t *samples = samples_for(header.width, header.height, 3, &size);
  const size_t row = (size_t)header.width * 3;
  if (tandem_webp_read(bytes, count, samples, size, row, &failure) != failure.status) abort();
  free(samples);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  for (int divisor = 1; divisor <= 8; divisor *= 2) read_jpeg(bytes, count, divisor);
  read_png(bytes, count);
  read_webp(bytes, count);
  tandem_exif_orientation(bytes, count);
  uint8_t *unpacked;
  size_t unpacked_count;
  tandem_picture_failure failure;
  tandem_gunzip(bytes, count, most_unpacked, &unpacked, &unpacked_count, &failure);
  if ((failure.status == tandem_picture_done) != (unpacked != NULL)) abort();
  tandem_picture_free(unpacked);
  return 0;
}
