// oneDNN 3.x: memory descriptors are handles, each operation has a creation function of its own.
#include "internal.h"

#if DNNL_VERSION_MAJOR >= 3

static const_dnnl_memory_desc_t handle(onednn_descriptor descriptor) {
  return (const_dnnl_memory_desc_t)descriptor;
}

static dnnl_primitive_desc_t hint(onednn_operation forward) {
  return (dnnl_primitive_desc_t)forward;
}

static const dnnl_dims_t no_dilation = {0};

// Creates attributes, evaluates `call` (which uses `attributes` and `operation`) and cleans up.
#define WITH_ATTRIBUTES(activation, call)                            \
  do {                                                               \
    dnnl_primitive_attr_t attributes;                                \
    ONEDNN_TRY(onednn_attributes(&attributes, activation));          \
    dnnl_primitive_desc_t *operation = (dnnl_primitive_desc_t *)out; \
    int status = (int)(call);                                        \
    dnnl_primitive_attr_destroy(attributes);                         \
    return status;                                                   \
  } while (0)

int onednn_descriptor_create(
    onednn_descriptor *out, int rank, const int64_t *dims, onednn_element_type type,
    onednn_format format) try {
  const dnnl_data_type_t element = onednn_data_type(type);
  dnnl_memory_desc_t *descriptor = (dnnl_memory_desc_t *)out;
  if (format != onednn_format_plain) {
    return dnnl_memory_desc_create_with_tag(descriptor, rank, dims, element, onednn_tag(format));
  }
  dnnl_dims_t strides;
  int64_t stride = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis];
  }
  return dnnl_memory_desc_create_with_strides(descriptor, rank, dims, element, strides);
} ONEDNN_CATCH

int onednn_descriptor_window(
    onednn_descriptor *out, onednn_descriptor parent, int rank, const int64_t *dims,
    const int64_t *offsets) try {
  (void)rank;
  return dnnl_memory_desc_create_submemory(
      (dnnl_memory_desc_t *)out, handle(parent), dims, offsets);
} ONEDNN_CATCH

int onednn_descriptor_like(
    onednn_descriptor *out, onednn_descriptor model, const int64_t *dims) try {
  dnnl_dims_t shape;
  const int rank = onednn_descriptor_shape(model, shape);
  dnnl_data_type_t type;
  ONEDNN_TRY(dnnl_memory_desc_query(handle(model), dnnl_query_data_type, &type));
  // Blocked formats can be made by their names only.
  for (int tag = dnnl_format_tag_any + 1; tag < dnnl_format_tag_last; tag++) {
    dnnl_memory_desc_t candidate;
    const dnnl_format_tag_t name = (dnnl_format_tag_t)tag;
    if (dnnl_memory_desc_create_with_tag(&candidate, rank, shape, type, name)) continue;
    const bool is_same = dnnl_memory_desc_equal(candidate, handle(model));
    dnnl_memory_desc_destroy(candidate);
    if (!is_same) continue;
    return dnnl_memory_desc_create_with_tag((dnnl_memory_desc_t *)out, rank, dims, type, name);
  }
  return dnnl_unimplemented;
} ONEDNN_CATCH

int onednn_descriptor_shape(onednn_descriptor descriptor, int64_t *dims) {
  int rank = 0;
  const dnnl_dims_t *found;
  if (dnnl_memory_desc_query(handle(descriptor), dnnl_query_ndims_s32, &rank) != dnnl_success ||
      dnnl_memory_desc_query(handle(descriptor), dnnl_query_dims, (void *)&found) != dnnl_success)
    return 0;
  for (int axis = 0; axis < rank; axis++) dims[axis] = (*found)[axis];
  return rank;
}

bool onednn_descriptor_is_any(onednn_descriptor descriptor) {
  dnnl_format_kind_t kind;
  return dnnl_memory_desc_query(handle(descriptor), dnnl_query_format_kind, &kind) ==
             dnnl_success &&
         kind == dnnl_format_kind_any;
}

void onednn_descriptor_destroy(onednn_descriptor descriptor) {
  dnnl_memory_desc_destroy((dnnl_memory_desc_t)descriptor);
}

bool onednn_descriptor_equal(onednn_descriptor a, onednn_descriptor b) {
  return dnnl_memory_desc_equal(handle(a), handle(b));
}

size_t onednn_descriptor_bytes(onednn_descriptor descriptor) {
  return dnnl_memory_desc_get_size(handle(descriptor));
}

onednn_element_type onednn_descriptor_element_type(onednn_descriptor descriptor) {
  dnnl_data_type_t type;
  const bool is_bfloat16 =
      dnnl_memory_desc_query(handle(descriptor), dnnl_query_data_type, &type) == dnnl_success &&
      type == dnnl_bf16;
  return is_bfloat16 ? onednn_bfloat16 : onednn_float32;
}

int onednn_descriptor_channel_block(onednn_descriptor descriptor) try {
  int rank = 0;
  if (dnnl_memory_desc_query(handle(descriptor), dnnl_query_ndims_s32, &rank) != dnnl_success ||
      rank != 4)
    return 0;
  const dnnl_dims_t *dims = nullptr;
  if (dnnl_memory_desc_query(handle(descriptor), dnnl_query_dims, (void *)&dims) != dnnl_success)
    return 0;
  dnnl_data_type_t type;
  if (dnnl_memory_desc_query(handle(descriptor), dnnl_query_data_type, &type) != dnnl_success)
    return 0;
  static const struct {
    dnnl_format_tag_t tag;
    int block;
  } known[] = {{dnnl_nchw, 1}, {dnnl_nChw8c, 8}, {dnnl_nChw16c, 16}};
  for (int i = 0; i < 3; i++) {
    dnnl_memory_desc_t candidate;
    if (dnnl_memory_desc_create_with_tag(&candidate, 4, *dims, type, known[i].tag)) continue;
    const bool is_equal = dnnl_memory_desc_equal(candidate, handle(descriptor));
    dnnl_memory_desc_destroy(candidate);
    if (is_equal) return known[i].block;
  }
  return 0;
} ONEDNN_CATCH

int onednn_descriptor_layout(onednn_descriptor descriptor, onednn_layout *out) try {
  dnnl_format_kind_t kind;
  dnnl_data_type_t type;
  ONEDNN_TRY(dnnl_memory_desc_query(handle(descriptor), dnnl_query_format_kind, &kind));
  ONEDNN_TRY(dnnl_memory_desc_query(handle(descriptor), dnnl_query_data_type, &type));
  if (kind != dnnl_blocked || (type != dnnl_f32 && type != dnnl_bf16)) return dnnl_unimplemented;
  const dnnl_dims_t *dims, *strides, *sizes, *axes, *padding;
  dnnl_dim_t offset;
  const struct {
    dnnl_query_t query;
    void *result;
  } queries[] = {
      {dnnl_query_ndims_s32, &out->rank},
      {dnnl_query_padded_dims, (void *)&dims},
      {dnnl_query_padded_offsets, (void *)&padding},
      {dnnl_query_strides, (void *)&strides},
      {dnnl_query_submemory_offset_s64, &offset},
      {dnnl_query_inner_nblks_s32, &out->block_count},
      {dnnl_query_inner_blks, (void *)&sizes},
      {dnnl_query_inner_idxs, (void *)&axes},
  };
  memset(out, 0, sizeof *out);
  for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
    ONEDNN_TRY(dnnl_memory_desc_query(handle(descriptor), queries[i].query, queries[i].result));
  }
  out->offset = offset;
  for (int axis = 0; axis < out->rank; axis++) {
    out->dims[axis] = (*dims)[axis];
    out->strides[axis] = (*strides)[axis];
    if ((*padding)[axis] != 0) return dnnl_unimplemented;
  }
  for (int block = 0; block < out->block_count; block++) {
    out->block_sizes[block] = (*sizes)[block];
    out->block_axes[block] = (*axes)[block];
  }
  return dnnl_success;
} ONEDNN_CATCH

int onednn_memory_create(onednn_memory *out, onednn_descriptor descriptor, void *pointer) try {
  ONEDNN_TRY(onednn_check_room());
  return dnnl_memory_create((dnnl_memory_t *)out, handle(descriptor), onednn_engine(), pointer);
} ONEDNN_CATCH

int onednn_convolution_forward(
    onednn_operation *out, bool training, onednn_descriptor source, onednn_descriptor weights,
    onednn_descriptor bias, onednn_descriptor destination, onednn_window window,
    onednn_activation activation) try {
  const window_dims dims = dims_of(window);
  WITH_ATTRIBUTES(
      activation,
      dnnl_convolution_forward_primitive_desc_create(
          operation, onednn_engine(), onednn_direction(training), dnnl_convolution_direct,
          handle(source), handle(weights), handle(bias), handle(destination), dims.stride,
          no_dilation, dims.padding_before, dims.padding_after, attributes));
} ONEDNN_CATCH

int onednn_convolution_backward_data(
    onednn_operation *out, onednn_descriptor source_gradient, onednn_descriptor weights,
    onednn_descriptor destination_gradient, onednn_window window, onednn_operation forward) try {
  const window_dims dims = dims_of(window);
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_convolution_backward_data_primitive_desc_create(
          operation, onednn_engine(), dnnl_convolution_direct, handle(source_gradient),
          handle(weights), handle(destination_gradient), dims.stride, no_dilation,
          dims.padding_before, dims.padding_after, hint(forward), attributes));
} ONEDNN_CATCH

int onednn_convolution_backward_weights(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor weights_gradient,
    onednn_descriptor bias_gradient, onednn_descriptor destination_gradient, onednn_window window,
    onednn_operation forward) try {
  const window_dims dims = dims_of(window);
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_convolution_backward_weights_primitive_desc_create(
          operation, onednn_engine(), dnnl_convolution_direct, handle(source),
          handle(weights_gradient), handle(bias_gradient), handle(destination_gradient),
          dims.stride, no_dilation, dims.padding_before, dims.padding_after, hint(forward),
          attributes));
} ONEDNN_CATCH

int onednn_dense_forward(
    onednn_operation *out, bool training, onednn_descriptor source, onednn_descriptor weights,
    onednn_descriptor bias, onednn_descriptor destination, onednn_activation activation) try {
  WITH_ATTRIBUTES(
      activation,
      dnnl_inner_product_forward_primitive_desc_create(
          operation, onednn_engine(), onednn_direction(training), handle(source), handle(weights),
          handle(bias), handle(destination), attributes));
} ONEDNN_CATCH

int onednn_dense_backward_data(
    onednn_operation *out, onednn_descriptor source_gradient, onednn_descriptor weights,
    onednn_descriptor destination_gradient, onednn_operation forward) try {
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_inner_product_backward_data_primitive_desc_create(
          operation, onednn_engine(), handle(source_gradient), handle(weights),
          handle(destination_gradient), hint(forward), attributes));
} ONEDNN_CATCH

int onednn_dense_backward_weights(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor weights_gradient,
    onednn_descriptor bias_gradient, onednn_descriptor destination_gradient,
    onednn_operation forward) try {
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_inner_product_backward_weights_primitive_desc_create(
          operation, onednn_engine(), handle(source), handle(weights_gradient),
          handle(bias_gradient), handle(destination_gradient), hint(forward), attributes));
} ONEDNN_CATCH

int onednn_pooling_forward(
    onednn_operation *out, bool training, onednn_pooling kind, onednn_descriptor source,
    onednn_descriptor destination, onednn_window window) try {
  const window_dims dims = dims_of(window);
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_pooling_forward_primitive_desc_create(
          operation, onednn_engine(), onednn_direction(training), onednn_pooling_algorithm(kind),
          handle(source), handle(destination), dims.stride, dims.kernel, no_dilation,
          dims.padding_before, dims.padding_after, attributes));
} ONEDNN_CATCH

int onednn_pooling_backward(
    onednn_operation *out, onednn_pooling kind, onednn_descriptor source_gradient,
    onednn_descriptor destination_gradient, onednn_window window, onednn_operation forward) try {
  const window_dims dims = dims_of(window);
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_pooling_backward_primitive_desc_create(
          operation, onednn_engine(), onednn_pooling_algorithm(kind), handle(source_gradient),
          handle(destination_gradient), dims.stride, dims.kernel, no_dilation,
          dims.padding_before, dims.padding_after, hint(forward), attributes));
} ONEDNN_CATCH

int onednn_activation_forward(
    onednn_operation *out, bool training, onednn_activation kind, onednn_descriptor data) try {
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_eltwise_forward_primitive_desc_create(
          operation, onednn_engine(), onednn_direction(training),
          onednn_activation_algorithm(kind, true), handle(data), handle(data), 0.0f, 0.0f,
          attributes));
} ONEDNN_CATCH

int onednn_activation_backward(
    onednn_operation *out, onednn_activation kind, onednn_descriptor gradient,
    onednn_descriptor data, onednn_operation forward) try {
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_eltwise_backward_primitive_desc_create(
          operation, onednn_engine(), onednn_activation_algorithm(kind, true), handle(gradient),
          handle(gradient), handle(data), 0.0f, 0.0f, hint(forward), attributes));
} ONEDNN_CATCH

int onednn_batch_normalization_forward(
    onednn_operation *out, bool training, onednn_descriptor data, float epsilon,
    bool given_statistics, bool relu) try {
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_batch_normalization_forward_primitive_desc_create(
          operation, onednn_engine(), onednn_direction(training), handle(data), handle(data), epsilon,
          onednn_normalization_flags(given_statistics, relu), attributes));
} ONEDNN_CATCH

int onednn_batch_normalization_backward(
    onednn_operation *out, onednn_descriptor gradient, onednn_descriptor data, float epsilon,
    bool relu, onednn_operation forward) try {
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_batch_normalization_backward_primitive_desc_create(
          operation, onednn_engine(), dnnl_backward, handle(gradient), handle(gradient),
          handle(data), epsilon, onednn_normalization_flags(false, relu), hint(forward),
          attributes));
} ONEDNN_CATCH

int onednn_softmax_forward(
    onednn_operation *out, bool training, onednn_descriptor data, int axis) try {
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_softmax_forward_primitive_desc_create(
          operation, onednn_engine(), onednn_direction(training), dnnl_softmax_accurate, handle(data),
          handle(data), axis, attributes));
} ONEDNN_CATCH

int onednn_softmax_backward(
    onednn_operation *out, onednn_descriptor gradient, onednn_descriptor data, int axis,
    onednn_operation forward) try {
  WITH_ATTRIBUTES(
      onednn_activation_none,
      dnnl_softmax_backward_primitive_desc_create(
          operation, onednn_engine(), dnnl_softmax_accurate, handle(gradient), handle(gradient),
          handle(data), axis, hint(forward), attributes));
} ONEDNN_CATCH

int onednn_reorder(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor destination, bool adds) try {
  dnnl_primitive_attr_t attributes;
  ONEDNN_TRY(onednn_reorder_attributes(&attributes, adds));
  int status = dnnl_reorder_primitive_desc_create(
      (dnnl_primitive_desc_t *)out, handle(source), onednn_engine(), handle(destination),
      onednn_engine(), attributes);
  dnnl_primitive_attr_destroy(attributes);
  return status;
} ONEDNN_CATCH

int onednn_operation_descriptor(
    onednn_descriptor *out, onednn_operation operation, onednn_role role) try {
  const_dnnl_memory_desc_t found =
      dnnl_primitive_desc_query_md((dnnl_primitive_desc_t)operation, onednn_query(role), 0);
  *out = nullptr;
  if (!found || dnnl_memory_desc_get_size(found) == 0) return dnnl_success;
  return dnnl_memory_desc_clone((dnnl_memory_desc_t *)out, found);
} ONEDNN_CATCH

#endif
