#pragma once

// For programs that read, write or change recipes.

#include "scrawl/dataset.h"
#include "scrawl/loss.h"
#include "scrawl/model_spec.h"
#include "scrawl/network.h"
#include "scrawl/optimizer.h"
#include "scrawl/preprocessing.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The error that a dense layer propagates to the layer before it.
enum class HiddenError {
  gradient,  ///< the gradient of the loss
  raw,       ///< W^T e without the derivative of the activation after W, as in "Make your own neural network"
};

/// A training run as plain data: the contents of a file in recipes/. docs/recipes.md explains every key.
struct Recipe {
  std::string name;
  std::string source;  ///< who described this system, and where
  std::uint64_t seed = 1;
  std::uint64_t members = 1;  ///< networks of an ensemble, trained one after the other; see member_recipe

  struct Data {
    std::string name = "mnist";         ///< a known data set, or a path (see read_data)
    std::string test = {};              ///< where the test images are, if not in `name`
    std::vector<std::string> add = {};  ///< more training images, in data sets that may have more classes
    std::uint64_t train = 0;            ///< use only the first so many training images; 0: all that are left
    std::uint64_t validation = 0;       ///< the last so many images of the training file
    /// Replaces both: fractions for training, validation and testing, in proportion from each class.
    std::optional<std::array<double, 3>> split = {};
    std::optional<std::uint64_t> seed = {};  ///< for drawing; by default the recipe's
    bool operator==(const Data&) const = default;
  } data;

  Preprocessing preprocessing;  ///< divisor, factor and offset; the arrays are measured
  PreprocessingFit fit;
  Augmentation augmentation;  ///< for training images, never for evaluated ones

  ModelSpec model;  ///< may contain custom layers here, but not in a file
  Initialiser initialiser;
  LossSpec loss;
  OptimizerSpec optimizer;

  enum class Gradient { backpropagation, numerical };
  struct Training {
    Sampling sampling = Sampling::shuffled;
    std::uint64_t batch = 1;
    std::uint64_t steps = 0;  ///< either steps or epochs
    std::uint64_t epochs = 0;
    bool loss_after_update = false;  ///< record the loss of the same batch after the update
    /// Decay of a moving average of weights and running statistics, which is evaluated and saved; 0: none.
    double average_decay = 0;
    /// A model file whose probabilities are learned besides the labels (distillation), but not of images from
    /// Data::add, which the teacher has not seen.
    std::optional<std::string> teacher = {};
    std::optional<double> teacher_share = {};  ///< of the target that is the teacher's; by default a half
    HiddenError hidden_error = HiddenError::gradient;
    Gradient gradient = Gradient::backpropagation;
    // A numerical run costs two loss evaluations per parameter and step; it is this small on purpose.
    double numerical_step = 1e-4;
    std::uint64_t numerical_batch = 10;
    std::uint64_t numerical_steps = 3;
  } training;

  enum class Scope { run, epoch };
  /// What is measured and printed during the run, in the author's form. Templates use {fmt}'s syntax.
  struct Report {
    std::uint64_t every = 0;       ///< steps between two reports; 0: no reports
    Scope scope = Scope::run;      ///< count steps from the start of the run or of each epoch
    std::uint64_t count_from = 1;  ///< 1: the first report comes after `every` steps; 0: after the first step
    std::vector<std::string> evaluate;  ///< the parts whose accuracy is measured: train, validation, test
    std::vector<std::string> lines;     ///< templates printed at every report
    std::vector<std::string> final;     ///< templates printed at the end
    std::uint64_t loss_every = 1;       ///< steps between two rows of metrics.csv
  } report;

  struct Expect {
    /// A published test accuracy of this exact recipe, for comparison; 0: none. Overrides of more than the
    /// seed and the reporting remove it; a program that changes a Recipe should do so, too.
    double reference = 0;
    std::string reference_source = {};             ///< its source, such as "author" or "NumPy version"
    std::array<double, 2> test_accuracy = {0, 1};  ///< the expected range
  } expect;
};

/// `key.path=value`: sets one key, as TOML; a value that is not TOML is taken as text.
struct RecipeOverride {
  std::string assignment;
};

/// Throws Error(invalid_argument) with file, line and key, and for an unknown key the nearest known one.
Recipe load_recipe(const std::filesystem::path& path, const std::vector<RecipeOverride>& overrides = {});
Recipe parse_recipe(std::string_view text, const std::string& file = "recipe",
                    const std::vector<RecipeOverride>& overrides = {});

/// The recipe of one member of an ensemble, counted from 0, as a recipe for a single network: trained alone,
/// it gives the member bit for bit. The first member has the recipe's seed, member k one derived from (seed,
/// k); all divide the data in the same way. The ensemble's reference accuracy is removed.
Recipe member_recipe(const Recipe& recipe, std::size_t member);

/// The whole recipe, including defaults, as TOML. parse_recipe reads it back, except for a CustomLayer.
std::string to_toml(const Recipe& recipe);

}  // namespace scrawl
#pragma GCC visibility pop
