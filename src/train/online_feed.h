#pragma once

#include "scrawl/compute.h"
#include "scrawl/dataset.h"

#include "nn/online_step.h"
#include "nn/pixel_lists.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// Prepares images for OnlineStep in blocks. A second thread prepares the next block during the steps of this
/// one: preparing an image takes a quarter as long as a step.
class OnlineFeed {
 public:
  /// `sampler` (batches of one) must outlive this, which is its only user. Uses at most two threads.
  OnlineFeed(BatchSampler& sampler, const DatasetView& data, std::span<const float> value_of_byte,
             std::size_t threads, Target target);

  /// Prepares `step` and some steps after it; returns the first step that is not prepared.
  std::uint64_t prepare(std::uint64_t step);

  /// Calls steps(), which trains up to the step that prepare() returned, in this thread. It may throw.
  template <class Steps>
  void run(const Steps& steps) {
    run_erased([](const void* s) { (*static_cast<const Steps*>(s))(); }, &steps);
  }

  /// REQUIRES a prepared step.
  OnlineStep::Sample sample(std::uint64_t step) const {
    const Block& block = blocks_[0];
    const std::size_t i = step - block.first;
    return {.list = block.lists[i],
            .label = block.labels[i],
            .next = i + 1 < block.lists.size() ? block.lists[i + 1] : PixelList{}};
  }

 private:
  struct Block {
    std::uint64_t first = 0;
    PixelLists lists;
    std::vector<std::uint8_t> labels;

    bool holds(std::uint64_t step) const { return step >= first && step < first + lists.size(); }
    std::uint64_t end() const { return first + lists.size(); }
  };

  void run_erased(void (*call)(const void*), const void* steps);
  void fill(Block& block, std::uint64_t first);

  BatchSampler& sampler_;
  DatasetView data_;
  Compute compute_;  // not the trainer's, which a loss may use in a step
  Block blocks_[2];  // this one and the next
};

}  // namespace scrawl
