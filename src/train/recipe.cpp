#include "scrawl/recipe.h"

#include "scrawl/error.h"
#include "scrawl/model.h"
#include "scrawl/random.h"

#include "base/text.h"
#include "train/line_template.h"
#include "train/recipe_check.h"
#include "train/recipe_fields.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace scrawl {

namespace {

constexpr auto most_seed = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());  // TOML's

template <class T>
std::string float_text(T value) {
  const std::string text = shortest(value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

class Writer {
 public:
  void section(std::string_view name) { out_ << "\n[" << name << "]\n"; }
  void required() {}
  template <class Value>
  void former(std::string_view, const Value&) {}
  void field(std::string_view key, const std::string& value) { line(key, toml_text(value)); }
  void field(std::string_view key, bool value) { line(key, value ? "true" : "false"); }
  void field(std::string_view key, std::uint64_t value) { line(key, std::to_string(value)); }
  void field(std::string_view key, double value) { line(key, float_text(value)); }
  void field(std::string_view key, float value) { line(key, float_text(value)); }
  template <std::size_t n>
  void field(std::string_view key, const std::array<double, n>& value) {
    std::string text;
    for (const double number : value) text += (text.empty() ? "" : ", ") + float_text(number);
    line(key, "[" + text + "]");
  }
  template <class T>
  void optional_field(std::string_view key, const std::optional<T>& value) {
    if (value) field(key, *value);
  }
  void field(std::string_view key, const std::vector<std::string>& value) {
    std::string text = "[";
    for (std::size_t i = 0; i < value.size(); ++i) text += (i ? ", " : "") + toml_text(value[i]);
    line(key, text + "]");
  }
  template <class Enum>
  void field(std::string_view key, Enum value, std::span<const std::string_view> names) {
    line(key, toml_text(std::string(names[static_cast<std::size_t>(value)])));
  }
  template <class Value, class Parse>
  void text_field(std::string_view key, const Value& value, const Parse&) {
    line(key, toml_text(to_string(value)));
  }
  std::string text() const { return out_.str(); }

 private:
  void line(std::string_view key, const std::string& value) { out_ << key << " = " << value << "\n"; }
  std::ostringstream out_;
};

void require(bool good, const std::string& message) {
  if (!good) throw Error(ErrorCode::invalid_argument, message);
}

/// Refuses NaN and infinities, which the recipe of a program may contain.
class FiniteCheck {
 public:
  void section(std::string_view name) { section_ = std::string(name) + "."; }
  void required() {}
  void field(std::string_view key, double value) { check(key, value); }
  void field(std::string_view key, float value) { check(key, value); }
  void field(std::string_view key, const std::array<double, 2>& value) {
    for (const double end : value) check(key, end);
  }
  template <class... Others>
  void field(std::string_view, const Others&...) {}
  template <class... Others>
  void text_field(std::string_view, const Others&...) {}
  template <class T>
  void optional_field(std::string_view, const std::optional<T>&) {}  // see check_data
  template <class Value>
  void former(std::string_view, const Value&) {}

 private:
  void check(std::string_view key, double value) const {
    require(std::isfinite(value), section_ + std::string(key) + ": must be a finite number");
  }
  std::string section_;
};

void check_momentum_cycle(const OptimizerSpec& optimizer) {
  using Kind = OptimizerSpec::Kind;
  const auto& schedule = optimizer.schedule;
  const bool has_momentum = optimizer.kind != Kind::sgd && optimizer.kind != Kind::adadelta;
  require(has_momentum || !schedule.cycle_momentum,
          "schedule.cycle_momentum: this optimizer has no momentum; set optimizer.kind to 'momentum', "
          "'nesterov' or 'adamw'");
  require(schedule.low_momentum >= 0, "schedule.low_momentum: must not be negative");
  require(schedule.low_momentum <= schedule.high_momentum,
          "schedule.low_momentum: must not be above schedule.high_momentum");
  // Compared as a float, which the optimizer uses.
  require(static_cast<float>(schedule.high_momentum) < 1, "schedule.high_momentum: must be below 1");
}

void check_optimizer(const OptimizerSpec& optimizer) {
  const auto fraction = [](double x) { return x >= 0 && x < 1; };
  require(optimizer.learning_rate >= 0, "optimizer.learning_rate: must not be negative");
  require(optimizer.l2 >= 0, "optimizer.l2: must not be negative");
  require(fraction(optimizer.momentum), "optimizer.momentum: must be at least 0 and below 1");
  require(fraction(optimizer.beta1), "optimizer.beta1: must be at least 0 and below 1");
  require(fraction(optimizer.beta2), "optimizer.beta2: must be at least 0 and below 1");
  require(optimizer.epsilon > 0 && optimizer.adadelta_epsilon > 0, "optimizer.epsilon: must be above 0");
  require(fraction(optimizer.rho), "optimizer.rho: must be at least 0 and below 1");
  require(optimizer.clip_norm >= 0, "optimizer.clip_norm: must not be negative");
  require(optimizer.weight_decay >= 0, "optimizer.weight_decay: must not be negative");
  require(optimizer.schedule.every > 0, "schedule.every: must be at least 1");
  require(optimizer.schedule.factor >= 0, "schedule.factor: must not be negative");
  require(optimizer.schedule.start_factor >= 0, "schedule.start_factor: must not be negative");
  require(optimizer.schedule.final_factor >= 0, "schedule.final_factor: must not be negative");
  require(fraction(optimizer.schedule.warmup), "schedule.warmup: must be at least 0 and below 1");
  check_momentum_cycle(optimizer);
}

/// Adds the key to the errors of `check`.
template <class Check>
auto for_key(const char* key, const Check& check) {
  try {
    return check();
  } catch (const Error& error) {
    throw Error(error.code(), std::string(key) + ": " + error.message());
  }
}

void check_data(const Recipe::Data& data) {
  require(data.seed.value_or(0) <= most_seed, "data.seed: must be below 2^63");
  if (!data.split) return;
  const auto& split = *data.split;
  constexpr double rounding = 1e-6;
  require(std::all_of(split.begin(), split.end(), [](double part) { return part >= 0; }) &&
              std::abs(split[0] + split[1] + split[2] - 1) <= rounding,
          "data.split: must be three fractions, [train, validation, test], none negative and "
          "with sum 1, such as [0.8, 0.1, 0.1]");
  require(split[0] > 0, "data.split: leaves no images for training; make its first fraction larger");
  require(data.train == 0 && data.validation == 0,
          "data.split: already says how many images are for training and validation; remove data.train "
          "and data.validation (--set data.train=0 --set data.validation=0)");
}

bool has_validation(const Recipe::Data& data) {
  return data.split ? (*data.split)[1] > 0 : data.validation > 0;
}

void check_report(const Recipe& recipe) {
  const auto& report = recipe.report;
  require(report.count_from <= 1, "report.count_from: must be 0 or 1");
  require(report.loss_every > 0, "report.loss_every: must be at least 1");
  LineValues values;
  values.parts = {false, false, false};
  for (const auto& name : report.evaluate) {
    const Part part = for_key("report.evaluate", [&] { return parse_part(name); });
    require(part != Part::validation || has_validation(recipe.data),
            "report.evaluate: there is no validation set; set data.validation or data.split");
    values.parts[static_cast<std::size_t>(part)] = true;
  }
  const auto try_lines = [&](const char* key, const std::vector<std::string>& lines) {
    for (const auto& line : lines) for_key(key, [&] { return format_line(line, values); });
  };
  values.batch_accuracy = 0;
  try_lines("report.lines", report.lines);
  values.batch_accuracy.reset();
  values.parts = {true, has_validation(recipe.data), true};
  try_lines("report.final", report.final);
}

void check_loss(const LossSpec& loss) {
  if (const auto* softmax = std::get_if<SoftmaxCrossEntropy>(&loss)) {
    require(softmax->log_epsilon >= 0, "loss.log_epsilon: must not be negative");
    require(softmax->label_smoothing >= 0 && softmax->label_smoothing < 1,
            "loss.label_smoothing: must be at least 0 and below 1");
  }
  if (const auto* squared = std::get_if<SquaredError>(&loss))
    require(squared->low < squared->high, "loss.low: must be below loss.high");
  if (const auto* hinge = std::get_if<MulticlassHinge>(&loss))
    require(hinge->margin >= 0, "loss.margin: must not be negative");
}

void check_teacher(const Recipe& recipe) {
  const auto& training = recipe.training;
  require(training.teacher.has_value() || !training.teacher_share,
          "training.teacher_share: there is no teacher; set training.teacher to a model file");
  if (!training.teacher) return;
  const double share = training.teacher_share.value_or(1);
  require(share > 0 && share <= 1, "training.teacher_share: must be above 0 and at most 1");
  require(std::holds_alternative<SoftmaxCrossEntropy>(recipe.loss),
          "training.teacher: teaches probabilities, which only the loss 'softmax-cross-entropy' learns; set "
          "loss.kind to it, or remove the teacher");
  require(training.gradient == Recipe::Gradient::backpropagation,
          "training.teacher: has no numerical gradient; set training.gradient to 'backpropagation'");
}

void check_length(const Recipe::Training& training) {
  constexpr auto most_steps = std::numeric_limits<std::uint32_t>::max();
  const std::string steps = std::to_string(training.steps);
  const std::string epochs = std::to_string(training.epochs);
  require(training.steps > 0 || training.epochs > 0,
          "training: has no length; set training.epochs, such as 10, or training.steps");
  require(training.steps == 0 || training.epochs == 0,
          "training: give either steps or epochs, not both; set training.steps = 0 to train " + epochs +
              " epochs, or training.epochs = 0 to train " + steps + " steps");
  require(training.steps <= most_steps && training.epochs <= most_steps,
          "training: more than 4294967295 steps");
}

}  // namespace

void check_name(const Recipe& recipe) {
  require(!recipe.name.empty() && recipe.name.find_first_of("/\\\n") == std::string::npos &&
              recipe.name.front() != '.',
          "name: must not be empty, start with a dot or contain a slash: it names the run's folder");
}

void check_recipe(const Recipe& recipe) {
  const auto& training = recipe.training;
  Recipe copy = recipe;  // as in to_toml
  FiniteCheck finite;
  describe(finite, copy);
  require(recipe.seed <= most_seed, "seed: must be below 2^63");
  check_data(recipe.data);
  require(recipe.members >= 1 && recipe.members <= most_members,
          "ensemble.members: must be between 1 and " + std::to_string(most_members));
  require(recipe.preprocessing.divisor != 0, "preprocessing.divisor: must not be 0");
  require(recipe.preprocessing.factor != 0, "preprocessing.factor: must not be 0");
  require(recipe.fit.whitening_epsilon > 0, "preprocessing.whitening_epsilon: must be above 0");
  require(training.batch > 0 && training.batch <= 1 << 20, "training.batch: must be between 1 and 1048576");
  check_length(training);
  require(training.average_decay >= 0 && training.average_decay < 1,
          "training.average: must be at least 0 and below 1");
  require(training.numerical_step > 0 && training.numerical_step <= 1,
          "training.numerical_step: must be above 0 and at most 1");
  require(training.numerical_batch > 0 && training.numerical_batch <= 1 << 20,
          "training.numerical_batch: must be between 1 and 1048576");
  require(
      training.numerical_steps > 0 && training.numerical_steps <= std::numeric_limits<std::uint32_t>::max(),
      "training.numerical_steps: must be between 1 and 4294967295");
  require(training.hidden_error == HiddenError::gradient ||
              training.gradient == Recipe::Gradient::backpropagation,
          "training.hidden_error: 'raw' is not a gradient, so it cannot be found numerically; set "
          "training.gradient to 'backpropagation'");
  check_loss(recipe.loss);
  check_teacher(recipe);
  validate(recipe.augmentation);
  check_optimizer(recipe.optimizer);
  check_report(recipe);
  require(recipe.expect.reference >= 0 && recipe.expect.reference <= 1,
          "expect.reference: must be an accuracy between 0 and 1; 0 for none");
  const auto& range = recipe.expect.test_accuracy;
  require(range[0] >= 0 && range[0] <= range[1] && range[1] <= 1,
          "expect.test_accuracy: must be [lowest, highest] between 0 and 1");
}

Recipe member_recipe(const Recipe& recipe, std::size_t member) {
  Recipe one = recipe;
  one.members = 1;
  if (recipe.members > 1) {
    one.expect.reference = 0;
    one.expect.reference_source.clear();
  }
  // 63 bits, as in TOML.
  const RandomKey key{.seed = recipe.seed, .purpose = Purpose::member};
  if (member > 0) {
    one.seed = random_bits(key, static_cast<std::uint32_t>(member)) >> 1;
    one.data.seed = recipe.data.seed.value_or(recipe.seed);
  }
  return one;
}

std::string to_toml(const Recipe& recipe) {
  Writer writer;
  Recipe copy = recipe;  // describe also serves reading, so it needs a mutable recipe
  describe(writer, copy);
  return writer.text();
}

}  // namespace scrawl
