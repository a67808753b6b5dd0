#include <setjmp.h>
#include <stdlib.h>

#include "internal.h"

#include <jpeglib.h>

typedef struct {
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr errors;
  jmp_buf escape;
  tandem_picture_failure *failure;
  unsigned char *bytes;
  unsigned long count;
} encoder;

static void on_error(j_common_ptr info) {
  char reason[JMSG_LENGTH_MAX];
  info->err->format_message(info, reason);
  encoder *jpeg = info->client_data;
  picture_fail(jpeg->failure, tandem_picture_damaged, reason);
  longjmp(jpeg->escape, 1);
}

static void ignore_message(j_common_ptr info, int level) {
  (void)info;
  (void)level;
}

static void write_all(encoder *jpeg, const uint8_t *samples, int quality, int full_colour) {
  struct jpeg_compress_struct *info = &jpeg->info;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
  info->optimize_coding = TRUE;
  if (full_colour && info->input_components == 3) {
    info->comp_info[0].h_samp_factor = 1;
    info->comp_info[0].v_samp_factor = 1;
  }
  jpeg_start_compress(info, TRUE);
  const size_t row_samples = (size_t)info->image_width * (size_t)info->input_components;
  while (info->next_scanline < info->image_height) {
    // libjpeg does not write through the row; its type only predates `const`.
    JSAMPROW row = (JSAMPROW)(samples + info->next_scanline * row_samples);
    jpeg_write_scanlines(info, &row, 1);
  }
  jpeg_finish_compress(info);
}

tandem_picture_status tandem_jpeg_write(const uint8_t *samples, uint32_t width, uint32_t height,
                                        int channels, int quality, int full_colour,
                                        uint8_t **bytes, size_t *count,
                                        tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  *bytes = NULL;
  *count = 0;
  encoder *jpeg = calloc(1, sizeof *jpeg);
  if (!jpeg) return picture_fail(failure, tandem_picture_no_memory, "no memory");
  jpeg->failure = failure;
  jpeg->info.err = jpeg_std_error(&jpeg->errors);
  jpeg->errors.error_exit = on_error;
  jpeg->errors.emit_message = ignore_message;
  jpeg->info.client_data = jpeg;
  if (!setjmp(jpeg->escape)) {
    jpeg_create_compress(&jpeg->info);
    jpeg_mem_dest(&jpeg->info, &jpeg->bytes, &jpeg->count);
    jpeg->info.image_width = width;
    jpeg->info.image_height = height;
    jpeg->info.input_components = channels;
    jpeg->info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    write_all(jpeg, samples, quality, full_colour);
    *bytes = jpeg->bytes;
    *count = jpeg->count;
  } else {
    free(jpeg->bytes);
  }
  jpeg_destroy_compress(&jpeg->info);
  free(jpeg);
  return failure->status;
}
