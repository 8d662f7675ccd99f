// The operators behind the last layer, which make probabilities of its outputs.

#include "scrawl/model.h"

#include "exchange/onnx_importer.h"

#include <cmath>

namespace scrawl {

void OnnxImporter::softmax(const OnnxNodeReader& reader) {
  const auto rank = static_cast<std::int64_t>(chain_.shape.size());
  const bool flattens = reader.opset() < 13;  // over all axes from `axis` on
  std::int64_t axis = reader.integer("axis", flattens ? 1 : -1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) throw reader.damaged("has an axis that its input does not have");
  std::size_t summed = 1;
  for (std::int64_t i = axis; i < (flattens ? rank : axis + 1); ++i)
    summed *= static_cast<std::size_t>(chain_.shape[static_cast<std::size_t>(i)]);
  if (axis == 0 || summed != values_per_image(chain_.shape))
    throw reader.unsupported("does not run over the classes of one image; use axis = 1");
  has_softmax_ = true;
  chain_.advance(reader, "omitted: it belongs to the loss");
}

float OnnxImporter::tail_constant(const OnnxNodeReader& reader) const {
  const Tensor* tensor = chain_.constants.find(reader.input(1));
  if (tensor == nullptr || reader.node().inputs.size() != 2 || count_values(tensor->shape) != 1U)
    throw reader.unsupported(
        "arithmetic after the last layer is supported only in the form that scrawl exports; export the model "
        "up to its last layer");
  return chain_.constants.floats(reader, 1)[0];
}

void OnnxImporter::tail_step(const OnnxNodeReader& reader) {
  const auto expect = [&](bool as_written) {
    if (!as_written)
      throw reader.unsupported(
          "scrawl does not convert outputs to probabilities in this way; export the model up "
          "to its last layer");
  };
  expect(chain_.is_current(reader.input(0)));
  switch (tail_steps_) {
    case 0: squared_error_.low = tail_constant(reader); break;
    case 1: {
      const float range = tail_constant(reader);
      expect(std::isnormal(range));
      // The sum may be rounded; look for the number whose difference is the range again.
      const float high = squared_error_.low + range;
      squared_error_.high = high;
      for (const float near : {std::nextafter(high, -INFINITY), std::nextafter(high, INFINITY)})
        if (squared_error_.high - squared_error_.low != range) squared_error_.high = near;
      expect(std::isfinite(squared_error_.high) && squared_error_.high != squared_error_.low);
      break;
    }
    case 2: expect(tail_constant(reader) == least_squared_error_probability); break;
    case 3: {
      const auto axes =
          reader.input(1).empty() ? reader.integers("axes") : chain_.constants.integers(reader, 1);
      expect(chain_.shape.size() == 2 && axes.size() == 1 && (axes[0] == 1 || axes[0] == -1) &&
             reader.integer("keepdims", 1) == 1);
      tail_sum_ = reader.node().outputs[0];
      ++tail_steps_;
      return;
    }
    default: expect(reader.input(1) == tail_sum_);
  }
  ++tail_steps_;
  chain_.advance(reader, "omitted: it converts squared-error outputs to probabilities");
}

}  // namespace scrawl
