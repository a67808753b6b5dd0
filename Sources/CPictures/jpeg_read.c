#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#include <jpeglib.h>

#include <jerror.h>

struct tandem_jpeg {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  tandem_picture_failure *failure;
  unsigned most_scans;
  int has_ended;  // the bytes ran out before the end marker
};

static tandem_jpeg *owner(j_common_ptr info) { return info->client_data; }

static void leave(j_common_ptr info, tandem_picture_status status) {
  char reason[JMSG_LENGTH_MAX];
  info->err->format_message(info, reason);
  tandem_jpeg *jpeg = owner(info);
  picture_fail(jpeg->failure, status, reason);
  longjmp(jpeg->escape, 1);
}

static void on_error(j_common_ptr info) {
  switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY: leave(info, tandem_picture_no_memory); break;
    case JERR_EMPTY_IMAGE: leave(info, tandem_picture_no_pixels); break;
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW: leave(info, tandem_picture_too_large); break;
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_SOF_UNSUPPORTED: leave(info, tandem_picture_not_read); break;
    default:
      leave(info, owner(info)->has_ended ? tandem_picture_truncated : tandem_picture_damaged);
  }
}

// Warnings after which pixels are wrong count as errors; the others are about bytes that no pixel
// needs.
static void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  info->err->num_warnings++;
  switch (info->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_ARITH_BAD_CODE: on_error(info); break;
    default: break;
  }
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void on_progress(j_common_ptr info) {
  tandem_jpeg *jpeg = owner(info);
  if ((unsigned)jpeg->info.input_scan_number <= jpeg->most_scans) return;
  picture_fail(jpeg->failure, tandem_picture_too_many_scans, "too many scans");
  longjmp(jpeg->escape, 1);
}

static void begin_source(j_decompress_ptr info) { (void)info; }

// After the last byte libjpeg is given an end marker, over and over again.
static boolean fill_source(j_decompress_ptr info) {
  static const JOCTET end_marker[] = {0xff, JPEG_EOI};
  owner((j_common_ptr)info)->has_ended = 1;
  info->src->next_input_byte = end_marker;
  info->src->bytes_in_buffer = sizeof end_marker;
  return TRUE;
}

static void skip_source(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  struct jpeg_source_mgr *source = info->src;
  if ((size_t)count >= source->bytes_in_buffer) {
    fill_source(info);
  } else {
    source->next_input_byte += count;
    source->bytes_in_buffer -= (size_t)count;
  }
}

static int orientation(const struct jpeg_decompress_struct *info) {
  static const char name[] = "Exif\0";  // and the zero that ends every literal
  for (jpeg_saved_marker_ptr marker = info->marker_list; marker; marker = marker->next) {
    if (marker->data_length > sizeof name && !memcmp(marker->data, name, sizeof name)) {
      return tandem_exif_orientation(marker->data + sizeof name,
                                     marker->data_length - sizeof name);
    }
  }
  return 1;
}

tandem_jpeg *tandem_jpeg_open(const uint8_t *bytes, size_t count, tandem_picture_header *header,
                              tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  *header = (tandem_picture_header){0};
  tandem_jpeg *jpeg = calloc(1, sizeof *jpeg);
  if (!jpeg) {
    picture_fail(failure, tandem_picture_no_memory, "no memory");
    return NULL;
  }
  struct jpeg_decompress_struct *info = &jpeg->info;
  jpeg->failure = failure;
  info->err = jpeg_std_error(&jpeg->errors);
  jpeg->errors.error_exit = on_error;
  jpeg->errors.emit_message = on_message;
  jpeg->errors.output_message = print_nothing;
  info->client_data = jpeg;
  if (setjmp(jpeg->escape)) {
    header->width = info->image_width;
    header->height = info->image_height;
    tandem_jpeg_free(jpeg);
    return NULL;
  }
  jpeg_create_decompress(info);
  info->client_data = jpeg;
  jpeg->source = (struct jpeg_source_mgr){
      .next_input_byte = bytes,
      .bytes_in_buffer = count,
      .init_source = begin_source,
      .fill_input_buffer = fill_source,
      .skip_input_data = skip_source,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = begin_source,
  };
  info->src = &jpeg->source;
  jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(info, TRUE);
  header->width = info->image_width;
  header->height = info->image_height;
  header->channels = info->num_components == 1 ? 1 : 3;
  header->orientation = orientation(info);
  // Huffman's codes have at least one bit, and each 8×8 block at least one code; arithmetic coding
  // can do with less.
  if (!info->arith_code) {
    header->smallest_bytes = (uint64_t)info->image_width * info->image_height / 64 / 8;
  }
  return jpeg;
}

// Whether all that a progressive file can say about its pixels has been read.
static int is_complete(const struct jpeg_decompress_struct *info) {
  if (!info->coef_bits) return 0;
  for (int component = 0; component < info->num_components; component++) {
    for (int i = 0; i < DCTSIZE2; i++) {
      if (info->coef_bits[component][i] != 0) return 0;
    }
  }
  return 1;
}

// Inks as Adobe's programs store them, 255 for none, on white paper; rounded as Pillow does.
static void inks_to_colours(uint8_t *samples, const uint8_t *inks, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const unsigned black = inks[4 * i + 3];
    for (size_t c = 0; c < 3; c++) {
      // Pillow takes the ink's share off the black's rest.
      const unsigned product = (255u - inks[4 * i + c]) * black + 128;
      samples[3 * i + c] = (uint8_t)(black - ((product + (product >> 8)) >> 8));
    }
  }
}

static void read_rows(struct jpeg_decompress_struct *info, uint8_t *samples) {
  const size_t row_samples = (size_t)info->output_width * (size_t)info->output_components;
  enum { most_rows = 16 };
  while (info->output_scanline < info->output_height) {
    JSAMPROW rows[most_rows];
    unsigned count = info->output_height - info->output_scanline;
    if (count > most_rows) count = most_rows;
    for (unsigned i = 0; i < count; i++) {
      rows[i] = samples + (info->output_scanline + i) * row_samples;
    }
    jpeg_read_scanlines(info, rows, count);
  }
}

static void read_ink_rows(struct jpeg_decompress_struct *info, uint8_t *samples) {
  JSAMPARRAY row = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE,
                                           info->output_width * 4, 1);
  while (info->output_scanline < info->output_height) {
    uint8_t *to = samples + (size_t)info->output_scanline * info->output_width * 3;
    jpeg_read_scanlines(info, row, 1);
    inks_to_colours(to, row[0], info->output_width);
  }
}

tandem_picture_status tandem_jpeg_read(tandem_jpeg *jpeg, int divisor, int channels,
                                       unsigned most_scans, uint8_t *samples,
                                       tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  struct jpeg_decompress_struct *info = &jpeg->info;
  jpeg->failure = failure;
  if (setjmp(jpeg->escape)) return failure->status;
  jpeg->most_scans = most_scans;
  jpeg->progress.progress_monitor = on_progress;
  info->progress = &jpeg->progress;
  info->scale_num = 1;
  info->scale_denom = (unsigned)divisor;
  const int has_inks = info->num_components == 4;
  info->out_color_space = has_inks ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(info);
  if (has_inks) {
    read_ink_rows(info, samples);
  } else {
    read_rows(info, samples);
  }
  // Where Huffman's codes of one scan lack only the end marker, every pixel is there. An arithmetic
  // decoder takes zeros for the rest, as if the encoder had left them out.
  if (jpeg->has_ended &&
      (info->arith_code || (jpeg_has_multiple_scans(info) && !is_complete(info)))) {
    return picture_fail(failure, tandem_picture_truncated, "the end is missing");
  }
  return tandem_picture_done;
}

void tandem_jpeg_free(tandem_jpeg *jpeg) {
  if (!jpeg) return;
  jpeg_destroy_decompress(&jpeg->info);
  free(jpeg);
}
