#pragma once

#include "scrawl/model.h"

#include "predict/member_plan.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace scrawl {

/// How a trained model answers: from the bytes of images to probabilities. It is compiled once from the
/// model, and everything that asks a model uses it, so that all get the same bits.
class Plan {
 public:
  /// Throws as check_members does. A member that MemberPlan does not take, such as one with custom layers, is
  /// copied and answers through Network::predict.
  explicit Plan(const Model& model, Target target = default_target());

  /// The bytes of an image.
  std::size_t pixels() const { return pixels_; }
  /// The probabilities of an image.
  std::size_t classes() const { return classes_; }
  std::size_t members() const { return members_.size(); }

  /// The probabilities (images x classes, row by row), of an ensemble the mean of its members' (average_in).
  /// The same bits for any number of images at a time. Several threads may call it at once. Takes 220 KB of
  /// the stack; allocates only for members that answer through Network::predict, for ensembles of more than
  /// 4,096 classes, and where more threads call it than ever before. REQUIRES sizes that fit.
  void predict(std::span<const std::uint8_t> images, std::span<float> probabilities) const;

  /// The probabilities of one member, and unless it is empty, `predictions`: the class with the largest
  /// output for each image, the first of equals. (Of a network trained with squared errors, several small
  /// outputs may have the same probability.) REQUIRES member < members() and sizes that fit.
  void predict_member(std::size_t member, std::span<const std::uint8_t> images,
                      std::span<float> probabilities, std::span<std::uint8_t> predictions = {}) const;

 private:
  void predict_mean(std::span<const std::uint8_t> images, std::span<float> probabilities,
                    std::span<float> room) const;

  Target target_;
  std::size_t pixels_;
  std::size_t classes_;
  std::vector<std::variant<MemberPlan, Member>> members_;
};

/// The plain definition of an answer, through Network::predict: the probabilities of one member (images x
/// outputs, row by row), and unless it is empty, `predictions`, as Plan::predict_member gives them. Custom
/// layers go this way; tests compare the plan of other members with it. REQUIRES sizes that fit.
void predict_plainly(const Member& member, Target target, std::span<const std::uint8_t> images,
                     std::span<float> probabilities, std::span<std::uint8_t> predictions = {});

}  // namespace scrawl
