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

/// What OnlineStep needs for its steps, a block of images at a time. With a second thread, the next block is
/// prepared while the steps of this one are taken: preparing an image takes a quarter as long as a step.
class OnlineFeed {
 public:
  /// `sampler` (batches of one) must outlive this; nobody else asks it. More than two threads are not used.
  OnlineFeed(BatchSampler& sampler, const DatasetView& data, std::span<const float> value_of_byte,
             std::size_t threads, Target target);

  /// Prepares the images of `step` and of steps behind it; returns the first step that is not prepared.
  std::uint64_t prepare(std::uint64_t step);

  /// Calls steps(), which takes steps up to the one that prepare() returned, in this thread. It may throw.
  template <class Steps>
  void run(const Steps& steps) {
    run_erased([](const void* s) { (*static_cast<const Steps*>(s))(); }, &steps);
  }

  /// For a step that is prepared.
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
  Compute compute_;  // of its own: a loss may use the trainer's in a step
  Block blocks_[2];  // this one and the next
};

}  // namespace scrawl
