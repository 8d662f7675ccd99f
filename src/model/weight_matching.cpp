#include "model/weight_matching.h"

#include "scrawl/error.h"

#include "base/natural_order.h"
#include "base/text.h"
#include "model/dense_arrays.h"
#include "model/weight_names.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

namespace scrawl {
namespace {

/// The parameters of one layer of the model.
struct LayerSlot {
  std::string text;  // "layer 2, dense 10"
  ParameterInfo weight;
  std::optional<ParameterInfo> bias;

  std::size_t outputs() const { return weight.shape[0]; }
  std::size_t inputs() const { return weight.shape[1]; }
};

/// The arrays of one layer of the file.
struct ArrayGroup {
  std::string key = {};
  const Tensor* weight = nullptr;
  const Tensor* bias = nullptr;
  std::optional<WeightOrder> convention = {};  // what the names say
};

Error bad(const std::string& message, const std::string& file) {
  return {ErrorCode::bad_data, message, file};
}

std::string quoted(const Tensor& array) {
  return "array '" + printable(array.name) + "' " + shape_text(array.shape);
}

std::vector<LayerSlot> slots_of(const Network& network, const std::string& file) {
  std::vector<LayerSlot> slots;
  for (const auto& info : network.parameter_infos()) {
    const std::size_t layer = std::stoul(info.name);
    if (info.kind == ParameterKind::bias) {
      slots.back().bias = info;
      continue;
    }
    if (info.shape.size() != 2)
      throw Error(ErrorCode::unsupported, "weights of '" + info.name + "' cannot be imported yet", file);
    slots.push_back({"layer " + std::to_string(layer) + ", " + to_string(network.spec().layers[layer]), info,
                     std::nullopt});
  }
  return slots;
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

std::vector<ArrayGroup> groups_by_name(std::span<const Tensor> arrays, const std::string& file) {
  std::vector<ArrayGroup> groups;
  std::map<std::string, std::size_t> places;
  for (const auto& array : arrays) {
    const NameMeaning meaning = meaning_of(array.name);
    if (meaning.role == ArrayRole::unknown)
      throw bad(
          quoted(array) + " is neither a weight nor a bias by its name, as the others are; leave it out",
          file);
    const auto [place, is_new] = places.try_emplace(meaning.key, groups.size());
    if (is_new) groups.push_back({.key = meaning.key});
    ArrayGroup& group = groups[place->second];
    const Tensor*& slot = meaning.role == ArrayRole::weight ? group.weight : group.bias;
    if (slot != nullptr)
      throw bad(quoted(array) + " and '" + printable(slot->name) + "' claim the same place", file);
    slot = &array;
    if (meaning.order) group.convention = meaning.order;
  }
  for (const auto& group : groups)
    if (group.weight == nullptr) throw bad(quoted(*group.bias) + " has no weights to go with it", file);
  sort_lists(groups);
  return groups;
}

/// A vector, also as a single row or column.
bool is_vector(const Tensor& array) {
  return array.shape.size() == 1 || (array.shape.size() == 2 && (array.shape[0] == 1 || array.shape[1] == 1));
}

std::vector<ArrayGroup> groups_by_position(std::span<const Tensor> arrays,
                                           const std::vector<LayerSlot>& slots, const std::string& file) {
  std::vector<ArrayGroup> groups;
  std::vector<const Tensor*> vectors;
  for (const auto& array : arrays) {
    if (is_vector(array))
      vectors.push_back(&array);
    else
      groups.push_back({.key = array.name, .weight = &array, .bias = nullptr, .convention = {}});
  }
  std::size_t used = 0;
  for (std::size_t i = 0; i < std::min(groups.size(), slots.size()); ++i)
    if (slots[i].bias && used < vectors.size()) groups[i].bias = vectors[used++];
  if (used < vectors.size()) throw bad(quoted(*vectors[used]) + " is left over: no layer needs it", file);
  return groups;
}

/// Why these arrays cannot be this layer's, or "".
std::string misfit(const ArrayGroup& group, const LayerSlot& slot) {
  const std::vector<std::size_t> out_in = {slot.outputs(), slot.inputs()};
  const std::vector<std::size_t> in_out = {slot.inputs(), slot.outputs()};
  if (group.weight->shape != out_in && group.weight->shape != in_out)
    return quoted(*group.weight) + " does not fit " + slot.text + ", which needs " + shape_text(in_out) +
           " as (inputs, outputs), or " + shape_text(out_in);
  if (slot.bias && group.bias == nullptr)
    return "there is no bias beside '" + printable(group.weight->name) + "' for " + slot.text +
           "; write 'dense " + std::to_string(slot.outputs()) +
           " nobias' in --model for a layer without bias";
  if (!slot.bias && group.bias != nullptr)
    return quoted(*group.bias) + " is left over: " + slot.text + " has no bias";
  if (slot.bias && (!is_vector(*group.bias) || count_values(group.bias->shape) != slot.outputs()))
    return quoted(*group.bias) + " does not fit " + slot.text + ", whose bias has " +
           std::to_string(slot.outputs()) + " values";
  return "";
}

std::string names_of(const std::vector<ArrayGroup>& groups) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < groups.size() && i < most; ++i)
    text += (i ? ", " : "") + printable(groups[i].weight->name) + " " + shape_text(groups[i].weight->shape);
  return groups.size() > most ? text + " ..." : text;
}

/// The groups in the order of the layers: as they come, or else the one way that shapes allow.
std::vector<ArrayGroup> in_order_of_layers(std::vector<ArrayGroup> groups,
                                           const std::vector<LayerSlot>& slots, const std::string& file) {
  if (groups.size() != slots.size())
    throw bad("holds weights for " + std::to_string(groups.size()) + " layers (" + names_of(groups) +
                  "), and the model has " + std::to_string(slots.size()) + " with weights; make --model fit",
              file);
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
                    (named ? "' fit each other's layers" : "' have names that tell no layer") +
                    ", and the order of a safetensors file means nothing; save the arrays under numbered "
                    "names, such as 0.weight, 0.bias, 1.weight",
                file);
    }
}

std::string order_text(WeightOrder order) {
  return order == WeightOrder::out_in ? "(outputs, inputs)" : "(inputs, outputs)";
}

/// How a matrix lies: as its shape says, otherwise as the user or the names say.
WeightOrder order_of(const ArrayGroup& group, const LayerSlot& slot, std::optional<WeightOrder> wanted,
                     std::optional<WeightOrder> others, const std::string& file) {
  if (slot.outputs() != slot.inputs()) {
    const auto order = group.weight->shape[0] == slot.outputs() ? WeightOrder::out_in : WeightOrder::in_out;
    if (wanted && *wanted != order)
      throw bad(quoted(*group.weight) + " lies as " + order_text(order) + " for " + slot.text +
                    ", not as --order " + std::string(to_string(*wanted)) + " says",
                file);
    return order;
  }
  if (wanted) return *wanted;
  if (group.convention && (!others || *others == *group.convention)) return *group.convention;
  throw bad(quoted(*group.weight) +
                " is square, so that neither its shape nor its name tells how it lies; say it: " +
                "--order in-out for y = x W, as in NumPy, or --order out-in for y = W x, as in PyTorch" +
                (others ? " (the other weights lie as " + order_text(*others) + ")" : ""),
            file);
}

/// How the weights lie whose shape decides; nullopt where none does.
std::optional<WeightOrder> order_by_shape(const std::vector<ArrayGroup>& groups,
                                          const std::vector<LayerSlot>& slots) {
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (slots[i].outputs() != slots[i].inputs())
      return groups[i].weight->shape[0] == slots[i].outputs() ? WeightOrder::out_in : WeightOrder::in_out;
  return std::nullopt;
}

std::vector<float> finite_floats(const Tensor& array, const std::string& file) {
  std::vector<float> values = to_floats(view(array), file);
  const auto odd = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (odd != values.end())
    throw bad(quoted(array) + ": value " + std::to_string(odd - values.begin()) +
                  " is not a finite float32; the training has diverged, or the file is damaged",
              file);
  return values;
}

std::string type_note(const Tensor& array) {
  return array.dtype == "F32" ? "" : ", " + array.dtype + " made float32";
}

}  // namespace

std::vector<std::string> assign_weights(Network& network, std::span<const Tensor> arrays,
                                        std::optional<WeightOrder> order, const std::string& file,
                                        ArraySequence sequence) {
  const auto slots = slots_of(network, file);
  const bool named = std::any_of(arrays.begin(), arrays.end(), [](const Tensor& array) {
    return meaning_of(array.name).role != ArrayRole::unknown;
  });
  const auto groups = in_order_of_layers(
      named ? groups_by_name(arrays, file) : groups_by_position(arrays, slots, file), slots, file);
  if (sequence == ArraySequence::meaningless) require_numbered_names(groups, slots, named, file);
  const auto others = order_by_shape(groups, slots);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const LayerSlot& slot = slots[i];
    const Tensor& weight = *groups[i].weight;
    const WeightOrder lies = order_of(groups[i], slot, order, others, file);
    auto values = finite_floats(weight, file);
    if (lies == WeightOrder::in_out) values = transposed(values, slot.inputs(), slot.outputs());
    set_parameter<float>(network, slot.weight, values);
    std::string line = slot.text + ": " + printable(weight.name) + " " + shape_text(weight.shape) + " as " +
                       order_text(lies) + type_note(weight);
    if (slot.bias) {
      set_parameter<float>(network, *slot.bias, finite_floats(*groups[i].bias, file));
      line += "; " + printable(groups[i].bias->name) + " " + shape_text(groups[i].bias->shape) +
              type_note(*groups[i].bias);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace scrawl
