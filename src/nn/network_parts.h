#pragma once

#include "scrawl/network.h"

#include <cstddef>
#include <string>
#include <vector>

/// What the files of the network share.
namespace scrawl {

/// Appends a layer's parameters; returns how many values they are.
template <class T>
std::size_t append_infos(const Layer<T>& layer, std::size_t place, std::size_t offset,
                         std::vector<ParameterInfo>& infos) {
  std::size_t count = 0;
  for (auto& info : layer.parameters()) {
    count += info.size();
    infos.push_back({std::to_string(place) + "." + info.name, info.shape, info.offset + offset, info.kind});
  }
  return count;
}

/// Layers draw different numbers in one step.
inline RandomKey key_of(RandomKey key, std::size_t layer) {
  key.sample = static_cast<std::uint32_t>(layer);
  return key;
}

}  // namespace scrawl
