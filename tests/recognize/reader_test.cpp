#include "scrawl/data_files.h"
#include "scrawl/error.h"
#include "scrawl/recognizer.h"
#include "scrawl/run.h"
#include "scrawl/synth.h"

#include "testing.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

// How one knows where the weights that come with scrawl are from.
namespace scrawl::reader_test {
namespace {

Recipe recipe_of(const std::string& name, const std::vector<RecipeOverride>& overrides = {}) {
  return load_recipe(std::filesystem::path(SCRAWL_RECIPES) / (name + ".toml"), overrides);
}

TEST(Reader, IsOfItsRecipe) {
  const Recipe recipe = recipe_of("reader");
  const Model model = default_model();
  const ModelInfo& info = model.origin();
  EXPECT_EQ(to_string(model.only().network.spec()), to_string(recipe.model));
  EXPECT_EQ(info.recipe, recipe.name);
  EXPECT_EQ(info.seed, recipe.seed);
  EXPECT_EQ(model.classes().back(), no_digit);
  EXPECT_GT(info.temperature, 0);
  EXPECT_FALSE(info.thresholds.empty());
}

/// The first of MNIST's training images, what the recipe adds, drawn without fonts, and a teacher as new.
Recipe shortened(const test::TempFolder& folder) {
  Dataset first = load_dataset("mnist", Part::train);
  first.labels.resize(1000);
  first.images.resize(first.labels.size() * first.shape.size());
  const auto write = [&](const char* name, const Dataset& data) {
    write_data(folder / name, DataFormat::npz, {{Part::train, data}, {Part::test, data}});
    return (folder / name).string();
  };
  const auto drawn = [&](const DrawnDigits& what) { return draw_digits(what, first.view()); };
  const std::string mnist = write("mnist.npz", first);
  const std::string digits = write("digits.npz", drawn({.seed = 1, .digits = 100}));
  const std::string marks = write("marks.npz", drawn({.seed = 2, .digits = 0, .others = 150}));
  const Recipe teacher =
      recipe_of("ensemble",
                {{"data.name=" + mnist}, {"training.epochs=1"}, {"ensemble.members=2"}, {"report.every=0"}});
  run_recipe(teacher, *load_training_data(teacher), {.folder = folder / "teacher"});
  return recipe_of("reader", {{"data.name=" + mnist},
                              {"data.add=[\"" + digits + "\", \"" + marks + "\"]"},
                              {"training.teacher=" + (folder / "teacher" / "model.safetensors").string()},
                              {"training.epochs=2"},
                              {"report.every=0"}});
}

TEST(Reader, ItsRecipeTrainsTheSameBitsEverywhere) {
  const test::TempFolder folder;
  Recipe recipe;
  try {
    recipe = shortened(folder);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    GTEST_SKIP() << error.what();
  }
  const auto data = load_training_data(recipe);
  for (const std::size_t threads : {1, 3}) {
    Trainer trainer(recipe, *data, threads);
    ASSERT_TRUE(trainer.train());
    EXPECT_EQ(weights_sha256(trainer.network()),
              "b6f23c125382e713ddc8cad6fdffecc1d0bcb74c94861fc21d3452fed9cb60b2")
        << "threads " << threads;
  }
}

}  // namespace
}  // namespace scrawl::reader_test
