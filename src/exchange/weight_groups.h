#pragma once

#include "scrawl/error.h"
#include "scrawl/exchange.h"
#include "scrawl/network.h"

#include "exchange/state_dict.h"
#include "formats/tensor.h"
#include "model/layer_arrays.h"
#include "nn/layer_kinds.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// The arrays that one layer of the model needs.
struct LayerSlot {
  std::string text;  ///< "layer 2, dense 10"
  WeightForm kind = WeightForm::dense;
  ParameterInfo weight = {};
  std::optional<ParameterInfo> bias = {};
  std::optional<StateInfo> mean = {};  ///< of a norm, and
  std::optional<StateInfo> variance = {};
  /// Where the layer's plain vector of inputs was a picture of several channels: its shape.
  std::optional<Shape> picture = {};

  std::size_t outputs() const { return weight.shape[0]; }
  std::size_t inputs() const { return weight.size() / outputs(); }
  /// A convolution's weights as (height, width, inputs, outputs).
  std::vector<std::size_t> in_out_shape() const;
};

/// The arrays of one layer of the file.
struct ArrayGroup {
  std::string key = {};
  const Tensor* weight = nullptr;
  const Tensor* bias = nullptr;
  const Tensor* mean = nullptr;
  const Tensor* variance = nullptr;
  NameMeaning meaning = {};  ///< of the weights' name

  WeightForm kind() const;
};

/// The layers of the model that have arrays. Throws Error(unsupported) that names `file` for a CustomLayer
/// that has some.
std::vector<LayerSlot> slots_of(const ModelSpec& spec, const std::string& file);

/// Whether the array's shape is that of some layer's weights, bias or other vectors.
bool fits_some_layer(const Tensor& array, const std::vector<LayerSlot>& slots);

/// Puts the arrays of each layer together, by name where `named`, otherwise by position, and the groups in
/// the order of the slots: as they come, or else the one way that shapes allow. Throws Error(bad_data).
/// REQUIRES names that mean something where `named`.
std::vector<ArrayGroup> groups_for(const std::vector<LayerSlot>& slots,
                                   const std::vector<const Tensor*>& arrays, bool named,
                                   const std::string& file);

/// Where the order of the file means nothing, names must tell layers apart whose arrays could be exchanged.
/// Throws Error(bad_data) where they do not.
void require_numbered_names(const std::vector<ArrayGroup>& groups, const std::vector<LayerSlot>& slots,
                            bool named, const std::string& file);

/// "array 'W1' (3, 2)", for messages.
std::string quoted(const Tensor& array);

}  // namespace scrawl
