#pragma once

#include "scrawl/error.h"
#include "scrawl/model_spec.h"

namespace scrawl {

/// The answer of every exporter: no other program knows a custom layer.
[[noreturn]] inline void refuse_to_export(const CustomLayer& layer) {
  throw Error(
      ErrorCode::unsupported,
      "the model has the layer '" + layer.name +
          "', which is this program's own, so that no other format can say what it does; keep the model "
          "as a model file of scrawl's, or replace the layer by one of scrawl's and train anew");
}

}  // namespace scrawl
