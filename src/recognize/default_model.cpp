#include "recognize/default_model.h"

#include "scrawl/recognizer.h"

#include <span>

namespace scrawl {

Model default_model() {
  return parse_model_file(std::as_bytes(std::span(default_model_bytes, default_model_size)),
                          "the built-in model");
}

}  // namespace scrawl
