#pragma once

#include "scrawl/evaluation.h"
#include "scrawl/network.h"
#include "scrawl/optimizer.h"
#include "scrawl/trainer.h"

#include "model/network_input.h"
#include "nn/online_step.h"
#include "train/augmented_batch.h"
#include "train/online_feed.h"
#include "train/teacher.h"
#include "train/weight_average.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// The trainer; trainer.h documents what both declare.
struct Trainer::Impl {
  /// Measures laps, to separate the times of steps, evaluations and everything else.
  struct Watch {
    std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
    double lap() {
      const auto now = std::chrono::steady_clock::now();
      const double seconds = std::chrono::duration<double>(now - last).count();
      last = now;
      return seconds;
    }
  };

  Impl(Recipe recipe, const TrainingData& data, std::size_t threads, Target target);
  bool train(const TrainerCallbacks& callbacks);
  std::uint64_t last_record(std::uint64_t step);
  const Network& network();
  TrainingState state();
  void restore(const TrainingState& state);
  TrainReport report();

  bool step(const std::function<bool()>& stop_requested);
  void take_batch();
  void prepare_teacher();
  float step_loss();
  bool numerical_step(const std::function<bool()>& stop_requested);
  const Network& trained();
  void online_step();
  std::uint64_t next_event();
  bool is_report_step();
  double penalty();
  Record record(bool with_report, Watch& watch);
  [[noreturn]] void fail(const std::string& what, bool before_update);
  void check_loss(double loss, const char* name, bool before_update);
  void check_weights();
  std::uint64_t scope_step();

  Recipe recipe_;
  const TrainingData& data_;
  Preprocessing preprocessing_;
  Network network_;
  std::unique_ptr<Loss> loss_;
  Compute compute_;
  std::size_t batch_;
  BatchSampler sampler_;
  std::uint64_t steps_per_epoch_;
  std::uint64_t steps_;
  Optimizer optimizer_;
  Workspace workspace_;
  Evaluator evaluator_;
  std::unique_ptr<OnlineStep> online_;
  std::unique_ptr<OnlineFeed> feed_;  // trains if it can; the network is then out of date
  bool network_lags_ = false;
  std::unique_ptr<WeightAverage> average_;  // null without averaging
  AlignedVector<float> gradients_;
  NetworkInput input_;
  std::unique_ptr<AugmentedBatch> augmented_;  // null without augmentation
  std::unique_ptr<Teacher> teacher_;           // null without one
  std::vector<std::uint8_t> gathered_;         // images for the teacher, if none are made
  std::span<const std::uint8_t> batch_images_;
  std::unique_ptr<bool[]> is_known_;  // to the teacher: not added
  std::vector<std::uint32_t> indices_;
  std::vector<std::uint32_t> next_indices_;
  std::uint64_t next_step_ = ~std::uint64_t{0};  // the step of next_indices_
  std::vector<std::uint8_t> labels_;
  std::span<const std::uint8_t> batch_labels_;
  std::uint64_t step_ = 0;
  float data_loss_ = 0;
  double last_loss_ = 0;
  double steps_seconds_ = 0;
  double evaluation_seconds_ = 0;
};

}  // namespace scrawl
