#pragma once

#include "scrawl/compute.h"
#include "scrawl/loss.h"
#include "scrawl/model_file.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// Converts a network's outputs for one image to class probabilities, in place; they sum to 1. The conversion
/// depends on the loss that the network was trained with:
///
/// - SoftmaxCrossEntropy: p = softmax(outputs).
/// - SquaredError: an output estimates the mean of its target, so p = (output - low) / (high - low), limited
/// to at
///   least 1e-6 and divided by the sum.
/// - MulticlassHinge: p = softmax(outputs). The order is right; the values are not calibrated, because the
/// hinge
///   loss does not define probabilities.
void to_probabilities(std::span<float> outputs, const LossSpec& loss, const Compute& compute);

/// The lower limit of probabilities before the division, for a network trained with squared errors.
constexpr float least_squared_error_probability = 1e-6F;

/// The probabilities for images of network.inputs() bytes each: images x classes values, row by row; for an
/// ensemble the mean over its members (average_in). The same bits for any number of images at a time. Throws
/// Error(invalid_argument) if the number of bytes is not a multiple of the image size, or members do not fit.
std::vector<float> predict_probabilities(const Model& model, std::span<const std::uint8_t> images,
                                         Target target = default_target());

}  // namespace scrawl
#pragma GCC visibility pop
