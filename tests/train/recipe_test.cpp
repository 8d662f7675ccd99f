#include "scrawl/recipe.h"

#include "testing.h"

#include <filesystem>
#include <map>

#include <gtest/gtest.h>

namespace scrawl::recipe_test {
namespace {

using test::error_of;
using test::mentions;

const std::string minimal = R"(name = "minimal"
[model]
layers = "28x28 > dense 10"
[loss]
kind = "softmax-cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.1
[training]
epochs = 1
)";

std::string with(const std::string& text) { return minimal + text; }

TEST(Recipe, EveryShippedRecipeReadsAndRoundTrips) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SCRAWL_RECIPES)) {
    const Recipe recipe = load_recipe(entry.path());
    EXPECT_EQ(recipe.name, entry.path().stem());
    EXPECT_FALSE(recipe.source.empty());
    const auto& expect = recipe.expect;
    EXPECT_TRUE(expect.reference == 0 || expect.test_accuracy[0] < expect.reference) << recipe.name;
    const std::string text = to_toml(recipe);
    EXPECT_EQ(to_toml(parse_recipe(text)), text);
    ++count;
  }
  EXPECT_EQ(count, 12U);
}

TEST(Recipe, TheShippedSystemsAreTheAuthors) {
  const auto load = [](const char* name) {
    return load_recipe(std::filesystem::path(SCRAWL_RECIPES) / (std::string(name) + ".toml"));
  };
  const Recipe a = load("online-relu");
  EXPECT_EQ(to_string(a.model), "784 > dense 20 > relu > dense 10");
  EXPECT_EQ(to_string(a.initialiser), "normal 1");
  EXPECT_FLOAT_EQ(a.optimizer.l2, 0.01F);
  EXPECT_FLOAT_EQ(a.optimizer.learning_rate, 0.001F);
  EXPECT_EQ(a.training.sampling, Sampling::sequential);
  EXPECT_EQ(a.training.epochs * 60000, 300000U);
  const Recipe b1 = load("linear-hinge");
  EXPECT_EQ(b1.loss, LossSpec(MulticlassHinge{1}));
  EXPECT_FLOAT_EQ(b1.optimizer.l2, 2e-4F);
  EXPECT_EQ(b1.training.steps, 3000U);
  const Recipe b2 = load("sigmoid-mse");
  EXPECT_EQ(to_string(b2.model), "784 > dense 100 nobias > sigmoid > dense 10 nobias > sigmoid");
  EXPECT_EQ(b2.training.hidden_error, HiddenError::raw);
  EXPECT_EQ(b2.loss, LossSpec(SquaredError{0.01F, 0.99F}));
  EXPECT_FLOAT_EQ(b2.preprocessing.factor, 0.99F);
  EXPECT_FLOAT_EQ(b2.preprocessing.offset, 0.01F);
  const Recipe c = load("two-layer");
  EXPECT_EQ(c.training.steps, 10000U);
  EXPECT_EQ(c.training.batch, 100U);
  EXPECT_TRUE(c.training.loss_after_update);
  EXPECT_EQ(c.loss, LossSpec(SoftmaxCrossEntropy{1e-7F}));
  const Recipe d = load("three-layer");
  EXPECT_EQ(d.data.train, 50000U);
  EXPECT_EQ(d.data.validation, 10000U);
  EXPECT_FLOAT_EQ(d.preprocessing.divisor, 256);
  EXPECT_EQ(d.training.batch, 32U);
}

TEST(Recipe, DefaultsAreThoseOfTheHeader) {
  const Recipe recipe = parse_recipe(minimal);
  EXPECT_EQ(recipe.seed, 1U);
  EXPECT_EQ(recipe.training.batch, 1U);
  EXPECT_EQ(recipe.data.name, "mnist");
  EXPECT_EQ(recipe.initialiser.kind, Initialiser::Kind::he);
}

TEST(Recipe, AnUnknownKeyIsAnsweredWithLineAndNearestKey) {
  const auto error = error_of([] { parse_recipe(with("batchs = 3\n"), "r.toml"); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(
      error, {"r.toml", "line 11", "training.batchs", "unknown key", "did you mean 'training.batch'"}));
  EXPECT_TRUE(mentions(error_of([] { parse_recipe(with("[repport]\nevery = 3\n")); }),
                       {"unknown section", "did you mean 'report'"}));
  EXPECT_TRUE(
      mentions(error_of([] { parse_recipe("sede = 3\n" + minimal); }), {"line 1", "did you mean 'seed'"}));
}

TEST(Recipe, AKeyInTheWrongSectionIsAnsweredWithItsPath) {
  const auto fails = [](const std::string& assignment, const std::vector<std::string_view>& parts) {
    EXPECT_TRUE(mentions(error_of([&] { parse_recipe(minimal, "r", {{assignment}}); }), parts)) << assignment;
  };
  fails("learning_rate=0.2", {"r: learning_rate: unknown key (did you mean 'optimizer.learning_rate'?)"});
  fails("lerning_rate=0.2", {"did you mean 'optimizer.learning_rate'?"});
  fails("training.learning_rate=0.2", {"did you mean 'optimizer.learning_rate'?"});
  fails("optimizer.batch=3", {"did you mean 'training.batch'?"});
  fails("training.seed=3", {"did you mean 'seed' or 'data.seed'?"});
  fails("kind=\"sgd\"", {"did you mean 'loss.kind' or 'optimizer.kind' or 'schedule.kind'?"});
  fails("lr=0.2", {"lr: unknown key (known: name, source, seed)"});
}

TEST(Recipe, EveryReferenceNamesItsSource) {
  const std::map<std::string, std::pair<double, std::string>> expected = {
      {"online-relu", {0.9154, "author"}},       {"linear-hinge", {0.919, "NumPy version"}},
      {"sigmoid-mse", {0.967, "NumPy version"}}, {"two-layer", {0.947, "NumPy version"}},
      {"three-layer", {0.9674, "author"}},       {"sigmoid-50-100", {0.9352, "book's weights"}}};
  for (const auto& entry : std::filesystem::directory_iterator(SCRAWL_RECIPES)) {
    const Recipe recipe = load_recipe(entry.path());
    const auto found = expected.find(recipe.name);
    EXPECT_EQ(recipe.expect.reference, found == expected.end() ? 0 : found->second.first) << recipe.name;
    EXPECT_EQ(recipe.expect.reference_source, found == expected.end() ? "" : found->second.second);
  }
}

TEST(Recipe, AChangedRecipeHasNoReferenceButWithAnySeed) {
  const std::string text =
      with("[data]\nname = \"mnist\"\n[expect]\nreference = 0.9\nreference_source = \"me\"\n");
  const auto reference = [&](const std::vector<RecipeOverride>& overrides) {
    const Recipe recipe = parse_recipe(text, "r", overrides);
    EXPECT_EQ(recipe.expect.reference_source, recipe.expect.reference > 0 ? "me" : "");
    return recipe.expect.reference;
  };
  EXPECT_EQ(reference({}), 0.9);
  EXPECT_EQ(reference({{"seed=7"}}), 0.9);
  EXPECT_EQ(reference({{"name=mine"}, {"report.every=10"}, {"expect.test_accuracy=[0.1, 0.2]"}}), 0.9);
  EXPECT_EQ(reference({{"optimizer.learning_rate=0.1"}, {"data.name=mnist"}}), 0.9) << "nothing is changed";
  EXPECT_EQ(reference({{"optimizer.learning_rate=0.2"}}), 0);
  EXPECT_EQ(reference({{"training.epochs=2"}, {"seed=7"}}), 0);
  EXPECT_EQ(reference({{"data.name=fashion-mnist"}}), 0);
  EXPECT_EQ(reference({{"data.test=t10k"}}), 0);
  EXPECT_EQ(reference({{"ensemble.members=3"}}), 0);
  EXPECT_EQ(reference({{"training.epochs=2"}, {"expect.reference=0.8"}}), 0.8) << "a reference of its own";
  EXPECT_TRUE(mentions(error_of([&] { reference({{"expect.reference=91.5"}}); }),
                       {"expect.reference", "between 0 and 1"}));
  const Recipe recipe = parse_recipe(text);
  EXPECT_EQ(parse_recipe(to_toml(recipe)).expect.reference_source, "me");
  Recipe ensemble = recipe;
  EXPECT_EQ(member_recipe(ensemble, 0).expect.reference, 0.9);
  ensemble.members = 2;
  EXPECT_EQ(member_recipe(ensemble, 0).expect.reference, 0) << "it is that of all members together";
}

TEST(Recipe, OlderOnesCallTheReferenceAuthor) {
  const Recipe recipe = parse_recipe(with("[expect]\nauthor = 0.9\n"));
  EXPECT_EQ(recipe.expect.reference, 0.9);
  EXPECT_EQ(recipe.expect.reference_source, "");
  EXPECT_EQ(to_toml(recipe).find("author"), std::string::npos);
  EXPECT_EQ(parse_recipe(with("[expect]\nauthor = 0.9\n"), "r", {{"training.epochs=2"}}).expect.reference, 0);
}

TEST(Recipe, LabelSmoothingIsAFraction) {
  const auto recipe =
      parse_recipe(minimal, "r", {{"loss.kind=softmax-cross-entropy"}, {"loss.label_smoothing=0.1"}});
  EXPECT_EQ(recipe.loss, LossSpec(SoftmaxCrossEntropy{.label_smoothing = 0.1F}));
  EXPECT_EQ(parse_recipe(to_toml(recipe)).loss, recipe.loss);
  for (const auto* value : {"loss.label_smoothing=1.0", "loss.label_smoothing=-0.1"})
    EXPECT_TRUE(mentions(error_of([&] {
                           parse_recipe(minimal, "r", {{"loss.kind=softmax-cross-entropy"}, {value}});
                         }),
                         {"loss.label_smoothing", "at least 0 and below 1"}));
}

TEST(Recipe, AKeyOfAnotherKindIsUnknown) {
  EXPECT_TRUE(
      mentions(error_of([] {
                 parse_recipe(minimal, "r", {{"loss.kind=multiclass-hinge"}, {"loss.log_epsilon=1e-7"}});
               }),
               {"loss.log_epsilon", "unknown key", "margin"}));
  EXPECT_TRUE(mentions(error_of([] { parse_recipe(minimal, "r", {{"optimizer.momentum=0.9"}}); }),
                       {"optimizer.momentum", "unknown key"}));
}

TEST(Recipe, MissingKeysAreNamed) {
  EXPECT_TRUE(mentions(error_of([] { parse_recipe("name = \"x\"\n"); }), {"model.layers", "is missing"}));
  EXPECT_TRUE(mentions(error_of([] { parse_recipe(""); }), {"name", "is missing"}));
}

TEST(Recipe, WrongValuesAreExplained) {
  const auto fails = [](const std::string& assignment, const std::vector<std::string_view>& parts) {
    EXPECT_TRUE(mentions(error_of([&] { parse_recipe(minimal, "r", {{assignment}}); }), parts)) << assignment;
  };
  fails("training.batch=0", {"training.batch"});
  fails("training.batch=-3", {"training.batch", "0 or more"});
  fails("training.batch=2.5", {"training.batch", "whole number"});
  fails("training.average=1", {"training.average", "below 1"});
  fails("training.average=-0.5", {"training.average"});
  fails("training.steps=5", {"either steps or epochs", "training.steps = 0", "training.epochs = 0"});
  fails("training.epochs=0", {"no length", "training.epochs", "training.steps"});
  fails("training.sampling=shufled", {"did you mean 'shuffled'"});
  fails("optimizer.learning_rate=fast", {"optimizer.learning_rate", "must be a number"});
  fails("optimizer.learning_rate=nan", {"optimizer.learning_rate"});
  fails("optimizer.learning_rate=1e300", {"too large"});
  fails("optimizer.kind=adadleta", {"did you mean 'adadelta'"});
  fails("optimizer.clip_norm=-1", {"optimizer.clip_norm", "must not be negative"});
  fails("optimizer.rho=0.9", {"optimizer.rho", "unknown key"});
  fails("schedule.cycle_momentum=true", {"schedule.cycle_momentum", "unknown key"});
  fails("model.layers=28x28 > dens 10", {"model.layers", "did you mean 'dense'"});
  fails("model.initialiser=normal", {"normal 0.01"});
  fails("report.evaluate=[\"tset\"]", {"report.evaluate", "test"});
  fails("report.evaluate=[\"validation\"]", {"data.validation"});
  fails("report.lines=[\"{train_accuracy}\"]", {"report.lines", "names known here"});
  fails("report.lines=[\"{loss:.999999999f}\"]", {"width"});
  fails("report.lines=[\"{loss:{step}}\"]", {"width"});
  fails("report.lines=[\"{\"]", {"not a template"});
  fails("report.evaluate=[\"validation\"]", {"r: report.evaluate: there is no validation set"});
  fails("report.evaluate=[\"tset\"]", {"r: report.evaluate: there is no part"});
  fails("preprocessing.divisor=0", {"preprocessing.divisor"});
  fails("preprocessing.factor=0", {"preprocessing.factor"});
  fails("training.numerical_step=2", {"training.numerical_step", "at most 1"});
  fails("expect.reference=94.7", {"expect.reference", "between 0 and 1"});
  fails("expect.test_accuracy=[nan, 1]", {"expect.test_accuracy"});
  fails("augment.rotation=200", {"r", "augment.rotation", "between 0 and 180"});
  fails("augment.elastic_sigma=0", {"augment.elastic_sigma", "between 1 and 100"});
  fails("augment.rotaton=5", {"augment.rotaton", "did you mean 'augment.rotation'"});
  fails("augment.erase_area=0.01", {"augment.erase_area", "between 0.02 and 1"});
  fails("expect.test_accuracy=[0.9]", {"two numbers"});
  fails("expect.test_accuracy=[0.9, 0.8]", {"expect.test_accuracy"});
  fails("name=../elsewhere", {"name"});
  fails("name=", {"name"});
  fails("seed=-1", {"seed"});
  fails("report=3", {"report", "section"});
}

TEST(Recipe, TheTargetsAndTheMarginOfALossMakeSense) {
  const auto fails = [](const char* kind, const char* assignment,
                        const std::vector<std::string_view>& parts) {
    EXPECT_TRUE(mentions(error_of([&] { parse_recipe(minimal, "r", {{kind}, {assignment}}); }), parts));
  };
  fails("loss.kind=squared-error", "loss.low=1.0", {"loss.low", "below loss.high"});
  fails("loss.kind=multiclass-hinge", "loss.margin=-1", {"loss.margin", "negative"});
}

TEST(Recipe, AdadeltaHasItsOwnDefaults) {
  const Recipe recipe = parse_recipe(minimal, "r", {{"optimizer.kind=adadelta"}});
  EXPECT_EQ(recipe.optimizer.kind, OptimizerSpec::Kind::adadelta);
  EXPECT_EQ(recipe.optimizer.rho, 0.9F);
  EXPECT_EQ(recipe.optimizer.adadelta_epsilon, 1e-6F);
  EXPECT_EQ(parse_recipe(minimal, "r", {{"optimizer.kind=adamw"}}).optimizer.epsilon, 1e-8F);
  const auto fails = [](const char* assignment, const std::vector<std::string_view>& parts) {
    EXPECT_TRUE(mentions(error_of([&] {
                           parse_recipe(minimal, "r", {{"optimizer.kind=adadelta"}, {assignment}});
                         }),
                         parts))
        << assignment;
  };
  fails("optimizer.rho=1", {"optimizer.rho", "below 1"});
  fails("optimizer.epsilon=0", {"optimizer.epsilon", "above 0"});
  fails("optimizer.momentum=0.9", {"optimizer.momentum", "unknown key"});
}

TEST(Recipe, ACycleOfTheMomentumNeedsOne) {
  const auto read = [](const char* kind, std::vector<RecipeOverride> more) {
    more.insert(more.begin(), {{std::string("optimizer.kind=") + kind},
                               {"schedule.kind=one-cycle"},
                               {"schedule.cycle_momentum=true"}});
    return parse_recipe(minimal, "r", more);
  };
  for (const char* kind : {"momentum", "nesterov", "adamw"}) {
    const auto& schedule = read(kind, {}).optimizer.schedule;
    EXPECT_TRUE(schedule.cycle_momentum);
    EXPECT_EQ(schedule.low_momentum, 0.85);
    EXPECT_EQ(schedule.high_momentum, 0.95);
  }
  for (const char* kind : {"sgd", "adadelta"})
    EXPECT_TRUE(mentions(error_of([&] { read(kind, {}); }), {"schedule.cycle_momentum", "nesterov"})) << kind;
  const auto fails = [&](const char* assignment, const std::vector<std::string_view>& parts) {
    EXPECT_TRUE(mentions(error_of([&] { read("adamw", {{assignment}}); }), parts)) << assignment;
  };
  fails("schedule.low_momentum=-0.1", {"schedule.low_momentum", "negative"});
  fails("schedule.low_momentum=0.96", {"schedule.low_momentum", "schedule.high_momentum"});
  fails("schedule.high_momentum=1", {"schedule.high_momentum", "below 1"});
  fails("schedule.high_momentum=0.99999999999", {"schedule.high_momentum", "below 1"});
}

TEST(Recipe, TheNewestKeysSurviveTheRoundTrip) {
  const Recipe recipe = parse_recipe(minimal, "r",
                                     {{"optimizer.kind=nesterov"},
                                      {"optimizer.clip_norm=0.5"},
                                      {"training.average=0.999"},
                                      {"schedule.kind=one-cycle"},
                                      {"schedule.cycle_momentum=true"},
                                      {"schedule.low_momentum=0.8"},
                                      {"schedule.high_momentum=0.97"}});
  EXPECT_EQ(parse_recipe(to_toml(recipe)).optimizer, recipe.optimizer);
  EXPECT_EQ(recipe.training.average_decay, 0.999);
  EXPECT_EQ(parse_recipe(to_toml(recipe)).training.average_decay, 0.999);
  const Recipe adadelta = parse_recipe(
      minimal, "r", {{"optimizer.kind=adadelta"}, {"optimizer.rho=0.8"}, {"optimizer.epsilon=1e-5"}});
  EXPECT_EQ(adadelta.optimizer.adadelta_epsilon, 1e-5F);
  EXPECT_EQ(parse_recipe(to_toml(adadelta)).optimizer, adadelta.optimizer);
}

TEST(Recipe, OverridesAreTomlOrBareText) {
  const Recipe recipe = parse_recipe(minimal, "r",
                                     {{"optimizer.learning_rate=0.25"},
                                      {"training.sampling=with-replacement"},
                                      {" seed = 7 "},
                                      {"report.lines=[\"a\", \"b\"]"},
                                      {"schedule.kind=\"cosine\""}});
  EXPECT_FLOAT_EQ(recipe.optimizer.learning_rate, 0.25F);
  EXPECT_EQ(recipe.training.sampling, Sampling::with_replacement);
  EXPECT_EQ(recipe.seed, 7U);
  EXPECT_EQ(recipe.report.lines, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(recipe.optimizer.schedule.kind, Schedule::Kind::cosine);
  for (const char* bad : {"learning_rate", "=3", ".x=3", "optimizer.=3", "name.x=1"})
    EXPECT_EQ(error_of([&] { parse_recipe(minimal, "r", {{bad}}); }).code(), ErrorCode::invalid_argument)
        << bad;
}

TEST(Recipe, MalformedTomlNamesTheLine) {
  EXPECT_TRUE(
      mentions(error_of([] { parse_recipe("name = \"x\"\n[model\n", "r.toml"); }), {"r.toml", "line 2"}));
}

TEST(Recipe, HostileTextIsRefusedBeforeItIsParsed) {
  std::string dots = "a";
  for (int i = 0; i < 40000; ++i) dots += ".a";
  for (const auto& text : {dots + " = 1\n", "[" + dots + "]\n", std::string(std::size_t{1} << 21, ' ')})
    EXPECT_EQ(error_of([&] { parse_recipe(text); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { parse_recipe(minimal, "r", {{"source=" + dots}}); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error_of([] { parse_recipe(minimal, "r", {{"source=\xff"}}); }), {"UTF-8"}));
  EXPECT_TRUE(
      mentions(error_of([] { parse_recipe(minimal, "r", {{"seed=3\nother=4"}}); }), {"several lines"}));
  for (const char* nested : {"[[[[[[", "{{{{{{"}) {
    std::string deep = "x = ";
    for (int i = 0; i < 10000; ++i) deep += nested;
    EXPECT_EQ(error_of([&] { parse_recipe(deep); }).code(), ErrorCode::invalid_argument);
  }
}

TEST(Recipe, AugmentationSurvivesTheRoundTrip) {
  EXPECT_TRUE(parse_recipe(minimal).augmentation.is_off());
  const Augmentation all = {.probability = 0.9F,
                            .shift = 1,
                            .rotation = 2,
                            .scale = 0.3F,
                            .shear = 0.4F,
                            .elastic_alpha = 5,
                            .elastic_sigma = 6,
                            .thickness = 0.7F,
                            .blur = 0.8F,
                            .contrast = 0.9F,
                            .gamma = 1.1F,
                            .noise = 12,
                            .erase_probability = 0.13F,
                            .erase_area = 0.14F};
  Recipe recipe = parse_recipe(minimal);
  recipe.augmentation = all;
  EXPECT_EQ(parse_recipe(to_toml(recipe)).augmentation, all);
}

TEST(Recipe, TextsSurviveTheRoundTrip) {
  Recipe recipe = parse_recipe(minimal);
  recipe.source = "quotes \" and \\ and\ttabs\nand lines \x01 and Ünïcode";
  EXPECT_EQ(parse_recipe(to_toml(recipe)).source, recipe.source);
}

TEST(Recipe, NumericalGradientOfARawErrorIsRefused) {
  EXPECT_TRUE(
      mentions(error_of([] {
                 parse_recipe(minimal, "r", {{"training.gradient=numerical"}, {"training.hidden_error=raw"}});
               }),
               {"training.hidden_error"}));
}

}  // namespace
}  // namespace scrawl::recipe_test
