#pragma once

// For programs that load, save or query trained models.

#include "scrawl/loss.h"
#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// At which confidence a model may answer, if no more than this share of its answers may be wrong.
struct ErrorThreshold {
  float error = 0;       ///< the share of wrong answers
  float confidence = 1;  ///< the least at which to answer
  float answered = 0;    ///< the share of the images it was measured on that get an answer

  bool operator==(const ErrorThreshold&) const = default;
};

/// How a model was tuned to somebody's hand; see tune(). Accuracies are from 0 to 1.
struct Tuning {
  std::string from = {};        ///< weights_sha256 of the model that it was
  std::size_t corrections = 0;  ///< images that it learned from
  float mix = 0;                ///< of the new weights with the old ones: 1 is all new
  double before = 0;            ///< on the corrections, each read by weights that were not trained on it
  double after = 0;
  double kept_before = 0;  ///< on the images that it must not forget
  double kept_after = 0;

  bool operator==(const Tuning&) const = default;
};

constexpr std::size_t most_tunings = 100;  ///< of which a model keeps the last

/// The contents of a model file besides the weights.
struct ModelInfo {
  Preprocessing preprocessing = {};
  LossSpec loss = {};
  std::vector<std::string> classes = {};  ///< the name of each output: "0" ... "9"
  std::string recipe = {};                ///< name of the recipe; "" if trained without one
  std::string recipe_text = {};           ///< the recipe as run, in TOML
  std::uint64_t seed = 0;
  std::string data = {};                        ///< name of the data set
  std::string data_sha256 = {};                 ///< its Dataset::sha256
  float temperature = 1;                        ///< what calibrate() has divided the outputs by
  std::vector<ErrorThreshold> thresholds = {};  ///< from calibrate(), in descending order of `error`
  std::vector<Tuning> tunings = {};             ///< the first one first
};

/// A network with everything that is needed to use it.
struct Member {
  Network network;
  ModelInfo info = {};
};

constexpr std::size_t most_members = 100;

/// One or more equal members; a model's probabilities are the mean of theirs. With several it is an ensemble,
/// which is accepted wherever a Model is, except by some exports.
struct Model {
  std::vector<Member> members;  ///< at least one; see check_members for what they have in common

  explicit Model(std::vector<Member> all) : members(std::move(all)) {}  ///< REQUIRES at least one member
  Model(Network network, ModelInfo info) { members.push_back({std::move(network), std::move(info)}); }

  // What all members have in common; the shape of the input up to flattening.
  const Shape& input() const { return members.front().network.spec().input; }
  std::size_t inputs() const { return members.front().network.inputs(); }
  std::size_t outputs() const { return members.front().network.outputs(); }
  const std::vector<std::string>& classes() const { return members.front().info.classes; }
  /// The origin of the weights; of an ensemble, that of the first member.
  const ModelInfo& origin() const { return members.front().info; }

  /// REQUIRES exactly one member.
  Member& only() {
    assert(members.size() == 1);
    return members.front();
  }
  const Member& only() const {
    assert(members.size() == 1);
    return members.front();
  }
};

std::vector<std::string> numbered_classes(std::size_t count);  ///< "0", "1", "2" ...

/// Writes a safetensors file, which is complete or does not exist: weights as (outputs, inputs) with the
/// names of torch.nn.Sequential, the arrays of the preprocessing, and the rest as metadata (bytes that are
/// not UTF-8 as "\\xff"). Of a custom layer it contains name, parameters and state.
void save_model(const std::filesystem::path& path, const Network& network, const ModelInfo& info);

/// Same for any number of members. With several, names start with the member, as in `member.0.0.weight`, and
/// the format version is 2. Throws as check_members does.
void save_model(const std::filesystem::path& path, const Model& model);

/// Reads a file from save_model, which may be compressed with gzip. Throws Error for a missing or malformed
/// file, an unknown format version, and arrays that do not fit the model text, are not finite or too many.
/// `custom` has the model's custom layers; Error(unsupported) names a missing one.
Model load_model(const std::filesystem::path& path, const std::vector<CustomLayer>& custom = {});

/// Same for the bytes of a model file, for programs with a built-in model; `file` names them in errors.
Model parse_model_file(std::span<const std::byte> bytes, const std::string& file = "model",
                       const std::vector<CustomLayer>& custom = {});

/// A member as a separate model. Throws Error(invalid_argument) if there is no such member.
Model take_member(const Model& model, std::size_t number);

/// An ensemble of all members of `models`, in order, with the recipe, seed and data of the first. Layers and
/// preprocessing may differ. Throws as check_members does, and Error(invalid_argument) for fewer than two.
Model join_models(std::vector<Model> models);

/// Throws Error(invalid_argument) unless the members' probabilities can be averaged: at most most_members,
/// which map images of one shape (or plain vectors of as many pixels) to the same classes.
void check_members(const Model& model);

/// The only place that averages probabilities. Called for member 0, 1 ... in turn, leaves in `mean` (((p0 +
/// p1) + p2) + ...) / members, in float and in this order. Allocates nothing. REQUIRES spans of equal size.
void average_in(std::span<float> mean, std::span<const float> probabilities, std::size_t member,
                std::size_t members);

std::size_t count_parameters(const Model& model);  ///< of all members

/// The SHA-256 of the weights (network.h) in hexadecimal; for an ensemble, one line per member.
std::string weights_sha256(const Model& model);

/// Converts a network's outputs for one image to class probabilities, in place; they sum to 1. Depends on the
/// loss of the training:
///
/// - SoftmaxCrossEntropy: p = softmax(outputs).
/// - SquaredError: outputs estimate the mean target, so p = (output - low) / (high - low), at least 1e-6,
///   divided by the sum.
/// - MulticlassHinge: p = softmax(outputs), which orders correctly; the values are not calibrated.
void to_probabilities(std::span<float> outputs, const LossSpec& loss, const Compute& compute);

constexpr float least_squared_error_probability = 1e-6F;  ///< see to_probabilities

/// The probabilities for images of network.inputs() bytes each: images x classes values, row by row; for an
/// ensemble the mean over its members (average_in). The same bits for any number of images at a time. Throws
/// Error(invalid_argument) if the number of bytes is not a multiple of the image size, or members do not fit.
std::vector<float> predict_probabilities(const Model& model, std::span<const std::uint8_t> images,
                                         Target target = default_target());

}  // namespace scrawl
#pragma GCC visibility pop
