#include "scrawl/error.h"
#include "scrawl/network.h"

#include "base/sha256.h"
#include "base/text.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"
#include "nn/passes.h"

#include <algorithm>
#include <bit>

// The parameters of a model, and what they are in files.
namespace scrawl {
namespace {

/// Calls visit(i, layer) for every layer of the model.
template <class Visit>
void for_each_layer(const ModelSpec& spec, const Visit& visit) {
  const auto shapes = infer_shapes(spec);
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    visit(i, *make_layer<float>(spec.layers[i], i == 0 ? spec.input : shapes[i - 1]));
}

}  // namespace

std::vector<ParameterInfo> parameter_infos(const ModelSpec& spec) {
  std::vector<ParameterInfo> infos;
  std::size_t count = 0;
  for_each_layer(
      spec, [&](std::size_t i, const Layer<float>& layer) { count += append_infos(layer, i, count, infos); });
  return infos;
}

std::size_t count_parameters(const ModelSpec& spec) {
  std::size_t count = 0;
  for (const auto& info : parameter_infos(spec)) count += info.size();
  return count;
}

std::size_t count_state(const ModelSpec& spec) {
  std::size_t count = 0;
  for_each_layer(spec, [&](std::size_t, const Layer<float>& layer) { count += layer.traits().state_size; });
  return count;
}

std::uint64_t count_products(const ModelSpec& spec) {
  std::uint64_t products = 0;
  for_each_layer(spec, [&](std::size_t i, const Layer<float>& layer) {
    if (!has_products(spec.layers[i])) return;
    const ParameterInfo weight = layer.parameters().front();
    products += weight.size() * (layer.output_shape().size() / weight.shape[0]);
  });
  return products;
}

template <class T>
std::vector<T> copy_parameter(const BasicNetwork<T>& network, const ParameterInfo& info) {
  const auto values = network.parameters().subspan(info.offset, info.size());
  std::vector<T> copy(values.begin(), values.end());
  if (info.kind != ParameterKind::weight) return copy;
  const std::size_t outputs = info.shape[0];
  const std::size_t inputs = info.size() / outputs;
  for (std::size_t i = 0; i < inputs; ++i)
    for (std::size_t o = 0; o < outputs; ++o) copy[o * inputs + i] = values[i * outputs + o];
  return copy;
}

template <class T>
void set_parameter(BasicNetwork<T>& network, const ParameterInfo& info, std::span<const T> values) {
  if (values.size() != info.size())
    throw Error(ErrorCode::invalid_argument, "the parameter " + info.name + " has " +
                                                 counted(info.size(), "value") + ", not " +
                                                 std::to_string(values.size()));
  const auto target = network.parameters().subspan(info.offset, info.size());
  if (info.kind != ParameterKind::weight) {
    std::copy(values.begin(), values.end(), target.begin());
    return;
  }
  const std::size_t outputs = info.shape[0];
  const std::size_t inputs = info.size() / outputs;
  for (std::size_t i = 0; i < inputs; ++i)
    for (std::size_t o = 0; o < outputs; ++o) target[i * outputs + o] = values[o * inputs + i];
}

std::string weights_sha256(const Network& network) {
  static_assert(std::endian::native == std::endian::little, "hashes and files are little-endian");
  Sha256 hash;
  for (const auto& info : network.parameter_infos())
    hash.add(std::as_bytes(std::span<const float>(copy_parameter(network, info))));
  hash.add(std::as_bytes(network.state()));
  return hash.hex();
}

template std::vector<float> copy_parameter(const BasicNetwork<float>&, const ParameterInfo&);
template std::vector<double> copy_parameter(const BasicNetwork<double>&, const ParameterInfo&);
template void set_parameter(BasicNetwork<float>&, const ParameterInfo&, std::span<const float>);
template void set_parameter(BasicNetwork<double>&, const ParameterInfo&, std::span<const double>);

}  // namespace scrawl
