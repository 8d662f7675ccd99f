#include "scrawl/dataset.h"
#include "scrawl/random.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>
#include <utility>

namespace scrawl {
namespace {

/// 64-bit counts of steps and epochs take up both counters of the key.
RandomKey key_of(std::uint64_t seed, Purpose purpose, std::uint64_t count) {
  return {seed, purpose, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count >> 32)};
}

}  // namespace

BatchSampler::BatchSampler(Sampling sampling, std::size_t images, std::size_t batch, std::uint64_t seed)
    : sampling_(sampling), images_(images), batch_(batch), seed_(seed) {
  assert(images > 0 && batch > 0 && images <= std::numeric_limits<std::uint32_t>::max());
  const bool drawn = sampling == Sampling::with_replacement;
  steps_per_epoch_ = drawn ? std::max<std::size_t>(1, images / batch) : (images - 1) / batch + 1;
  order_.resize(drawn ? batch : images);
  std::iota(order_.begin(), order_.end(), 0U);
}

std::span<const std::uint32_t> BatchSampler::indices(std::uint64_t step) {
  if (sampling_ == Sampling::with_replacement) {
    const RandomKey key = key_of(seed_, Purpose::sample, step);
    for (std::uint32_t i = 0; i < batch_; ++i)
      order_[i] = static_cast<std::uint32_t>(random_below(key, i, images_));
    return order_;
  }
  if (sampling_ == Sampling::shuffled) shuffle(step / steps_per_epoch_);
  const std::size_t first = step % steps_per_epoch_ * batch_;
  return std::span(order_).subspan(first, std::min(batch_, images_ - first));
}

void BatchSampler::shuffle(std::uint64_t epoch) {
  if (epoch == shuffled_epoch_) return;
  std::iota(order_.begin(), order_.end(), 0U);
  const RandomKey key = key_of(seed_, Purpose::shuffle, epoch);
  for (auto i = static_cast<std::uint32_t>(images_ - 1); i > 0; --i)
    std::swap(order_[i], order_[random_below(key, i, std::uint64_t{i} + 1)]);
  shuffled_epoch_ = epoch;
}

}  // namespace scrawl
