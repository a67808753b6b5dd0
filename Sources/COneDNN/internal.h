// Shared by the shim's source files: the handles of the public header are oneDNN's own, cast.
//
// They are C++ for one reason: oneDNN is, and throws where memory is short. A function of its C
// interface lets that pass, and in Swift nothing could catch it.
#ifndef TANDEM_CONEDNN_INTERNAL_H
#define TANDEM_CONEDNN_INTERNAL_H

#include <oneapi/dnnl/dnnl.h>
#include <string.h>

#include <new>

#include "COneDNN.h"

#if DNNL_VERSION_MAJOR < 2
#error "Tandem needs oneDNN 2.6 or newer (libdnnl-dev)"
#endif

// The end of a function `int f(…) try { … } ONEDNN_CATCH`: what oneDNN throws becomes a status.
#define ONEDNN_CATCH                                            \
  catch (const std::bad_alloc &) { return dnnl_out_of_memory; } \
  catch (...) { return dnnl_runtime_error; }

// The one CPU engine of the process; null where it could not be made.
dnnl_engine_t onednn_engine(void);

// Whether there is an engine and memory for what oneDNN allocates without looking at the result,
// its generated code above all: to be asked before operations are created and compiled.
int onednn_check_room(void);

// Attributes of every operation: memory that it needs while it runs is handed in by the caller
// (so that a primitive can run on several threads at once), and an activation may follow it.
// The caller destroys them.
int onednn_attributes(dnnl_primitive_attr_t *out, onednn_activation activation);

// The same of a reorder, which may add to what is in its destination.
int onednn_reorder_attributes(dnnl_primitive_attr_t *out, bool adds);

// Lets an activation follow an operation.
#if DNNL_VERSION_MAJOR >= 3
#define onednn_append_activation(post_ops, algorithm) \
  dnnl_post_ops_append_eltwise(post_ops, algorithm, 0.0f, 0.0f)
#else
#define onednn_append_activation(post_ops, algorithm) \
  dnnl_post_ops_append_eltwise(post_ops, 1.0f, algorithm, 0.0f, 0.0f)
#endif

#if DNNL_VERSION_MAJOR >= 3
#define onednn_append_sum(post_ops) dnnl_post_ops_append_sum(post_ops, 1.0f, 0, dnnl_data_type_undef)
#else
#define onednn_append_sum(post_ops) dnnl_post_ops_append_sum(post_ops, 1.0f)
#endif

// oneDNN's name of a format other than plain.
static inline dnnl_format_tag_t onednn_tag(onednn_format format) {
  switch (format) {
    case onednn_format_blocks_of_8: return dnnl_nChw8c;
    case onednn_format_blocks_of_16: return dnnl_nChw16c;
    case onednn_format_image_lanes: return dnnl_Abcd16a;
    default: return dnnl_format_tag_any;
  }
}

static inline dnnl_data_type_t onednn_data_type(onednn_element_type type) {
  return type == onednn_bfloat16 ? dnnl_bf16 : dnnl_f32;
}

dnnl_prop_kind_t onednn_direction(bool training);

// What to ask an operation for to get the descriptor of an argument.
dnnl_query_t onednn_query(onednn_role role);

// oneDNN's algorithm for an activation; the variants whose backward reads the output.
dnnl_alg_kind_t onednn_activation_algorithm(onednn_activation activation, bool reads_output);
dnnl_alg_kind_t onednn_pooling_algorithm(onednn_pooling kind);

static inline unsigned onednn_normalization_flags(bool given_statistics, bool relu) {
  return (unsigned)dnnl_use_scale | dnnl_use_shift |
         (given_statistics ? (unsigned)dnnl_use_global_stats : 0) |
         (relu ? (unsigned)dnnl_fuse_norm_relu : 0);
}

// A window as oneDNN's functions declare it: arrays of the largest rank, of which two are used.
typedef struct {
  dnnl_dims_t kernel, stride, padding_before, padding_after;
} window_dims;

static inline window_dims dims_of(onednn_window window) {
  window_dims result;
  memset(&result, 0, sizeof result);
  for (int axis = 0; axis < 2; axis++) {
    result.kernel[axis] = window.kernel[axis];
    result.stride[axis] = window.stride[axis];
    result.padding_before[axis] = window.padding_before[axis];
    result.padding_after[axis] = window.padding_after[axis];
  }
  return result;
}

#define ONEDNN_TRY(call)                      \
  do {                                        \
    int status_ = (int)(call);                \
    if (status_ != dnnl_success) return status_; \
  } while (0)

#endif
