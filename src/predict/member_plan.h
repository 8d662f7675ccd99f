#pragma once

#include "scrawl/compute.h"
#include "scrawl/loss.h"
#include "scrawl/model.h"

#include "base/spares.h"
#include "predict/steps.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace scrawl {

/// The class with the largest output, the first one if several are equal.
inline std::uint8_t largest(std::span<const float> outputs) {
  return static_cast<std::uint8_t>(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

/// Runs the steps of one network: from the bytes of images to probabilities, without an allocation.
///
/// Convolutions take blocks of 16 images in lanes (kernels/convolution.h); the remaining images go one by one
/// through the kernels for one image, which sum in the same order. Dense layers skip the bytes that are 0,
/// whatever the background means to the network, and what ReLU made 0. Sums are in index order, but in layers
/// of at most 16 outputs they are in chains (kernels::ListedGemm). So the probabilities are those of
/// Network::predict but for roundings, of about 1e-7; and they are the same bits for any number of images at
/// a time and on every instruction set.
class MemberPlan {
 public:
  /// Nothing for a network that compile() does not take.
  static std::optional<MemberPlan> make(const Member& member, Target target);
  MemberPlan(MemberPlan&&) noexcept;
  MemberPlan& operator=(MemberPlan&&) noexcept;
  ~MemberPlan();

  /// The probabilities (images x classes, row by row) for images of as many bytes as the model has inputs,
  /// and unless it is empty, `predictions`: the class with the largest output, the first of equals. Takes 200
  /// KB of the stack. Several threads may call it at once; with convolutions, allocates where more do than
  /// ever before. REQUIRES sizes that fit.
  void predict(std::span<const std::uint8_t> images, std::span<float> probabilities,
               std::span<std::uint8_t> predictions = {}) const;

 private:
  struct Scratch;
  struct Pictures;
  struct Rows {
    const float* values = nullptr;
    std::size_t stride = 0;
  };

  MemberPlan(Steps steps, const LossSpec& loss, Target target);
  const float* run_pictures(std::size_t images, const std::uint8_t* bytes, Pictures& memory) const;
  void run_block(std::size_t images, float* results, Pictures& memory) const;
  void run_one(const float* pixels, float* result, Pictures& memory) const;
  Rows run_dense(std::size_t rows, const std::uint8_t* images, const float* values, Scratch& scratch) const;
  void make_lists(std::size_t rows, const Step& step, const std::uint8_t* images, const float* values,
                  std::size_t stride, std::uint32_t* lists) const;
  void give_probabilities(std::size_t rows, const Rows& outputs, float* probabilities,
                          std::uint8_t* predictions) const;

  Steps steps_;
  LossSpec loss_;
  Compute compute_;
  std::unique_ptr<Spares<Pictures>> pictures_;  // null if the steps take bytes
};

}  // namespace scrawl
