#pragma once

#include "scrawl/compute.h"
#include "scrawl/dataset.h"
#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace [[gnu::visibility("default")]] scrawl {

/// Predicts labels for images in batches, divided over threads. Keeps what it needs, so that repeated
/// evaluation allocates nothing. The same predictions, bit for bit, for every batch size and number of
/// threads.
class Evaluator {
 public:
  Evaluator(const Network& network, const Preprocessing& preprocessing, std::size_t batch,
            std::size_t threads, Target target = default_target());

  /// predictions[i] = the class with the largest output for image i (the first of equals).
  /// REQUIRES predictions.size() == data.size(); `network` of the model given to the constructor.
  void predict(const Network& network, const DatasetView& data, std::span<std::uint8_t> predictions);

  /// The fraction of images whose prediction is their label. Throws Error(invalid_argument) for an empty set.
  double accuracy(const Network& network, const DatasetView& data);

 private:
  struct Worker {  // what one thread needs
    Worker(const Network& network, const Preprocessing& preprocessing, std::size_t batch, Target target);
    Compute compute;
    Workspace workspace;
    Preprocessor preprocessor;
    AlignedVector<float> images;
  };
  std::size_t batch_;
  ThreadPool pool_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::uint8_t> predictions_;
};

/// A confidence interval of a proportion.
struct Interval {
  double low = 0;
  double high = 1;
};

/// Wilson's score interval (1927) for `successes` of `trials`, at 95 %. REQUIRES trials > 0.
Interval wilson_interval(std::size_t successes, std::size_t trials);

/// How predictions compare with labels.
struct EvaluationResult {
  std::size_t images = 0;
  std::size_t correct = 0;
  std::vector<std::vector<std::size_t>> confusion;  ///< [label][prediction]

  double accuracy() const { return images ? static_cast<double>(correct) / static_cast<double>(images) : 0; }
  /// Of the images that were read as `c`, the fraction that are `c`; 0 where none was.
  double precision(std::size_t c) const;
  /// Of the images that are `c`, the fraction that were read as `c`; 0 where there is none.
  double recall(std::size_t c) const;
};

/// REQUIRES as many predictions as labels, all below `classes`.
EvaluationResult compare(std::span<const std::uint8_t> labels, std::span<const std::uint8_t> predictions,
                         std::size_t classes);

}  // namespace scrawl
