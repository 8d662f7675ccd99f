#include "scrawl/error.h"
#include "scrawl/network.h"

#include "base/sha256.h"

#include <algorithm>
#include <bit>

// Parameters as files hold them.
namespace scrawl {

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
                                                 std::to_string(info.size()) + " values, not " +
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
