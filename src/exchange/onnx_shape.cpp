// Shapes inside a graph: what the operators that only rearrange make of them, and broadcasting.

#include "exchange/onnx_graph.h"

#include <algorithm>

namespace scrawl {
namespace {

constexpr std::size_t most_dimensions = 8;
constexpr std::int64_t most_length = std::int64_t{1} << 31;

/// The product of the lengths other than the batch's; nullopt for one that is negative or too large.
std::optional<std::int64_t> product(std::span<const std::int64_t> lengths) {
  std::int64_t product = 1;
  for (const std::int64_t length : lengths) {
    if (length == batch_length) continue;
    if (length < 0 || length > most_length) return std::nullopt;
    product *= length;
    if (product > most_length) return std::nullopt;
  }
  return product;
}

bool has_batch(const OnnxShape& shape) { return !shape.empty() && shape[0] == batch_length; }

OnnxShape reshape(const OnnxNodeReader& reader, const OnnxShape& shape, OnnxShape target) {
  const auto values = product(shape);
  const auto mismatch = [&] {
    return reader.unsupported("does not keep each image's values together; reshape to (-1, " +
                              std::to_string(values.value_or(0)) + "), or use torch.flatten(x, 1)");
  };
  if (reader.integer("allowzero", 0) == 0)
    for (std::size_t i = 0; i < target.size(); ++i)
      if (target[i] == 0 && i < shape.size()) target[i] = shape[i];
  if (std::count(target.begin(), target.end(), -1) > 1)
    throw reader.damaged("has more than one -1 in its shape");

  const auto inferred = std::find(target.begin(), target.end(), -1);
  if (inferred != target.end()) {
    const bool batch_is_named = std::find(target.begin(), target.end(), batch_length) != target.end();
    if (has_batch(shape) && !batch_is_named && inferred == target.begin()) {
      *inferred = batch_length;
    } else {
      *inferred = 1;
      const auto others = product(target);
      if (!values || !others || *others == 0 || *values % *others != 0) throw mismatch();
      *inferred = *values / *others;
    }
  }
  if (has_batch(shape) != has_batch(target) ||
      std::count(target.begin(), target.end(), batch_length) != (has_batch(shape) ? 1 : 0) || !values ||
      product(target) != values)
    throw mismatch();
  return target;
}

OnnxShape flatten(const OnnxNodeReader& reader, const OnnxShape& shape) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  std::int64_t axis = reader.integer("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) throw reader.damaged("has an axis that its input does not have");
  const auto lengths = std::span(shape);
  const auto before = product(lengths.first(static_cast<std::size_t>(axis)));
  const auto behind = product(lengths.subspan(static_cast<std::size_t>(axis)));
  if (!before || !behind || (has_batch(shape) && (axis == 0 || *before != 1)))
    throw reader.unsupported("does not keep each image's values together; flatten with axis = 1");
  return {has_batch(shape) ? batch_length : *before, *behind};
}

OnnxShape squeeze_or_unsqueeze(const OnnxNodeReader& reader, const OnnxShape& shape,
                               const std::vector<std::int64_t>* operand) {
  if (operand == nullptr && !reader.has("axes"))
    throw reader.unsupported("does not name its axes; export the model with named axes");
  auto axes = operand != nullptr ? *operand : reader.integers("axes");
  const bool insert = reader.op() == "Unsqueeze";
  if (axes.size() > most_dimensions) throw reader.unsupported("has more than 8 axes");
  const auto rank = static_cast<std::int64_t>(shape.size() + (insert ? axes.size() : 0));
  for (auto& axis : axes) {
    if (axis < -rank || axis >= rank) throw reader.damaged("has an axis that its input does not have");
    if (axis < 0) axis += rank;
  }
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) throw reader.damaged("names an axis twice");
  if (has_batch(shape) && !axes.empty() && axes[0] == 0)
    throw reader.unsupported("changes the batch axis; leave the first axis as it is");
  OnnxShape changed = shape;
  if (insert) {
    for (const auto axis : axes) changed.insert(changed.begin() + axis, 1);
  } else {
    for (std::size_t i = axes.size(); i-- > 0;) {
      if (changed[static_cast<std::size_t>(axes[i])] != 1)
        throw reader.damaged("removes an axis whose length is not 1");
      changed.erase(changed.begin() + axes[i]);
    }
  }
  return changed;
}

}  // namespace

std::size_t values_per_image(const OnnxShape& shape) {
  std::size_t values = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) values *= static_cast<std::size_t>(shape[i]);
  return values;
}

OnnxShape changed_shape(const OnnxNodeReader& reader, const OnnxShape& shape,
                        const std::vector<std::int64_t>* operand) {
  OnnxShape changed;
  if (reader.op() == "Reshape") {
    if (operand == nullptr) throw reader.damaged("has no shape");
    if (operand->size() > most_dimensions) throw reader.unsupported("has more than 8 axes");
    changed = reshape(reader, shape, *operand);
  } else if (reader.op() == "Flatten") {
    changed = flatten(reader, shape);
  } else {
    changed = squeeze_or_unsqueeze(reader, shape, operand);
  }
  if (changed.size() > most_dimensions) throw reader.unsupported("has more than 8 axes");
  return changed;
}

bool broadcasts(std::span<const std::size_t> constant, const OnnxShape& shape) {
  if (constant.size() > shape.size()) return false;
  const std::size_t first = shape.size() - constant.size();
  for (std::size_t i = 0; i < constant.size(); ++i) {
    const bool equal = shape[first + i] >= 0 && constant[i] == static_cast<std::size_t>(shape[first + i]);
    if (constant[i] != 1 && !equal) return false;
  }
  return true;
}

std::vector<float> broadcast(const std::vector<float>& values, std::span<const std::size_t> constant,
                             const OnnxShape& shape) {
  if (values.size() == 1) return {values.front()};
  std::vector<float> result = {};
  result.reserve(values_per_image(shape));
  const std::size_t first = shape.size() - constant.size();
  std::vector<std::size_t> place(shape.size(), 0);  // of the value in the image
  while (true) {
    std::size_t index = 0;
    for (std::size_t i = 0; i < constant.size(); ++i)
      index = index * constant[i] + (constant[i] == 1 ? 0 : place[first + i]);
    result.push_back(values[index]);
    std::size_t axis = shape.size() - 1;
    while (axis > 0 && ++place[axis] == static_cast<std::size_t>(shape[axis])) place[axis--] = 0;
    if (axis == 0) return result;
  }
}

}  // namespace scrawl
