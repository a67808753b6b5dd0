#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct tandem_png {
  png_structp png;
  png_infop info;
  const uint8_t *next;
  const uint8_t *end;
  tandem_picture_failure *failure;
  int has_ended;       // the bytes ran out
  size_t most_memory;  // that one allocation may have
  int orientation;
};

enum {
  image_data = 0x49444154,  // the name of an IDAT chunk
  longest_side = tandem_png_longest_side,
};

static void on_error(png_structp png, png_const_charp reason) {
  tandem_png *file = png_get_error_ptr(png);
  picture_fail(file->failure,
               file->has_ended ? tandem_picture_truncated : tandem_picture_damaged, reason);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp reason) {
  (void)png;
  (void)reason;
}

// Chunks say how long they are, and libpng asks for memory before it sees their bytes: none is
// longer than the file.
static png_voidp allocate(png_structp png, png_alloc_size_t size) {
  tandem_png *file = png_get_mem_ptr(png);
  if (size > file->most_memory) return NULL;
  void *memory = malloc(size);
  if (!memory) {
    picture_fail(file->failure, tandem_picture_no_memory, "no memory");
  }
  return memory;
}

static void release(png_structp png, png_voidp memory) {
  (void)png;
  free(memory);
}

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  tandem_png *file = png_get_io_ptr(png);
  if ((size_t)(file->end - file->next) < count) {
    file->has_ended = 1;
    png_error(png, "the bytes end");
  }
  memcpy(to, file->next, count);
  file->next += count;
}

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int orientation(const tandem_png *file) {
  png_uint_32 count = 0;
  png_bytep bytes = NULL;
  if (!png_get_eXIf_1(file->png, file->info, &count, &bytes)) return 1;
  return tandem_exif_orientation(bytes, count);
}

// Only palettes, transparency and orientation matter besides the pixels: texts, profiles and the
// like are skipped unread.
static void read_header(tandem_png *file, tandem_picture_header *header) {
  png_structp png = file->png;
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, (png_const_bytep) "eXIf", 1);
  // How many pixels are too many is decided by the caller, who has the header first.
  png_set_user_limits(png, longest_side, longest_side);
  png_set_read_fn(png, file, read_bytes);
  png_read_info(png, file->info);
  header->width = png_get_image_width(png, file->info);
  header->height = png_get_image_height(png, file->info);
  const int type = png_get_color_type(png, file->info);
  header->channels = type & PNG_COLOR_MASK_COLOR ? 3 : 1;
  header->has_transparency =
      (type & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, file->info, PNG_INFO_tRNS);
  file->orientation = header->orientation = orientation(file);
  // Deflate makes at most 1032 bytes of one; each row has a byte for its filter.
  header->smallest_bytes =
      (uint64_t)header->height * (png_get_rowbytes(png, file->info) + 1) / 1032;
}

tandem_png *tandem_png_open(const uint8_t *bytes, size_t count, tandem_picture_header *header,
                            tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  *header = (tandem_picture_header){0};
  // The size stands in the first chunk, which libpng refuses as a whole if it is 0.
  enum { width_offset = 16, height_offset = 20, chunk_end = 29 };
  if (count >= chunk_end) {
    header->width = big_endian(bytes + width_offset);
    header->height = big_endian(bytes + height_offset);
    if (!header->width || !header->height) {
      picture_fail(failure, tandem_picture_no_pixels, "a side is 0");
      return NULL;
    }
    if (header->width > longest_side || header->height > longest_side) {
      picture_fail(failure, tandem_picture_too_large, "a side is too long");
      return NULL;
    }
  }
  tandem_png *file = calloc(1, sizeof *file);
  if (!file) {
    picture_fail(failure, tandem_picture_no_memory, "no memory");
    return NULL;
  }
  file->failure = failure;
  file->next = bytes;
  file->end = bytes + count;
  enum { of_libpng_and_zlib = 1 << 18 };
  file->most_memory = count + of_libpng_and_zlib;
  file->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, file, on_error, on_warning, file,
                                       allocate, release);
  if (file->png) file->info = png_create_info_struct(file->png);
  if (!file->info) {
    picture_fail(failure, tandem_picture_no_memory, "libpng cannot start");
    tandem_png_free(file);
    return NULL;
  }
  if (setjmp(png_jmpbuf(file->png))) {
    tandem_png_free(file);
    return NULL;
  }
  read_header(file, header);
  return file;
}

static void read_rows(tandem_png *file, size_t channels, uint8_t *samples) {
  png_structp png = file->png;
  // At most four samples of 16 bits, and some bytes around them.
  file->most_memory += (size_t)png_get_image_width(png, file->info) * 8;
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, file->info);
  const size_t row_bytes = png_get_rowbytes(png, file->info);
  const uint32_t height = png_get_image_height(png, file->info);
  if (row_bytes != png_get_image_width(png, file->info) * channels) {
    png_error(png, "rows of an unexpected length");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t row = 0; row < height; row++) {
      png_read_row(png, samples + row * row_bytes, NULL);
    }
  }
}

// libpng itself makes black of what the palette lacks.
static void read_palette_rows(tandem_png *file, uint8_t *samples) {
  png_structp png = file->png;
  png_colorp palette = NULL;
  int colours = 0;
  png_get_PLTE(png, file->info, &palette, &colours);
  const size_t count = (size_t)png_get_image_width(png, file->info) *
                       (size_t)png_get_image_height(png, file->info);
  // The numbers of colours are read into the last third: none is overwritten before it is used.
  const uint8_t *numbers = samples + 2 * count;
  png_set_packing(png);
  read_rows(file, 1, samples + 2 * count);
  for (size_t i = 0; i < count; i++) {
    const uint8_t number = numbers[i];
    if (number >= colours) png_error(png, "a pixel has a colour that the palette lacks");
    samples[3 * i] = palette[number].red;
    samples[3 * i + 1] = palette[number].green;
    samples[3 * i + 2] = palette[number].blue;
  }
}

static void read_pixels(tandem_png *file, int channels, uint8_t *samples) {
  png_structp png = file->png;
  const int type = png_get_color_type(png, file->info);
  if (type == PNG_COLOR_TYPE_PALETTE) {
    read_palette_rows(file, samples);
    return;
  }
  if (!(type & PNG_COLOR_MASK_COLOR)) {
    png_set_expand_gray_1_2_4_to_8(png);
    if (channels == 3) png_set_gray_to_rgb(png);
  }
  png_set_scale_16(png);
  png_set_strip_alpha(png);
  read_rows(file, (size_t)channels, samples);
}

tandem_picture_status tandem_png_read(tandem_png *file, int channels, uint8_t *samples,
                                      tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  file->failure = failure;
  if (setjmp(png_jmpbuf(file->png))) return failure->status;
  read_pixels(file, channels, samples);
  // Only the checksum of the pixels counts in what follows them.
  if (setjmp(png_jmpbuf(file->png))) {
    if (failure->status == tandem_picture_damaged &&
        png_get_io_chunk_type(file->png) == image_data) {
      return failure->status;
    }
    *failure = (tandem_picture_failure){.status = tandem_picture_done};
    return tandem_picture_done;
  }
  png_read_end(file->png, file->info);
  file->orientation = orientation(file);
  return tandem_picture_done;
}

int tandem_png_orientation(const tandem_png *file) { return file->orientation; }

void tandem_png_free(tandem_png *file) {
  if (!file) return;
  if (file->png) png_destroy_read_struct(&file->png, file->info ? &file->info : NULL, NULL);
  free(file);
}
