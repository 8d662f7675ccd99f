#pragma once

#include "scrawl/error.h"
#include "scrawl/recipe.h"

#include "nn/layer_text.h"

#include <array>
#include <string>
#include <string_view>
#include <variant>

/// The keys of a recipe: `describe` passes them to an archive that reads or writes. An archive has
///   section(name)                       starts [name]
///   field(key, value)                   text, number, flag, list of texts, pair of numbers
///   field(key, value, names)            an enumeration by the names of its values
///   optional_field(key, value)          a std::optional, written if it is set
///   text_field(key, value, parse)       a value with a text form of its own
///   former(key, value)                  a key of older recipes, only read
///   required(key)                       makes the next field mandatory
namespace scrawl {

namespace recipe_names {
inline constexpr std::array<std::string_view, 3> standardise = {"none", "global", "per-pixel"};
inline constexpr std::array<std::string_view, 3> losses = {"softmax-cross-entropy", "squared-error",
                                                           "multiclass-hinge"};
inline constexpr std::array<std::string_view, 5> optimizers = {"sgd", "momentum", "nesterov", "adamw",
                                                               "adadelta"};
inline constexpr std::array<std::string_view, 4> schedules = {"constant", "step", "cosine", "one-cycle"};
inline constexpr std::array<std::string_view, 3> samplings = {"sequential", "shuffled", "with-replacement"};
inline constexpr std::array<std::string_view, 2> hidden_errors = {"gradient", "raw"};
inline constexpr std::array<std::string_view, 2> gradients = {"backpropagation", "numerical"};
inline constexpr std::array<std::string_view, 2> scopes = {"run", "epoch"};
}  // namespace recipe_names

/// Refuses layers that only some programs have.
inline ModelSpec parse_recipe_model(std::string_view text) {
  if (const std::string name = foreign_layer(text); !name.empty())
    throw Error(ErrorCode::invalid_argument,
                "unknown layer '" + name + "'; a recipe knows " + own_layers() +
                    ", and a program that brings its own layer sets Recipe::model to use it");
  return parse_model(text);
}

template <class Archive>
void describe_augmentation(Archive& a, Augmentation& augmentation) {
  a.field("probability", augmentation.probability);
  a.field("shift", augmentation.shift);
  a.field("rotation", augmentation.rotation);
  a.field("scale", augmentation.scale);
  a.field("shear", augmentation.shear);
  a.field("elastic_alpha", augmentation.elastic_alpha);
  a.field("elastic_sigma", augmentation.elastic_sigma);
  a.field("thickness", augmentation.thickness);
  a.field("blur", augmentation.blur);
  a.field("contrast", augmentation.contrast);
  a.field("gamma", augmentation.gamma);
  a.field("noise", augmentation.noise);
  a.field("erase_probability", augmentation.erase_probability);
  a.field("erase_area", augmentation.erase_area);
}

template <class Archive>
void describe_loss(Archive& a, LossSpec& loss) {
  auto kind = static_cast<std::size_t>(loss.index());
  a.required();
  a.field("kind", kind, recipe_names::losses);
  if (kind != loss.index()) {
    if (kind == 0) loss = SoftmaxCrossEntropy{};
    if (kind == 1) loss = SquaredError{};
    if (kind == 2) loss = MulticlassHinge{};
  }
  if (auto* softmax = std::get_if<SoftmaxCrossEntropy>(&loss)) {
    a.field("log_epsilon", softmax->log_epsilon);
    a.field("label_smoothing", softmax->label_smoothing);
  }
  if (auto* squared = std::get_if<SquaredError>(&loss)) {
    a.field("low", squared->low);
    a.field("high", squared->high);
  }
  if (auto* hinge = std::get_if<MulticlassHinge>(&loss)) a.field("margin", hinge->margin);
}

template <class Archive>
void describe_optimizer(Archive& a, OptimizerSpec& optimizer) {
  using Kind = OptimizerSpec::Kind;
  a.required();
  a.field("kind", optimizer.kind, recipe_names::optimizers);
  a.required();
  a.field("learning_rate", optimizer.learning_rate);
  a.field("l2", optimizer.l2);
  if (optimizer.kind == Kind::momentum || optimizer.kind == Kind::nesterov)
    a.field("momentum", optimizer.momentum);
  if (optimizer.kind == Kind::adamw) {
    a.field("beta1", optimizer.beta1);
    a.field("beta2", optimizer.beta2);
    a.field("epsilon", optimizer.epsilon);
    a.field("weight_decay", optimizer.weight_decay);
  }
  if (optimizer.kind == Kind::adadelta) {
    a.field("rho", optimizer.rho);
    a.field("epsilon", optimizer.adadelta_epsilon);
  }
  a.field("clip_norm", optimizer.clip_norm);

  auto& schedule = optimizer.schedule;
  a.section("schedule");
  a.field("kind", schedule.kind, recipe_names::schedules);
  if (schedule.kind == Schedule::Kind::step) {
    a.field("every", schedule.every);
    a.field("factor", schedule.factor);
  }
  if (schedule.kind == Schedule::Kind::one_cycle) {
    a.field("warmup", schedule.warmup);
    a.field("start_factor", schedule.start_factor);
    a.field("cycle_momentum", schedule.cycle_momentum);
    a.field("low_momentum", schedule.low_momentum);
    a.field("high_momentum", schedule.high_momentum);
  }
  if (schedule.kind == Schedule::Kind::cosine || schedule.kind == Schedule::Kind::one_cycle)
    a.field("final_factor", schedule.final_factor);
}

template <class Archive>
void describe(Archive& a, Recipe& recipe) {
  a.required();
  a.field("name", recipe.name);
  a.field("source", recipe.source);
  a.field("seed", recipe.seed);

  a.section("data");
  a.field("name", recipe.data.name);
  a.field("test", recipe.data.test);
  a.field("add", recipe.data.add);
  a.field("train", recipe.data.train);
  a.field("validation", recipe.data.validation);
  a.optional_field("split", recipe.data.split);
  a.optional_field("seed", recipe.data.seed);

  a.section("preprocessing");
  a.field("divisor", recipe.preprocessing.divisor);
  a.field("factor", recipe.preprocessing.factor);
  a.field("offset", recipe.preprocessing.offset);
  a.field("standardise", recipe.fit.standardise, recipe_names::standardise);
  a.field("whiten", recipe.fit.whiten);
  a.field("whitening_epsilon", recipe.fit.whitening_epsilon);

  a.section("augment");
  describe_augmentation(a, recipe.augmentation);

  a.section("model");
  a.required();
  a.text_field("layers", recipe.model, parse_recipe_model);
  a.text_field("initialiser", recipe.initialiser, parse_initialiser);

  a.section("loss");
  describe_loss(a, recipe.loss);

  a.section("optimizer");
  describe_optimizer(a, recipe.optimizer);

  auto& training = recipe.training;
  a.section("training");
  a.field("sampling", training.sampling, recipe_names::samplings);
  a.field("batch", training.batch);
  a.field("steps", training.steps);
  a.field("epochs", training.epochs);
  a.field("loss_after_update", training.loss_after_update);
  a.field("average", training.average_decay);
  a.optional_field("teacher", training.teacher);
  a.optional_field("teacher_share", training.teacher_share);
  a.field("hidden_error", training.hidden_error, recipe_names::hidden_errors);
  a.field("gradient", training.gradient, recipe_names::gradients);
  a.field("numerical_step", training.numerical_step);
  a.field("numerical_batch", training.numerical_batch);
  a.field("numerical_steps", training.numerical_steps);

  a.section("ensemble");
  a.field("members", recipe.members);

  auto& report = recipe.report;
  a.section("report");
  a.field("every", report.every);
  a.field("scope", report.scope, recipe_names::scopes);
  a.field("count_from", report.count_from);
  a.field("evaluate", report.evaluate);
  a.field("lines", report.lines);
  a.field("final", report.final);
  a.field("loss_every", report.loss_every);

  a.section("expect");
  a.former("author", recipe.expect.reference);
  a.field("reference", recipe.expect.reference);
  a.field("reference_source", recipe.expect.reference_source);
  a.field("test_accuracy", recipe.expect.test_accuracy);
}

}  // namespace scrawl
