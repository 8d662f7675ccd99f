#include "scrawl/dataset.h"
#include "scrawl/error.h"

#include <algorithm>
#include <utility>

namespace scrawl {
namespace {

/// Checks what the members are built from, before they are.
DatasetView checked(DatasetView data, const DataLoaderOptions& options) {
  if (data.size() == 0) throw Error(ErrorCode::invalid_argument, "a data loader needs at least one image");
  if (options.batch_size == 0)
    throw Error(ErrorCode::invalid_argument, "a data loader's batch size must be above 0");
  return data;
}

}  // namespace

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
