#include "train/weight_average.h"

#include "kernels/kernels.h"

#include <algorithm>
#include <cassert>

namespace scrawl {
namespace {

constexpr std::size_t grain = 4096;  ///< minimum values per thread

void move_towards(std::span<const float> values, float rate, std::span<float> average,
                  const Compute& compute) {
  compute.pool().run_ranges(values.size(), grain, [&](std::size_t begin, std::size_t end) {
    compute.kernels().update_average(end - begin, rate, values.data() + begin, average.data() + begin);
  });
}

}  // namespace

WeightAverage::WeightAverage(const Network& network, double decay) : average_(network), decay_(decay) {}

void WeightAverage::update(std::uint64_t step, const Network& network, const Compute& compute) {
  const auto t = static_cast<double>(step);
  const auto rate = static_cast<float>(1 - std::min(decay_, (1 + t) / (10 + t)));
  move_towards(network.parameters(), rate, average_.parameters(), compute);
  move_towards(network.state(), rate, average_.state(), compute);
}

std::vector<float> WeightAverage::state() const {
  std::vector<float> values;
  values.reserve(state_size());
  values.insert(values.end(), average_.parameters().begin(), average_.parameters().end());
  values.insert(values.end(), average_.state().begin(), average_.state().end());
  return values;
}

void WeightAverage::restore(std::span<const float> state) {
  assert(state.size() == state_size());
  const auto parameters = average_.parameters();
  std::copy_n(state.begin(), parameters.size(), parameters.begin());
  std::copy(state.begin() + static_cast<std::ptrdiff_t>(parameters.size()), state.end(),
            average_.state().begin());
}

}  // namespace scrawl
