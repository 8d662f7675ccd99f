#pragma once

// For programs with images of their own or from MNIST: sets, parts, batches.

#include "scrawl/arrays.h"
#include "scrawl/compute.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// A range of a Dataset, non-owning: the Dataset must outlive it.
struct DatasetView {
  Shape shape;
  std::size_t classes = 0;
  std::span<const std::uint8_t> images;  ///< size() * shape.size() bytes, one image after the other
  std::span<const std::uint8_t> labels;  ///< size() values below `classes`

  std::size_t size() const { return labels.size(); }
  std::span<const std::uint8_t> image(std::size_t i) const {
    return images.subspan(i * shape.size(), shape.size());
  }
  /// `count` images starting at `first`. Throws Error(invalid_argument) if they do not exist.
  DatasetView slice(std::size_t first, std::size_t count) const;
};

/// Labelled images, stored as bytes.
struct Dataset {
  std::string name = {};
  Shape shape = {};
  std::size_t classes = 0;
  std::vector<std::uint8_t> images = {};
  std::vector<std::uint8_t> labels = {};
  std::string sha256 = {};  ///< of the image bytes, then the label bytes (without file headers)
  std::vector<std::string> class_names = {};  ///< empty: the numbers from 0; see match_classes

  std::size_t size() const { return labels.size(); }
  DatasetView view() const { return {shape, classes, images, labels}; }
};

/// The indices of `count` images to look at (or of all, if there are fewer): the first ones, or, for a set
/// that is sorted by class, images spread over the whole set to cover all classes. In ascending order.
std::vector<std::size_t> some_images(const DatasetView& data, std::size_t count);

enum class Part { train, validation, test };
std::string_view to_string(Part part);
/// "train", "validation" or "test"; throws Error(invalid_argument) with the nearest word for anything else.
Part parse_part(std::string_view text);

enum class Sampling { sequential, shuffled, with_replacement };

/// Selects the images of each batch, as a pure function of (seed, step). `sequential` and `shuffled` (a new
/// Fisher-Yates permutation each epoch) use all images once per epoch; its last batch may be smaller.
/// `with_replacement` draws independently; its epoch is images / batch steps, rounded down, but at least 1.
class BatchSampler {
 public:
  /// REQUIRES 0 < images < 2^32, batch > 0.
  BatchSampler(Sampling sampling, std::size_t images, std::size_t batch, std::uint64_t seed);

  std::size_t batch() const { return batch_; }
  std::size_t steps_per_epoch() const { return steps_per_epoch_; }
  /// The images of a step (from 0, over all epochs). Valid until the next call. Allocates nothing.
  std::span<const std::uint32_t> indices(std::uint64_t step);

 private:
  void shuffle(std::uint64_t epoch);

  Sampling sampling_;
  std::size_t images_;
  std::size_t batch_;
  std::size_t steps_per_epoch_;
  std::uint64_t seed_;
  std::uint64_t shuffled_epoch_ = ~std::uint64_t{0};
  std::vector<std::uint32_t> order_;  // sequential, shuffled: all images; with_replacement: one batch
};

/// One batch of a DataLoader, valid until the loader advances.
struct Batch {
  MatrixView<const float> images;          ///< rows x pixels
  Shape shape;                             ///< of one image: {1, 1, 784} if flattened, or {1, 28, 28}
  std::span<const std::uint8_t> labels;    ///< rows
  MatrixView<const float> one_hot;         ///< rows x classes, if requested; otherwise empty
  std::span<const std::uint32_t> indices;  ///< the positions of these images in the data set

  std::size_t size() const { return labels.size(); }
};

struct DataLoaderOptions {
  std::size_t batch_size = 1;
  bool shuffle = false;
  std::uint64_t seed = 1;  ///< for shuffling
  Preprocessing preprocessing = {};
  bool flatten = true;
  bool one_hot = false;
};

/// Iterates over a data set in batches, of which the last may be smaller:
///
///     DataLoader loader(train.view(), {.batch_size = 100, .shuffle = true});
///     for (const Batch& batch : loader) ...        // one epoch; the next loop is the next epoch
class DataLoader {
 public:
  /// The data must outlive the loader. Throws Error(invalid_argument) for no images, a batch size of 0, and
  /// preprocessing that does not fit the images.
  explicit DataLoader(DatasetView data, DataLoaderOptions options = {});

  std::size_t size() const { return sampler_.steps_per_epoch(); }  ///< batches per epoch

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    const Batch& operator*() const { return loader_->batch_; }
    const Batch* operator->() const { return &loader_->batch_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return left_ == 0; }

   private:
    friend class DataLoader;
    Iterator(DataLoader* loader, std::size_t left) : loader_(loader), left_(left) {}
    DataLoader* loader_;
    std::size_t left_;
  };

  Iterator begin();  ///< starts the next epoch
  std::default_sentinel_t end() const { return {}; }

 private:
  void load();

  DatasetView data_;
  DataLoaderOptions options_;
  BatchSampler sampler_;
  Compute compute_;
  Preprocessor preprocessor_;
  std::vector<float> images_;
  std::vector<float> one_hot_;
  std::vector<std::uint8_t> labels_;
  std::uint64_t step_ = 0;
  Batch batch_;
};

}  // namespace scrawl
#pragma GCC visibility pop
