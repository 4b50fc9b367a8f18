#include "nudge/applications/efficientnet.h"
#include "nudge/applications/efficientnet_pieces.h"
#include "nudge/applications/families.h"

namespace nudge::applications {
namespace {

constexpr EfficientNetSize kEfficientNetLites[] = {{"0", 1.0, 1.0, 224, 0.2},
                                                   {"1", 1.0, 1.1, 240, 0.2},
                                                   {"2", 1.1, 1.2, 260, 0.3},
                                                   {"3", 1.2, 1.4, 280, 0.3},
                                                   {"4", 1.4, 1.8, 300, 0.3}};

Application efficientnet_lite_application(const EfficientNetSize& size) {
  const auto body = [=](const Tensor& image, const ApplicationOptions&, LayerNames&) {
    return efficientnet_body(image, size, true);
  };
  return {.name = std::string("EfficientNetLite") + size.name,
          .model_name = std::string("efficientnet_lite") + size.name,
          .preprocessing = "0.0078125,-0.9921875",  // (x - 127) / 128
          .input_shape = {size.image_size, size.image_size, 3},
          .dropout = size.dropout,
          .body = body,
          .top = efficientnet_top};
}

}  // namespace

std::vector<Application> efficientnet_lite() {
  return from_rows(kEfficientNetLites, efficientnet_lite_application);
}

}  // namespace nudge::applications
