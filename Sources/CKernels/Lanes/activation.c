#include "Lanes/activation.h"

TANDEM_CLONES
void tandem_lane_activate(struct lane_maps values, size_t channels, size_t count,
                          enum tandem_lane_activation kind) {
  for (size_t c = 0; c < channels; c++) {
    lanes *value = values.base + c * values.channel;
    switch (kind) {
      case tandem_lane_activation_none: break;
      case tandem_lane_activation_relu:
        for (size_t i = 0; i < count; i++) activate(value + i, tandem_lane_activation_relu);
        break;
      case tandem_lane_activation_tanh:
        for (size_t i = 0; i < count; i++) activate(value + i, tandem_lane_activation_tanh);
        break;
    }
  }
}
