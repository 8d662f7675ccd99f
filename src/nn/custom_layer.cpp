#include "scrawl/error.h"

#include "nn/layers.h"

#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t longest_name = 100;

bool is_parameter_name(const std::string& name) {
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

template <class Fail>
void check_parameters(const std::vector<ParameterInfo>& parameters, const Fail& fail) {
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const ParameterInfo& info = parameters[i];
    if (!is_parameter_name(info.name))
      fail("the name of its parameter " + std::to_string(i) +
           " is not made of 1 to 100 letters, digits, '_' and '.'");
    for (std::size_t j = 0; j < i; ++j)
      if (parameters[j].name == info.name) fail("it has two parameters '" + info.name + "'");
    if (info.shape.empty() || bounded_count(info.shape) > most_model_values - next)
      fail("the shape of its parameter '" + info.name +
           "' is empty, has a 0, or has more than 2^31 values in total");
    if (info.offset != next)
      fail("its parameter '" + info.name + "' has the offset " + std::to_string(info.offset) + ", expected " +
           std::to_string(next) + ": parameters are contiguous");
    next += info.size();
  }
}

/// Fails for what would make a network read or write where it must not.
template <class T, class Fail>
void check_layer(const Layer<T>& layer, const Shape& input, const Fail& fail) {
  const Shape output = layer.output_shape();
  if (!is_small_enough(output) || output.size() == 0)
    fail("its output_shape() is empty or has more than 2^31 values");
  const auto parameters = layer.parameters();
  check_parameters(parameters, fail);
  const LayerTraits traits = layer.traits();
  if (traits.state_size > most_model_values) fail("its state_size is more than 2^31 values");
  if (traits.saved_size > most_model_values) fail("its saved_size is more than 2^31 values");
  if (!traits.elementwise) return;
  if (output != input)
    fail("its traits() say that it is elementwise, but its output has another shape, " + to_string(output) +
         "; return false, or the shape of the input");
  if (!parameters.empty())
    fail(
        "its traits() say that it is elementwise, which only a layer without parameters can be; make it "
        "false");
}

}  // namespace

std::uint64_t bounded_count(const std::vector<std::size_t>& shape) {
  std::uint64_t product = 1;
  for (const std::size_t extent : shape)
    product = extent == 0 || extent > most_model_values / product ? most_model_values + 1 : product * extent;
  return product;
}

bool is_small_enough(const Shape& shape) {
  return shape.channels <= most_model_values && shape.height <= most_model_values &&
         shape.width <= most_model_values && shape.channels * shape.height <= most_model_values &&
         shape.size() <= most_model_values;
}

template <class T>
std::unique_ptr<Layer<T>> make_custom(const CustomLayer& spec, const Shape& input) {
  constexpr bool is_float = std::is_same_v<T, float>;
  const std::string place = "layer '" + spec.name + "' (input " + to_string(input) + "): ";
  const auto fail = [&](const std::string& why) { throw Error(ErrorCode::invalid_argument, place + why); };
  const auto& make = maker_of<T>(spec);
  if (!make)
    fail(is_float ? "it has no make_float; describe it with custom_layer<...>(\"" + spec.name + "\")"
                  : std::string("it has no make_double, which networks in double need"));
  std::unique_ptr<Layer<T>> layer;
  try {
    layer = make(input);
  } catch (const Error& error) {
    throw Error(error.code(), place + error.message());
  }
  if (!layer) fail("its maker returned no layer");
  check_layer(*layer, input, fail);
  return layer;
}

template std::unique_ptr<Layer<float>> make_custom(const CustomLayer&, const Shape&);
template std::unique_ptr<Layer<double>> make_custom(const CustomLayer&, const Shape&);

}  // namespace scrawl
