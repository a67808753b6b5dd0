// What is the same in oneDNN 2.x and 3.x: the library itself, streams, memory, execution.
#include <pthread.h>

#include "internal.h"

// libgomp's; <omp.h> belongs to the compiler, not to the system.
extern void omp_set_num_threads(int);

_Static_assert(sizeof(onednn_argument) == sizeof(dnnl_exec_arg_t), "argument layout");
_Static_assert(
    offsetof(onednn_argument, memory) == offsetof(dnnl_exec_arg_t, memory), "argument layout");

static dnnl_engine_t engine;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void create_engine(void) {
  // Fails only where the library has no CPU part; the null engine then fails every operation.
  dnnl_engine_create(&engine, dnnl_cpu, 0);
}

dnnl_engine_t onednn_engine(void) {
  pthread_once(&engine_once, create_engine);
  return engine;
}

void onednn_version(int *major, int *minor, int *patch) {
  const dnnl_version_t *version = dnnl_version();
  *major = version->major;
  *minor = version->minor;
  *patch = version->patch;
}

const char *onednn_status_text(int status) {
  switch (status) {
    case dnnl_success: return "success";
    case dnnl_out_of_memory: return "out of memory";
    case dnnl_invalid_arguments: return "invalid arguments";
    case dnnl_unimplemented: return "not implemented for these shapes on this machine";
    case dnnl_runtime_error: return "run-time error";
    case dnnl_not_required: return "argument not required";
    default: return "unknown status";
  }
}

const char *onednn_instruction_set(void) {
  switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41: return "sse41";
    case dnnl_cpu_isa_avx: return "avx";
    case dnnl_cpu_isa_avx2: return "avx2";
    case dnnl_cpu_isa_avx2_vnni: return "avx2_vnni";
    case dnnl_cpu_isa_avx512_core: return "avx512_core";
    case dnnl_cpu_isa_avx512_core_vnni: return "avx512_core_vnni";
    case dnnl_cpu_isa_avx512_core_bf16: return "avx512_core_bf16";
    case dnnl_cpu_isa_avx512_core_amx: return "avx512_core_amx";
    default: return "another";
  }
}

void onednn_use_one_thread_here(void) { omp_set_num_threads(1); }

int onednn_stream_create(onednn_stream *stream) {
  return dnnl_stream_create((dnnl_stream_t *)stream, onednn_engine(), dnnl_stream_default_flags);
}

void onednn_stream_destroy(onednn_stream stream) { dnnl_stream_destroy((dnnl_stream_t)stream); }

int onednn_memory_set_pointer(onednn_memory memory, void *pointer) {
  return dnnl_memory_set_data_handle((dnnl_memory_t)memory, pointer);
}

void onednn_memory_destroy(onednn_memory memory) { dnnl_memory_destroy((dnnl_memory_t)memory); }

int onednn_transposed_product(
    float *product, const float *a, const float *b, int64_t rows, int64_t columns, int64_t depth,
    int64_t a_stride, int64_t b_stride, bool adding) {
  return dnnl_sgemm(
      'T', 'N', rows, columns, depth, 1.0f, a, a_stride, b, b_stride, adding ? 1.0f : 0.0f, product,
      columns);
}

dnnl_alg_kind_t onednn_activation_algorithm(onednn_activation activation, bool reads_output) {
  switch (activation) {
    case onednn_activation_relu:
      return reads_output ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_relu;
    case onednn_activation_tanh:
      return reads_output ? dnnl_eltwise_tanh_use_dst_for_bwd : dnnl_eltwise_tanh;
    case onednn_activation_sigmoid:
      return reads_output ? dnnl_eltwise_logistic_use_dst_for_bwd : dnnl_eltwise_logistic;
    case onednn_activation_none: break;
  }
  return dnnl_alg_kind_undef;
}

dnnl_alg_kind_t onednn_pooling_algorithm(onednn_pooling kind) {
  switch (kind) {
    case onednn_pooling_max: return dnnl_pooling_max;
    case onednn_pooling_average_include_padding: return dnnl_pooling_avg_include_padding;
    case onednn_pooling_average_exclude_padding: return dnnl_pooling_avg_exclude_padding;
  }
  return dnnl_alg_kind_undef;
}

bool onednn_batch_normalization_backward_reads_shift(void) { return DNNL_VERSION_MAJOR < 3; }

dnnl_prop_kind_t onednn_direction(bool training) {
  return training ? dnnl_forward_training : dnnl_forward_inference;
}

int onednn_attributes(dnnl_primitive_attr_t *out, onednn_activation activation) {
  ONEDNN_TRY(dnnl_primitive_attr_create(out));
  int status = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
  if (status == dnnl_success && activation != onednn_activation_none) {
    dnnl_post_ops_t post_ops;
    status = dnnl_post_ops_create(&post_ops);
    if (status == dnnl_success) {
      status = onednn_append_activation(post_ops, onednn_activation_algorithm(activation, false));
      if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*out, post_ops);
      dnnl_post_ops_destroy(post_ops);
    }
  }
  if (status != dnnl_success) dnnl_primitive_attr_destroy(*out);
  return status;
}

int onednn_reorder_attributes(dnnl_primitive_attr_t *out, bool adds) {
  ONEDNN_TRY(onednn_attributes(out, onednn_activation_none));
  if (!adds) return dnnl_success;
  dnnl_post_ops_t post_ops;
  int status = dnnl_post_ops_create(&post_ops);
  if (status == dnnl_success) {
    status = onednn_append_sum(post_ops);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*out, post_ops);
    dnnl_post_ops_destroy(post_ops);
  }
  if (status != dnnl_success) dnnl_primitive_attr_destroy(*out);
  return status;
}

dnnl_query_t onednn_query(onednn_role role) {
  static const dnnl_query_t queries[] = {
      [onednn_role_source] = dnnl_query_src_md,
      [onednn_role_weights] = dnnl_query_weights_md,
      [onednn_role_destination] = dnnl_query_dst_md,
      [onednn_role_source_gradient] = dnnl_query_diff_src_md,
      [onednn_role_weights_gradient] = dnnl_query_diff_weights_md,
      [onednn_role_destination_gradient] = dnnl_query_diff_dst_md,
      [onednn_role_workspace] = dnnl_query_workspace_md,
      [onednn_role_scratchpad] = dnnl_query_scratchpad_md,
  };
  return queries[role];
}

void onednn_operation_destroy(onednn_operation operation) {
  dnnl_primitive_desc_destroy((dnnl_primitive_desc_t)operation);
}

const char *onednn_operation_implementation(onednn_operation operation) {
  const char *name = "unknown";
  dnnl_primitive_desc_query(
      (dnnl_primitive_desc_t)operation, dnnl_query_impl_info_str, 0, (void *)&name);
  return name;
}

int onednn_argument_number(onednn_argument_kind kind, int index) {
  switch (kind) {
    case onednn_argument_source: return DNNL_ARG_SRC;
    case onednn_argument_weights: return DNNL_ARG_WEIGHTS;
    case onednn_argument_bias: return DNNL_ARG_BIAS;
    case onednn_argument_destination: return DNNL_ARG_DST;
    case onednn_argument_source_gradient: return DNNL_ARG_DIFF_SRC;
    case onednn_argument_weights_gradient: return DNNL_ARG_DIFF_WEIGHTS;
    case onednn_argument_bias_gradient: return DNNL_ARG_DIFF_BIAS;
    case onednn_argument_destination_gradient: return DNNL_ARG_DIFF_DST;
    case onednn_argument_workspace: return DNNL_ARG_WORKSPACE;
    case onednn_argument_scratchpad: return DNNL_ARG_SCRATCHPAD;
    case onednn_argument_mean: return DNNL_ARG_MEAN;
    case onednn_argument_variance: return DNNL_ARG_VARIANCE;
    case onednn_argument_scale: return DNNL_ARG_SCALE;
    case onednn_argument_shift: return DNNL_ARG_SHIFT;
    case onednn_argument_scale_gradient: return DNNL_ARG_DIFF_SCALE;
    case onednn_argument_shift_gradient: return DNNL_ARG_DIFF_SHIFT;
    case onednn_argument_from: return DNNL_ARG_FROM;
    case onednn_argument_to: return DNNL_ARG_TO;
    case onednn_argument_multiple: return DNNL_ARG_MULTIPLE_SRC + index;
  }
  return -1;
}

int onednn_primitive_create(onednn_primitive *out, onednn_operation operation) {
  return dnnl_primitive_create((dnnl_primitive_t *)out, (dnnl_primitive_desc_t)operation);
}

void onednn_primitive_destroy(onednn_primitive primitive) {
  dnnl_primitive_destroy((dnnl_primitive_t)primitive);
}

int onednn_primitive_execute(
    onednn_primitive primitive, onednn_stream stream, int count, const onednn_argument *arguments) {
  return dnnl_primitive_execute(
      (dnnl_primitive_t)primitive, (dnnl_stream_t)stream, count,
      (const dnnl_exec_arg_t *)arguments);
}
