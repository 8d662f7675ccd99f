#include "scrawl/dataset.h"
#include "scrawl/error.h"
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

/// Checks what the members are built from, before they are.
DatasetView checked(DatasetView data, const DataLoaderOptions& options) {
  if (data.size() == 0) throw Error(ErrorCode::invalid_argument, "a data loader needs at least one image");
  if (options.batch_size == 0)
    throw Error(ErrorCode::invalid_argument, "a data loader's batch size must be above 0");
  return data;
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

DataLoader::DataLoader(DatasetView data, DataLoaderOptions options)
    : data_(checked(data, options)),
      options_(std::move(options)),
      sampler_(options_.shuffle ? Sampling::shuffled : Sampling::sequential, data.size(), options_.batch_size,
               options_.seed),
      preprocessor_(options_.preprocessing, data.shape.size(), std::min(options_.batch_size, data.size())) {
  const std::size_t rows = std::min(options_.batch_size, data.size());
  images_.resize(rows * data.shape.size());
  labels_.resize(rows);
  if (options_.one_hot) one_hot_.resize(rows * data.classes);
  batch_.shape = options_.flatten ? Shape{1, 1, data.shape.size()} : data.shape;
}

DataLoader::Iterator DataLoader::begin() {
  // A loop that was left early is not taken up again: the next one is a new epoch.
  step_ = (step_ + size() - 1) / size() * size();
  load();
  return {this, size()};
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  if (--left_ > 0) loader_->load();
  return *this;
}

void DataLoader::load() {
  const auto indices = sampler_.indices(step_++);
  const std::size_t rows = indices.size();
  const std::size_t pixels = data_.shape.size();
  preprocessor_.gather(data_.images, indices, compute_, {images_.data(), rows, pixels});
  for (std::size_t r = 0; r < rows; ++r) labels_[r] = data_.labels[indices[r]];
  batch_.images = {images_.data(), rows, pixels};
  batch_.labels = std::span(labels_).first(rows);
  batch_.indices = indices;
  if (!options_.one_hot) return;
  std::fill(one_hot_.begin(), one_hot_.end(), 0.0F);
  for (std::size_t r = 0; r < rows; ++r) one_hot_[r * data_.classes + labels_[r]] = 1;
  batch_.one_hot = {one_hot_.data(), rows, data_.classes};
}

}  // namespace scrawl
