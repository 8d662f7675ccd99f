#pragma once

#include "scrawl/error.h"
#include "scrawl/network.h"

#include "model/layer_arrays.h"

namespace scrawl::test {

/// Running statistics that nobody measured: means around 0, variances around 1.
inline void fill_state(Network& network) {
  std::size_t i = 0;
  for (const auto& info : state_infos(network.spec()))
    for (auto& value : network.state().subspan(info.offset, info.size()))
      value = (info.is_variance() ? 0.7F : -0.2F) + 0.1F * static_cast<float>(i++ % 7);
}

}  // namespace scrawl::test
