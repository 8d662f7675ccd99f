#pragma once

#include "scrawl/preprocessing.h"

#include "exchange/onnx_graph.h"

#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// One operation with a constant on the pixels, in front of the first layer.
struct PixelStep {
  enum class Kind { add, subtract, subtract_from, multiply, divide };
  Kind kind = Kind::add;
  std::vector<float> values = {};       ///< of the constant
  std::vector<std::size_t> shape = {};  ///< of the constant
  OnnxShape image = {};                 ///< of what it is combined with; broadcasts(shape, image)
};

/// The steps in order as a Preprocessing: part by part where they are divide, multiply, add (one number
/// each), subtract, divide; folded into one factor and one offset, or into a mean and a deviation for each
/// pixel, where they are others. Throws Error(unsupported) that names `file` where a pixel would be
/// multiplied by 0, or a value is too large.
Preprocessing to_preprocessing(std::span<const PixelStep> steps, std::size_t pixels, const std::string& file);

}  // namespace scrawl
