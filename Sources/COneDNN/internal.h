// Shared by the shim's source files: the handles of the public header are oneDNN's own, cast.
#ifndef TANDEM_CONEDNN_INTERNAL_H
#define TANDEM_CONEDNN_INTERNAL_H

#include <oneapi/dnnl/dnnl.h>

#include "COneDNN.h"

#if DNNL_VERSION_MAJOR < 2
#error "Tandem needs oneDNN 2.6 or newer (libdnnl-dev)"
#endif

// The one CPU engine of the process.
dnnl_engine_t onednn_engine(void);

// Attributes of every operation: memory that it needs while it runs is handed in by the caller
// (so that a primitive can run on several threads at once), and an activation may follow it.
// The caller destroys them.
int onednn_attributes(dnnl_primitive_attr_t *out, onednn_activation activation);

// oneDNN's algorithm for an activation; the variants whose backward reads the output.
dnnl_alg_kind_t onednn_activation_algorithm(onednn_activation activation, bool reads_output);
dnnl_alg_kind_t onednn_pooling_algorithm(onednn_pooling kind);

#define ONEDNN_TRY(call)                      \
  do {                                        \
    int status_ = (int)(call);                \
    if (status_ != dnnl_success) return status_; \
  } while (0)

#endif
