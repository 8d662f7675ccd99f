#pragma once

// For programs whose users correct what a model has read.

#include "scrawl/dataset.h"
#include "scrawl/model.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

constexpr std::size_t fewest_corrections = 10;

struct TuneSettings {
  double most_drop = 0.002;  ///< of the accuracy on `kept`
  std::uint64_t seed = 1;
  std::size_t threads = 0;  ///< 0: one per core; the same bits for any number
  /// Called after every step with the share of the work that is done. After false nothing changes.
  std::function<bool(double)> progress = {};
};

struct TuneResult {
  Tuning tuning = {};                      ///< what the model's file will say
  bool is_better = false;                  ///< otherwise the model is as it was
  bool is_stopped = false;                 ///< settings.progress gave false
  std::vector<std::size_t> doubtful = {};  ///< corrections whose labels the model doubts, before and after
};

/// Makes a model better at reading one person's hand. Trains its network on `corrections`, deformed anew each
/// time, and as many images of `replay`, which the model has seen before, at a low rate, with the running
/// statistics of batch normalisation frozen. Then takes weights between the old and the new ones (Wortsman et
/// al., "Robust fine-tuning of zero-shot models", 2022): the mix that reads the corrections best and loses at
/// most `most_drop` of the accuracy on `kept`. A correction is read with weights that were not trained on it:
/// each fifth is held out in turn. Finally it trains on all corrections and uses the best mix. If that gains
/// nothing, the model stays.
///
/// For a model with the class none, `replay` shall have some of it: see add_other_marks(). All images have
/// the model's shape and classes. Throws Error(invalid_argument) for fewer than fewest_corrections and for an
/// empty `replay` or `kept`, and Error(unsupported) for an ensemble.
TuneResult tune(Model& model, const DatasetView& corrections, const DatasetView& replay,
                const DatasetView& kept, const TuneSettings& settings = {});

}  // namespace scrawl
#pragma GCC visibility pop
