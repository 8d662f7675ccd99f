#pragma once

#include "scrawl/arrays.h"
#include "scrawl/compute.h"
#include "scrawl/loss.h"
#include "scrawl/model.h"
#include "scrawl/network.h"

#include "predict/plan.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// A trained model whose probabilities are mixed into the targets of another one's training (Hinton, Vinyals
/// and Dean, "Distilling the knowledge in a neural network", 2015, with a temperature of 1).
class Teacher {
 public:
  /// `share` of the target is the teacher's, the rest the label's. `classes` are the names of the network's
  /// classes; the teacher's are the same, or the first of them, at least `known`: those of images that it is
  /// asked about. Throws Error as load_model does, and Error(invalid_argument) for a teacher of other images
  /// or other classes.
  Teacher(const std::filesystem::path& model, double share, const SoftmaxCrossEntropy& loss,
          const Network& network, std::span<const std::string> classes, std::size_t known,
          std::size_t most_rows, Target target);

  /// Changes the `gradient` of the loss, and returns by how much its value differs. The teacher is asked
  /// about the `images` (bytes, one a row) in rows where `is_known` holds; the others keep the label's
  /// target. Independent of the number of threads. Allocates nothing after the first call.
  float teach(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels,
              std::span<const bool> is_known, MatrixView<const float> outputs, MatrixView<float> gradient,
              const Compute& compute);

 private:
  Plan plan_;
  float share_;
  float smoothing_;
  std::vector<float> probabilities_;
  std::vector<float> differences_;
};

}  // namespace scrawl
