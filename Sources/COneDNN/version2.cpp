// oneDNN 2.x: memory descriptors are values (kept on the heap here), operations are described by
// structs first.
#include "internal.h"

#if DNNL_VERSION_MAJOR == 2

#include <stdlib.h>

static const dnnl_memory_desc_t *value(onednn_descriptor descriptor) {
  return (const dnnl_memory_desc_t *)descriptor;
}

static onednn_descriptor copy(const dnnl_memory_desc_t *descriptor) {
  dnnl_memory_desc_t *result = (dnnl_memory_desc_t *)malloc(sizeof *result);
  if (result) *result = *descriptor;
  return (onednn_descriptor)result;
}

int onednn_descriptor_create(
    onednn_descriptor *out, int rank, const int64_t *dims, onednn_element_type type,
    onednn_format format) try {
  const dnnl_data_type_t element = onednn_data_type(type);
  dnnl_memory_desc_t descriptor;
  if (format != onednn_format_plain) {
    ONEDNN_TRY(
        dnnl_memory_desc_init_by_tag(&descriptor, rank, dims, element, onednn_tag(format)));
  } else {
    dnnl_dims_t strides;
    int64_t stride = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= dims[axis];
    }
    ONEDNN_TRY(dnnl_memory_desc_init_by_strides(&descriptor, rank, dims, element, strides));
  }
  *out = copy(&descriptor);
  return *out ? dnnl_success : dnnl_out_of_memory;
} ONEDNN_CATCH

int onednn_descriptor_window(
    onednn_descriptor *out, onednn_descriptor parent, int rank, const int64_t *dims,
    const int64_t *offsets) try {
  (void)rank;
  dnnl_memory_desc_t descriptor;
  ONEDNN_TRY(dnnl_memory_desc_init_submemory(&descriptor, value(parent), dims, offsets));
  *out = copy(&descriptor);
  return *out ? dnnl_success : dnnl_out_of_memory;
} ONEDNN_CATCH

int onednn_descriptor_like(
    onednn_descriptor *out, onednn_descriptor model, const int64_t *dims) try {
  const dnnl_memory_desc_t *found = value(model);
  // Blocked formats can be made by their names only.
  for (int tag = dnnl_format_tag_any + 1; tag < dnnl_format_tag_last; tag++) {
    dnnl_memory_desc_t candidate;
    const dnnl_format_tag_t name = (dnnl_format_tag_t)tag;
    const bool is_same = dnnl_memory_desc_init_by_tag(
                             &candidate, found->ndims, found->dims, found->data_type, name) == 0 &&
                         dnnl_memory_desc_equal(&candidate, found);
    if (!is_same) continue;
    ONEDNN_TRY(
        dnnl_memory_desc_init_by_tag(&candidate, found->ndims, dims, found->data_type, name));
    *out = copy(&candidate);
    return *out ? dnnl_success : dnnl_out_of_memory;
  }
  return dnnl_unimplemented;
} ONEDNN_CATCH

int onednn_descriptor_shape(onednn_descriptor descriptor, int64_t *dims) {
  const dnnl_memory_desc_t *found = value(descriptor);
  for (int axis = 0; axis < found->ndims; axis++) dims[axis] = found->dims[axis];
  return found->ndims;
}

bool onednn_descriptor_is_any(onednn_descriptor descriptor) {
  return value(descriptor)->format_kind == dnnl_format_kind_any;
}

void onednn_descriptor_destroy(onednn_descriptor descriptor) { free(descriptor); }

bool onednn_descriptor_equal(onednn_descriptor a, onednn_descriptor b) {
  return dnnl_memory_desc_equal(value(a), value(b));
}

size_t onednn_descriptor_bytes(onednn_descriptor descriptor) {
  return dnnl_memory_desc_get_size(value(descriptor));
}

onednn_element_type onednn_descriptor_element_type(onednn_descriptor descriptor) {
  return value(descriptor)->data_type == dnnl_bf16 ? onednn_bfloat16 : onednn_float32;
}

int onednn_descriptor_channel_block(onednn_descriptor descriptor) try {
  const dnnl_memory_desc_t *found = value(descriptor);
  if (found->ndims != 4) return 0;
  static const struct {
    dnnl_format_tag_t tag;
    int block;
  } known[] = {{dnnl_nchw, 1}, {dnnl_nChw8c, 8}, {dnnl_nChw16c, 16}};
  for (int i = 0; i < 3; i++) {
    dnnl_memory_desc_t candidate;
    if (dnnl_memory_desc_init_by_tag(
            &candidate, 4, found->dims, found->data_type, known[i].tag) == 0 &&
        dnnl_memory_desc_equal(&candidate, found))
      return known[i].block;
  }
  return 0;
} ONEDNN_CATCH

int onednn_descriptor_layout(onednn_descriptor descriptor, onednn_layout *out) try {
  const dnnl_memory_desc_t *found = value(descriptor);
  const dnnl_blocking_desc_t *blocking = &found->format_desc.blocking;
  const bool is_known = found->format_kind == dnnl_blocked &&
      found->extra.flags == dnnl_memory_extra_flag_none &&
      (found->data_type == dnnl_f32 || found->data_type == dnnl_bf16);
  if (!is_known) return dnnl_unimplemented;
  memset(out, 0, sizeof *out);
  out->rank = found->ndims;
  out->offset = found->offset0;
  for (int axis = 0; axis < found->ndims; axis++) {
    out->dims[axis] = found->padded_dims[axis];
    out->strides[axis] = blocking->strides[axis];
    if (found->padded_offsets[axis] != 0) return dnnl_unimplemented;
  }
  out->block_count = blocking->inner_nblks;
  for (int block = 0; block < blocking->inner_nblks; block++) {
    out->block_sizes[block] = blocking->inner_blks[block];
    out->block_axes[block] = blocking->inner_idxs[block];
  }
  return dnnl_success;
} ONEDNN_CATCH

int onednn_memory_create(onednn_memory *out, onednn_descriptor descriptor, void *pointer) try {
  ONEDNN_TRY(onednn_check_room());
  return dnnl_memory_create((dnnl_memory_t *)out, value(descriptor), onednn_engine(), pointer);
} ONEDNN_CATCH

static int create(
    onednn_operation *out, const_dnnl_op_desc_t description, onednn_operation forward,
    onednn_activation activation) {
  dnnl_primitive_attr_t attributes;
  ONEDNN_TRY(onednn_attributes(&attributes, activation));
  int status = dnnl_primitive_desc_create(
      (dnnl_primitive_desc_t *)out, description, attributes, onednn_engine(),
      (dnnl_primitive_desc_t)forward);
  dnnl_primitive_attr_destroy(attributes);
  return status;
}

int onednn_convolution_forward(
    onednn_operation *out, bool training, onednn_descriptor source, onednn_descriptor weights,
    onednn_descriptor bias, onednn_descriptor destination, onednn_window window,
    onednn_activation activation) try {
  const window_dims dims = dims_of(window);
  dnnl_convolution_desc_t description;
  ONEDNN_TRY(dnnl_convolution_forward_desc_init(
      &description, onednn_direction(training), dnnl_convolution_direct, value(source), value(weights),
      value(bias), value(destination), dims.stride, dims.padding_before,
      dims.padding_after));
  return create(out, &description, nullptr, activation);
} ONEDNN_CATCH

int onednn_convolution_backward_data(
    onednn_operation *out, onednn_descriptor source_gradient, onednn_descriptor weights,
    onednn_descriptor destination_gradient, onednn_window window, onednn_operation forward) try {
  const window_dims dims = dims_of(window);
  dnnl_convolution_desc_t description;
  ONEDNN_TRY(dnnl_convolution_backward_data_desc_init(
      &description, dnnl_convolution_direct, value(source_gradient), value(weights),
      value(destination_gradient), dims.stride, dims.padding_before, dims.padding_after));
  return create(out, &description, forward, onednn_activation_none);
} ONEDNN_CATCH

int onednn_convolution_backward_weights(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor weights_gradient,
    onednn_descriptor bias_gradient, onednn_descriptor destination_gradient, onednn_window window,
    onednn_operation forward) try {
  const window_dims dims = dims_of(window);
  dnnl_convolution_desc_t description;
  ONEDNN_TRY(dnnl_convolution_backward_weights_desc_init(
      &description, dnnl_convolution_direct, value(source), value(weights_gradient),
      value(bias_gradient), value(destination_gradient), dims.stride, dims.padding_before,
      dims.padding_after));
  return create(out, &description, forward, onednn_activation_none);
} ONEDNN_CATCH

int onednn_dense_forward(
    onednn_operation *out, bool training, onednn_descriptor source, onednn_descriptor weights,
    onednn_descriptor bias, onednn_descriptor destination, onednn_activation activation) try {
  dnnl_inner_product_desc_t description;
  ONEDNN_TRY(dnnl_inner_product_forward_desc_init(
      &description, onednn_direction(training), value(source), value(weights), value(bias),
      value(destination)));
  return create(out, &description, nullptr, activation);
} ONEDNN_CATCH

int onednn_dense_backward_data(
    onednn_operation *out, onednn_descriptor source_gradient, onednn_descriptor weights,
    onednn_descriptor destination_gradient, onednn_operation forward) try {
  dnnl_inner_product_desc_t description;
  ONEDNN_TRY(dnnl_inner_product_backward_data_desc_init(
      &description, value(source_gradient), value(weights), value(destination_gradient)));
  return create(out, &description, forward, onednn_activation_none);
} ONEDNN_CATCH

int onednn_dense_backward_weights(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor weights_gradient,
    onednn_descriptor bias_gradient, onednn_descriptor destination_gradient,
    onednn_operation forward) try {
  dnnl_inner_product_desc_t description;
  ONEDNN_TRY(dnnl_inner_product_backward_weights_desc_init(
      &description, value(source), value(weights_gradient), value(bias_gradient),
      value(destination_gradient)));
  return create(out, &description, forward, onednn_activation_none);
} ONEDNN_CATCH

int onednn_pooling_forward(
    onednn_operation *out, bool training, onednn_pooling kind, onednn_descriptor source,
    onednn_descriptor destination, onednn_window window) try {
  const window_dims dims = dims_of(window);
  dnnl_pooling_desc_t description;
  ONEDNN_TRY(dnnl_pooling_forward_desc_init(
      &description, onednn_direction(training), onednn_pooling_algorithm(kind), value(source),
      value(destination), dims.stride, dims.kernel, dims.padding_before,
      dims.padding_after));
  return create(out, &description, nullptr, onednn_activation_none);
} ONEDNN_CATCH

int onednn_pooling_backward(
    onednn_operation *out, onednn_pooling kind, onednn_descriptor source_gradient,
    onednn_descriptor destination_gradient, onednn_window window, onednn_operation forward) try {
  const window_dims dims = dims_of(window);
  dnnl_pooling_desc_t description;
  ONEDNN_TRY(dnnl_pooling_backward_desc_init(
      &description, onednn_pooling_algorithm(kind), value(source_gradient),
      value(destination_gradient), dims.stride, dims.kernel, dims.padding_before,
      dims.padding_after));
  return create(out, &description, forward, onednn_activation_none);
} ONEDNN_CATCH

int onednn_activation_forward(
    onednn_operation *out, bool training, onednn_activation kind, onednn_descriptor data) try {
  dnnl_eltwise_desc_t description;
  ONEDNN_TRY(dnnl_eltwise_forward_desc_init(
      &description, onednn_direction(training), onednn_activation_algorithm(kind, true), value(data),
      0.0f, 0.0f));
  return create(out, &description, nullptr, onednn_activation_none);
} ONEDNN_CATCH

int onednn_activation_backward(
    onednn_operation *out, onednn_activation kind, onednn_descriptor gradient,
    onednn_descriptor data, onednn_operation forward) try {
  dnnl_eltwise_desc_t description;
  ONEDNN_TRY(dnnl_eltwise_backward_desc_init(
      &description, onednn_activation_algorithm(kind, true), value(gradient), value(data), 0.0f,
      0.0f));
  return create(out, &description, forward, onednn_activation_none);
} ONEDNN_CATCH

int onednn_batch_normalization_forward(
    onednn_operation *out, bool training, onednn_descriptor data, float epsilon,
    bool given_statistics, bool relu) try {
  dnnl_batch_normalization_desc_t description;
  ONEDNN_TRY(dnnl_batch_normalization_forward_desc_init(
      &description, onednn_direction(training), value(data), epsilon,
      onednn_normalization_flags(given_statistics, relu)));
  return create(out, &description, nullptr, onednn_activation_none);
} ONEDNN_CATCH

int onednn_batch_normalization_backward(
    onednn_operation *out, onednn_descriptor gradient, onednn_descriptor data, float epsilon,
    bool relu, onednn_operation forward) try {
  dnnl_batch_normalization_desc_t description;
  ONEDNN_TRY(dnnl_batch_normalization_backward_desc_init(
      &description, dnnl_backward, value(gradient), value(data), epsilon,
      onednn_normalization_flags(false, relu)));
  return create(out, &description, forward, onednn_activation_none);
} ONEDNN_CATCH

int onednn_softmax_forward(
    onednn_operation *out, bool training, onednn_descriptor data, int axis) try {
  dnnl_softmax_desc_t description;
  ONEDNN_TRY(dnnl_softmax_forward_desc_init(&description, onednn_direction(training), value(data), axis));
  return create(out, &description, nullptr, onednn_activation_none);
} ONEDNN_CATCH

int onednn_softmax_backward(
    onednn_operation *out, onednn_descriptor gradient, onednn_descriptor data, int axis,
    onednn_operation forward) try {
  dnnl_softmax_desc_t description;
  ONEDNN_TRY(dnnl_softmax_backward_desc_init(&description, value(gradient), value(data), axis));
  return create(out, &description, forward, onednn_activation_none);
} ONEDNN_CATCH

int onednn_reorder(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor destination, bool adds) try {
  dnnl_primitive_attr_t attributes;
  ONEDNN_TRY(onednn_reorder_attributes(&attributes, adds));
  int status = dnnl_reorder_primitive_desc_create(
      (dnnl_primitive_desc_t *)out, value(source), onednn_engine(), value(destination),
      onednn_engine(), attributes);
  dnnl_primitive_attr_destroy(attributes);
  return status;
} ONEDNN_CATCH

int onednn_operation_descriptor(
    onednn_descriptor *out, onednn_operation operation, onednn_role role) try {
  const dnnl_memory_desc_t *found =
      dnnl_primitive_desc_query_md((dnnl_primitive_desc_t)operation, onednn_query(role), 0);
  *out = nullptr;
  if (!found || dnnl_memory_desc_get_size(found) == 0) return dnnl_success;
  *out = copy(found);
  return *out ? dnnl_success : dnnl_out_of_memory;
} ONEDNN_CATCH

#endif
