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

/// Turns a network's outputs for one image into a probability for each class, in place; they add up to 1.
/// What the outputs mean follows from the loss that the network was trained with:
///
/// - SoftmaxCrossEntropy: p = softmax(outputs).
/// - SquaredError: an output estimates its target's mean, so p = (output - low) / (high - low), kept above
///   1e-6 and divided by their sum.
/// - MulticlassHinge: p = softmax(outputs). The order is right; the values are not calibrated, because the
///   hinge loss knows no probabilities.
void to_probabilities(std::span<float> outputs, const LossSpec& loss, const Compute& compute);

/// The smallest probability before the division, for a network trained with squared errors.
constexpr float least_squared_error_probability = 1e-6F;

/// The probabilities for images of network.inputs() bytes each: images x classes values, row by row; of an
/// ensemble the mean of its members' (average_in). The same bits for any number of images at a time. Throws
/// Error(invalid_argument) where the number of bytes is no multiple of an image's, or members do not fit.
std::vector<float> predict_probabilities(const Model& model, std::span<const std::uint8_t> images,
                                         Target target = default_target());

}  // namespace scrawl
#pragma GCC visibility pop
