#include "exchange/weight_groups.h"

#include "base/natural_order.h"
#include "base/text.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 3> kind_names = {"dense layers", "convolutions",
                                                        "layers of batch normalisation"};

Error bad(const std::string& message, const std::string& file) {
  return {ErrorCode::bad_data, message, file};
}

/// The text without its numbers: the same for the layers of one list.
std::string skeleton(std::string text) {
  std::erase_if(text, is_digit);
  return text;
}

/// Layers of one list, such as fc1, fc2 and fc10, get the order of their numbers; they share the places that
/// they had among the others.
void sort_lists(std::vector<ArrayGroup>& groups) {
  std::map<std::string, std::vector<std::size_t>> lists;
  for (std::size_t i = 0; i < groups.size(); ++i) lists[skeleton(groups[i].key)].push_back(i);
  for (const auto& list : lists) {
    std::vector<ArrayGroup> members;
    for (const std::size_t place : list.second) members.push_back(groups[place]);
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return natural_less(a.key, b.key); });
    for (std::size_t i = 0; i < members.size(); ++i) groups[list.second[i]] = members[i];
  }
}

const Tensor*& part_of(ArrayGroup& group, ArrayRole role) {
  switch (role) {
    case ArrayRole::bias: return group.bias;
    case ArrayRole::mean: return group.mean;
    case ArrayRole::variance: return group.variance;
    default: return group.weight;
  }
}

std::vector<ArrayGroup> groups_by_name(const std::vector<const Tensor*>& arrays, const std::string& file) {
  std::vector<ArrayGroup> groups;
  std::map<std::string, std::size_t> places;
  for (const Tensor* array : arrays) {
    const NameMeaning meaning = meaning_of(array->name);
    const auto [place, is_new] = places.try_emplace(meaning.key, groups.size());
    if (is_new) groups.push_back({.key = meaning.key});
    ArrayGroup& group = groups[place->second];
    const Tensor*& part = part_of(group, meaning.role);
    if (part != nullptr)
      throw bad(quoted(*array) + " and '" + printable(part->name) + "' have the same position", file);
    part = array;
    if (meaning.role == ArrayRole::weight) group.meaning = meaning;
  }
  for (const auto& group : groups)
    if (group.weight == nullptr)
      for (const auto* part : {group.bias, group.mean, group.variance})
        if (part != nullptr)
          throw bad(quoted(*part) + " has no matching weights" +
                        (part == group.bias ? ""
                                            : "; a batchnorm also needs a weight and a bias: save ones and "
                                              "zeros if it was trained without them (affine=False)"),
                    file);
  sort_lists(groups);
  return groups;
}

/// A vector, also as a single row or column.
bool is_vector(const Tensor& array) {
  return array.shape.size() == 1 || (array.shape.size() == 2 && (array.shape[0] == 1 || array.shape[1] == 1));
}

/// As many values in a row, whatever lengths of 1 stand around them, as in (1, channels, 1, 1).
bool is_vector_of(std::size_t length, const Tensor& array) {
  const auto longer = std::count_if(array.shape.begin(), array.shape.end(), [](auto n) { return n != 1; });
  return !array.shape.empty() && longer <= 1 && count_values(array.shape) == length;
}

std::vector<ArrayGroup> groups_by_position(const std::vector<const Tensor*>& arrays,
                                           const std::vector<LayerSlot>& slots, const std::string& file) {
  std::vector<const Tensor*> matrices;
  std::vector<const Tensor*> vectors;
  for (const Tensor* array : arrays) (is_vector(*array) ? vectors : matrices).push_back(array);
  std::vector<ArrayGroup> groups;
  std::size_t used = 0;
  std::size_t next_matrix = 0;
  const auto take = [&](std::size_t& next, const std::vector<const Tensor*>& from) {
    return next < from.size() ? from[next++] : nullptr;
  };
  for (const auto& slot : slots) {
    const bool is_norm = slot.kind == WeightForm::norm;
    ArrayGroup group{.weight = is_norm ? take(used, vectors) : take(next_matrix, matrices)};
    if (group.weight == nullptr) continue;
    group.key = group.weight->name;
    if (slot.bias) group.bias = take(used, vectors);
    if (is_norm) {
      group.mean = take(used, vectors);
      group.variance = take(used, vectors);
    }
    groups.push_back(std::move(group));
  }
  while (const Tensor* matrix = take(next_matrix, matrices))
    groups.push_back({.key = matrix->name, .weight = matrix});
  if (used < vectors.size()) throw bad(quoted(*vectors[used]) + " is not needed by any layer", file);
  return groups;
}

/// Why this array cannot be the slot's vector `what`, or "".
std::string misfit_of_vector(const Tensor* array, const char* what, const ArrayGroup& group,
                             const LayerSlot& slot) {
  if (array == nullptr)
    return std::string("there is no ") + what + " next to '" + printable(group.weight->name) + "' for " +
           slot.text;
  if (!is_vector_of(slot.outputs(), *array))
    return quoted(*array) + " does not fit " + slot.text + ", whose " + what + " has " +
           counted(slot.outputs(), "value");
  return "";
}

std::string misfit_of_norm(const ArrayGroup& group, const LayerSlot& slot) {
  for (const auto& [array, what] :
       {std::pair(group.weight, "factor (gamma)"), std::pair(group.bias, "bias (beta)"),
        std::pair(group.mean, "running_mean"), std::pair(group.variance, "running_var")})
    if (auto trouble = misfit_of_vector(array, what, group, slot); !trouble.empty())
      return trouble +
             (array == nullptr ? "; save it with the weights, as state_dict() and get_weights() do" : "");
  return "";
}

/// Why these arrays cannot be this layer's, or "".
std::string misfit(const ArrayGroup& group, const LayerSlot& slot) {
  if (slot.kind == WeightForm::norm) return misfit_of_norm(group, slot);
  const bool is_dense = slot.kind == WeightForm::dense;
  const std::vector<std::size_t> out_in = slot.weight.shape;
  const std::vector<std::size_t> in_out = slot.in_out_shape();
  if (group.weight->shape != out_in && group.weight->shape != in_out)
    return quoted(*group.weight) + " does not fit " + slot.text + ", which needs " +
           (is_dense
                ? shape_text(in_out) + " as (inputs, outputs), or " + shape_text(out_in)
                : shape_text(out_in) + " as (outputs, inputs, height, width), or " + shape_text(in_out)) +
           "; make --model fit";
  if (slot.bias && group.bias == nullptr)
    return misfit_of_vector(nullptr, "bias", group, slot) + "; write '" +
           slot.text.substr(slot.text.find(", ") + 2) + " nobias' in --model for a layer without bias";
  if (!slot.bias && group.bias != nullptr)
    return quoted(*group.bias) + " is not needed: " + slot.text + " has no bias";
  return slot.bias ? misfit_of_vector(group.bias, "bias", group, slot) : "";
}

std::string names_of(const std::vector<ArrayGroup>& groups) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < groups.size() && i < most; ++i)
    text += (i ? ", " : "") + printable(groups[i].weight->name) + " " + shape_text(groups[i].weight->shape);
  return groups.size() > most ? text + " ..." : text;
}

/// Those of one kind in the order of the layers.
std::vector<ArrayGroup> in_order_of_layers(const std::vector<ArrayGroup>& groups,
                                           const std::vector<LayerSlot>& slots, const std::string& file) {
  std::string trouble;
  for (std::size_t i = 0; i < slots.size() && trouble.empty(); ++i) trouble = misfit(groups[i], slots[i]);
  if (trouble.empty()) return groups;
  std::vector<ArrayGroup> ordered;
  for (const auto& slot : slots) {
    const auto fits = [&](const ArrayGroup& group) { return misfit(group, slot).empty(); };
    const auto found = std::find_if(groups.begin(), groups.end(), fits);
    if (found == groups.end() || std::any_of(std::next(found), groups.end(), fits)) throw bad(trouble, file);
    ordered.push_back(*found);
  }
  for (std::size_t i = 0; i < ordered.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (ordered[i].weight == ordered[j].weight) throw bad(trouble, file);
  return ordered;
}

}  // namespace

std::vector<std::size_t> LayerSlot::in_out_shape() const {
  if (kind == WeightForm::dense) return {inputs(), outputs()};
  if (kind == WeightForm::norm) return weight.shape;
  return {weight.shape[2], weight.shape[3], weight.shape[1], weight.shape[0]};
}

WeightForm ArrayGroup::kind() const {
  if (mean != nullptr || variance != nullptr || weight->shape.size() == 1) return WeightForm::norm;
  return weight->shape.size() == 4 ? WeightForm::convolution : WeightForm::dense;
}

std::string quoted(const Tensor& array) {
  return "array '" + printable(array.name) + "' " + shape_text(array.shape);
}

std::vector<LayerSlot> slots_of(const ModelSpec& spec, const std::string& file) {
  const auto& layers = spec.layers;
  const auto shapes = infer_shapes(spec);
  const auto parameters = parameter_infos(spec);
  const auto states = state_infos(spec);
  std::vector<LayerSlot> slots;
  std::optional<Shape> picture;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Shape& input = i == 0 ? spec.input : shapes[i - 1];
    if (input.channels > 1) picture = input.height * input.width > 1 ? std::optional(input) : std::nullopt;
    LayerSlot slot{.text = "layer " + std::to_string(i) + ", " + to_string(layers[i])};
    const std::string place = std::to_string(i) + ".";
    for (const auto& info : parameters) {
      if (info.name == place + "weight") slot.weight = info;
      if (info.name == place + "bias") slot.bias = info;
    }
    for (const auto& info : states) {
      if (info.name == place + "running_mean") slot.mean = info;
      if (info.name == place + "running_var") slot.variance = info;
    }
    slot.kind = facts_of(layers[i]).weights;
    if (slot.kind == WeightForm::custom && !slot.weight.shape.empty())
      throw Error(ErrorCode::unsupported, "weights of '" + place + "weight' cannot be imported", file);
    if (input_form(layers[i], input) == InputForm::vector) slot.picture = picture;
    if (shapes[i].size() != input.size() || has_products(layers[i])) picture.reset();
    if (!slot.weight.shape.empty()) slots.push_back(std::move(slot));
  }
  return slots;
}

bool fits_some_layer(const Tensor& array, const std::vector<LayerSlot>& slots) {
  return std::any_of(slots.begin(), slots.end(), [&](const LayerSlot& slot) {
    const bool has_vector = slot.bias || slot.kind == WeightForm::norm;
    return array.shape == slot.weight.shape || array.shape == slot.in_out_shape() ||
           (has_vector && is_vector_of(slot.outputs(), array));
  });
}

std::vector<ArrayGroup> groups_for(const std::vector<LayerSlot>& slots,
                                   const std::vector<const Tensor*>& arrays, bool named,
                                   const std::string& file) {
  const auto groups = named ? groups_by_name(arrays, file) : groups_by_position(arrays, slots, file);
  if (groups.size() != slots.size())
    throw bad("holds weights for " + counted(groups.size(), "layer") + " (" + names_of(groups) +
                  "), and the model has " + std::to_string(slots.size()) + " with weights; make --model fit",
              file);
  std::vector<ArrayGroup> ordered(slots.size());
  for (const auto kind : {WeightForm::dense, WeightForm::convolution, WeightForm::norm}) {
    std::vector<ArrayGroup> some_groups;
    std::copy_if(groups.begin(), groups.end(), std::back_inserter(some_groups),
                 [&](const ArrayGroup& group) { return group.kind() == kind; });
    std::vector<LayerSlot> some_slots;
    std::copy_if(slots.begin(), slots.end(), std::back_inserter(some_slots),
                 [&](const LayerSlot& slot) { return slot.kind == kind; });
    if (some_groups.size() != some_slots.size())
      throw bad("holds arrays for " + std::to_string(some_groups.size()) + " " +
                    std::string(kind_names[static_cast<std::size_t>(kind)]) + ", and the model has " +
                    std::to_string(some_slots.size()) + "; its layers with weights are " + names_of(groups) +
                    ": make --model fit",
                file);
    some_groups = in_order_of_layers(some_groups, some_slots, file);
    for (std::size_t i = 0, next = 0; i < slots.size(); ++i)
      if (slots[i].kind == kind) ordered[i] = some_groups[next++];
  }
  return ordered;
}

/// Where the order of the file means nothing, names must tell layers apart whose arrays could be exchanged.
void require_numbered_names(const std::vector<ArrayGroup>& groups, const std::vector<LayerSlot>& slots,
                            bool named, const std::string& file) {
  std::vector<std::string> lists;
  lists.reserve(groups.size());
  for (const auto& group : groups) lists.push_back(skeleton(group.key));
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      if (named && lists[i] == lists[j]) continue;
      if (named && (!misfit(groups[i], slots[j]).empty() || !misfit(groups[j], slots[i]).empty())) continue;
      throw bad(quoted(*groups[j].weight) + " and '" + printable(groups[i].weight->name) +
                    (named ? "' fit each other's layers" : "' have names that identify no layer") +
                    ", and a safetensors file has no order; save the arrays under numbered "
                    "names, such as 0.weight, 0.bias, 1.weight",
                file);
    }
}

}  // namespace scrawl
