#include "train/online_feed.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t images_in_a_block = 64;  ///< cheap to synchronise, and fits the second-level cache

}  // namespace

OnlineFeed::OnlineFeed(BatchSampler& sampler, const DatasetView& data, std::span<const float> value_of_byte,
                       std::size_t threads, Target target)
    : sampler_(sampler),
      data_(data),
      compute_(std::min<std::size_t>(threads, 2), target),
      blocks_{{.lists = {data.shape.size(), value_of_byte, images_in_a_block},
               .labels = std::vector<std::uint8_t>(images_in_a_block)},
              {.lists = {data.shape.size(), value_of_byte, images_in_a_block},
               .labels = std::vector<std::uint8_t>(images_in_a_block)}} {}

std::uint64_t OnlineFeed::prepare(std::uint64_t step) {
  if (!blocks_[0].holds(step)) {
    if (!blocks_[1].holds(step)) fill(blocks_[1], step);
    std::swap(blocks_[0], blocks_[1]);
    blocks_[1].lists.clear();
  }
  return blocks_[0].end();
}

void OnlineFeed::fill(Block& block, std::uint64_t first) {
  block.first = first;
  block.lists.clear();
  for (std::size_t i = 0; i < images_in_a_block; ++i) {
    const std::uint32_t index = sampler_.indices(first + i)[0];
    block.lists.append(data_.image(index), compute_);
    block.labels[i] = data_.labels[index];
  }
}

void OnlineFeed::run_erased(void (*call)(const void*), const void* steps) {
  if (compute_.threads() == 1 || blocks_[1].lists.size() > 0) return call(steps);
  std::exception_ptr problem;  // a task of the pool must not throw
  compute_.pool().run(2, [&](std::size_t piece) {
    if (piece == 1) return fill(blocks_[1], blocks_[0].end());
    try {
      call(steps);
    } catch (...) {
      problem = std::current_exception();
    }
  });
  if (problem) std::rethrow_exception(problem);
}

}  // namespace scrawl
