#include "exchange/weight_matching.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "model/layer_arrays.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

Error bad_weights(const std::string& message, const std::string& file) {
  return {ErrorCode::bad_data, message, file};
}

std::string order_text(WeightOrder order) {
  return order == WeightOrder::out_in ? "(outputs, inputs)" : "(inputs, outputs)";
}

std::string convolution_order_text(WeightOrder order) {
  return order == WeightOrder::out_in ? "(outputs, inputs, height, width)"
                                      : "(height, width, inputs, outputs)";
}

/// How a matrix lies: as its shape says, otherwise as the user or the names say.
WeightOrder order_of(const ArrayGroup& group, const LayerSlot& slot, std::optional<WeightOrder> wanted,
                     std::optional<WeightOrder> others, const std::string& file) {
  if (slot.outputs() != slot.inputs()) {
    const auto order = group.weight->shape[0] == slot.outputs() ? WeightOrder::out_in : WeightOrder::in_out;
    if (wanted && *wanted != order)
      throw bad_weights(quoted(*group.weight) + " lies as " + order_text(order) + " for " + slot.text +
                            ", not as --order " + std::string(to_string(*wanted)) + " says",
                        file);
    return order;
  }
  if (wanted) return *wanted;
  if (group.meaning.order && (!others || *others == *group.meaning.order)) return *group.meaning.order;
  throw bad_weights(
      quoted(*group.weight) + " is square, and neither its shape nor its name determines its order; pass " +
          "--order in-out for y = x W, as in NumPy, or --order out-in for y = W x, as in PyTorch" +
          (others ? " (the other weights are " + order_text(*others) + ")" : ""),
      file);
}

/// How the weights lie whose shape decides; nullopt where none does.
std::optional<WeightOrder> order_by_shape(const std::vector<ArrayGroup>& groups,
                                          const std::vector<LayerSlot>& slots) {
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (slots[i].kind == WeightForm::dense && slots[i].outputs() != slots[i].inputs())
      return groups[i].weight->shape[0] == slots[i].outputs() ? WeightOrder::out_in : WeightOrder::in_out;
  return std::nullopt;
}

/// The same for a convolution, whose weights are (outputs, inputs, height, width) also in NumPy tutorials,
/// and (height, width, inputs, outputs) in Keras.
WeightOrder convolution_order_of(const ArrayGroup& group, const LayerSlot& slot,
                                 std::optional<WeightOrder> wanted, const std::string& file) {
  if (slot.weight.shape != slot.in_out_shape())
    return group.weight->shape == slot.weight.shape ? WeightOrder::out_in : WeightOrder::in_out;
  if (group.meaning.convolution_order) return *group.meaning.convolution_order;
  if (wanted) return *wanted;
  throw bad_weights(quoted(*group.weight) +
                        ": neither its shape nor its name determines its order; pass --order in-out for " +
                        convolution_order_text(WeightOrder::in_out) +
                        ", as in Keras, or --order out-in for " + convolution_order_text(WeightOrder::out_in),
                    file);
}

/// As float32. Whole numbers of 8 and 16 bits are not weights, but multiples of some scale.
std::vector<float> finite_floats(const Tensor& array, const std::string& file) {
  constexpr std::array<std::string_view, 5> quantised = {"I8", "U8", "I16", "U16", "BOOL"};
  if (std::find(quantised.begin(), quantised.end(), array.dtype) != quantised.end())
    throw Error(ErrorCode::unsupported,
                quoted(array) + " holds numbers of type " + array.dtype +
                    ", as in quantised models, without a scale; save the weights as "
                    "float32, multiplied by their scale",
                file);
  std::vector<float> values = to_floats(view(array), file);
  const auto odd = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (odd != values.end())
    throw bad_weights(quoted(array) + ": value " + std::to_string(odd - values.begin()) +
                          " is not a finite float32; training diverged, or the file is damaged",
                      file);
  return values;
}

std::string type_note(const Tensor& array) {
  return array.dtype == "F32" ? "" : ", " + array.dtype + " made float32";
}

/// Gives one layer after the other its arrays.
class Assignment {
 public:
  Assignment(Network& network, const std::string& file) : network_(network), file_(file) {}

  /// What convolutions made lies as (height, width, channel) in this file, as in Keras.
  void set_channels_last() { channels_last_ = true; }

  std::string assign_dense(const LayerSlot& slot, const ArrayGroup& group, WeightOrder order) {
    auto values = finite_floats(*group.weight, file_);
    if (order == WeightOrder::in_out) values = transposed(values, slot.inputs(), slot.outputs());
    const bool turns = channels_last_ && slot.picture;
    if (turns) values = channels_first(values, slot.outputs(), *slot.picture);
    set_parameter<float>(network_, slot.weight, values);
    return text_of(slot, group,
                   order_text(order) + (turns ? " with inputs as (height, width, channel)" : ""));
  }

  std::string assign_convolution(const LayerSlot& slot, const ArrayGroup& group, WeightOrder order) {
    auto values = finite_floats(*group.weight, file_);
    if (order == WeightOrder::in_out) {  // (taps, channels, outputs): first as (outputs, taps, channels)
      values = transposed(values, slot.inputs(), slot.outputs());
      values = channels_first(values, slot.outputs(),
                              {slot.weight.shape[1], slot.weight.shape[2], slot.weight.shape[3]});
    }
    set_parameter<float>(network_, slot.weight, values);
    return text_of(slot, group, convolution_order_text(order));
  }

  std::string assign_norm(const LayerSlot& slot, const ArrayGroup& group) {
    set_parameter<float>(network_, slot.weight, channels_of(*group.weight, slot));
    set_parameter<float>(network_, *slot.bias, channels_of(*group.bias, slot));
    set_state(network_, *slot.mean, channels_of(*group.mean, slot));
    const auto variances = channels_of(*group.variance, slot);
    if (std::any_of(variances.begin(), variances.end(), [](float v) { return v < 0; }))
      throw bad_weights(quoted(*group.variance) + " contains a negative variance; the file is damaged",
                        file_);
    set_state(network_, *slot.variance, variances);
    std::string line = slot.text + ": " + described(*group.weight);
    for (const auto* array : {group.bias, group.mean, group.variance}) line += "; " + described(*array);
    return line;
  }

 private:
  static std::string described(const Tensor& array) {
    return printable(array.name) + " " + shape_text(array.shape) + type_note(array);
  }

  /// Sets the bias as well.
  std::string text_of(const LayerSlot& slot, const ArrayGroup& group, const std::string& order) {
    std::string line = slot.text + ": " + printable(group.weight->name) + " " +
                       shape_text(group.weight->shape) + " as " + order + type_note(*group.weight);
    if (!slot.bias) return line;
    set_parameter<float>(network_, *slot.bias, finite_floats(*group.bias, file_));
    return line + "; " + described(*group.bias);
  }

  std::vector<float> channels_of(const Tensor& array, const LayerSlot& slot) const {
    auto values = finite_floats(array, file_);
    return channels_last_ && slot.picture ? channels_first(values, 1, *slot.picture) : values;
  }

  Network& network_;
  const std::string& file_;
  bool channels_last_ = false;
};

std::string names_of(const std::vector<const Tensor*>& arrays) {
  constexpr std::size_t most = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(arrays.size(), most); ++i)
    text += (i ? ", " : "") + printable(arrays[i]->name) + " " + shape_text(arrays[i]->shape);
  return arrays.size() > most ? text + ", and more" : text;
}

constexpr std::size_t forwards = 1;
constexpr std::size_t backwards = std::size_t{0} - 1;

/// The nearest layer with weights in a direction, if a factor keeps its effect on the way there.
std::optional<std::size_t> weights_beside(const ModelSpec& spec, std::size_t place, std::size_t direction) {
  for (std::size_t i = place + direction; i < spec.layers.size(); i += direction) {
    if (has_products(spec.layers[i])) return i;
    if (!facts_of(spec.layers[i]).keeps_factors) return std::nullopt;
  }
  return std::nullopt;
}

void scale(Network& network, const std::string& name, float factor) {
  for (const auto& info : network.parameter_infos())
    if (info.name == name)
      for (auto& value : network.parameters().subspan(info.offset, info.size())) value *= factor;
}

}  // namespace

MatchedWeights match_weights(const ModelSpec& spec, std::span<const Tensor> arrays, const std::string& file,
                             ArraySequence sequence) {
  MatchedWeights matched{.slots = slots_of(spec, file), .groups = {}};
  const auto has_meaning = [](const Tensor& array) {
    return meaning_of(array.name).role != ArrayRole::unknown;
  };
  const bool named = std::any_of(arrays.begin(), arrays.end(), has_meaning);
  std::vector<const Tensor*> all;
  std::vector<const Tensor*> used;
  std::vector<const Tensor*> others;
  for (const auto& array : arrays) {
    const bool belongs = named ? has_meaning(array) : fits_some_layer(array, matched.slots);
    all.push_back(&array);
    (belongs ? used : others).push_back(&array);
  }
  if (!others.empty()) matched.left_out = "ignored, because no layer needs it: " + names_of(others);
  try {
    matched.groups = groups_for(matched.slots, used, named, file);
  } catch (const Error& error) {
    if (others.empty()) throw;
    if (!named) matched.groups = groups_for(matched.slots, all, named, file);  // with a message about all
    throw Error(error.code(),
                error.message() + "; these arrays have names that identify no layer: " + names_of(others),
                file);
  }
  if (sequence == ArraySequence::meaningless)
    require_numbered_names(matched.groups, matched.slots, named, file);
  return matched;
}

std::vector<std::string> assign_weights(Network& network, const MatchedWeights& matched,
                                        std::optional<WeightOrder> order, const std::string& file) {
  const auto& [slots, groups, left_out] = matched;
  const auto others = order_by_shape(groups, slots);
  Assignment assignment(network, file);
  std::vector<std::string> lines;
  lines.reserve(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const LayerSlot& slot = slots[i];
    if (slot.kind == WeightForm::dense) {
      lines.push_back(
          assignment.assign_dense(slot, groups[i], order_of(groups[i], slot, order, others, file)));
    } else if (slot.kind == WeightForm::convolution) {
      const WeightOrder lies = convolution_order_of(groups[i], slot, order, file);
      if (lies == WeightOrder::in_out) assignment.set_channels_last();
      lines.push_back(assignment.assign_convolution(slot, groups[i], lies));
    } else {
      lines.push_back(assignment.assign_norm(slot, groups[i]));
    }
  }
  if (!left_out.empty()) lines.push_back(left_out);
  return lines;
}

std::vector<std::string> fold_dropout_scaling(Network& network, const std::string& file) {
  const ModelSpec& spec = network.spec();
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const auto* dropout = as<Dropout>(spec.layers[i]);
    if (dropout == nullptr) continue;
    const float factor = 1 - dropout->rate;
    const auto behind = weights_beside(spec, i, forwards);
    const auto target = behind ? behind : weights_beside(spec, i, backwards);
    const std::string text = "layer " + std::to_string(i) + ", " + to_string(spec.layers[i]);
    if (!target)
      throw Error(
          ErrorCode::invalid_argument,
          "the factor of " + text +
              " fits into no layer beside it; leave --dropout-scaling out, and scale the weights where "
              "they were trained",
          file);
    const std::string place = std::to_string(*target);
    scale(network, place + ".weight", factor);
    if (!behind) scale(network, place + ".bias", factor);
    lines.push_back(text);
    lines.back().append(": its factor ").append(shortest(factor)).append(" went into layer ").append(place);
  }
  if (lines.empty())
    throw Error(ErrorCode::invalid_argument,
                "the model has no dropout layer for --dropout-scaling; add it to the model text, "
                "as in 'dense 50 > relu > dropout 0.5 > dense 10'",
                file);
  return lines;
}

}  // namespace scrawl
