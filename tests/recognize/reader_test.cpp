#include "scrawl/error.h"
#include "scrawl/recognizer.h"
#include "scrawl/run.h"

#include "testing.h"

#include <filesystem>

namespace scrawl::reader_test {
namespace {

// This is how one knows where the weights that come with scrawl are from.
TEST(Reader, IsWhatItsRecipeTrains) {
  const Recipe recipe =
      load_recipe(std::filesystem::path(SCRAWL_RECIPES) / "reader.toml", {{"report.every=0"}});
  std::unique_ptr<TrainingData> data;
  try {
    data = load_training_data(recipe);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    GTEST_SKIP() << error.what();
  }
  Trainer trainer(recipe, *data);
  ASSERT_TRUE(trainer.train());
  const Model model = default_model();
  EXPECT_EQ(weights_sha256(trainer.network()), weights_sha256(model.only().network))
      << "train recipes/reader.toml and copy its model to models/reader.safetensors";
  EXPECT_EQ(to_string(trainer.network().spec()), to_string(model.only().network.spec()));
  EXPECT_GE(trainer.report().test_accuracy, recipe.expect.test_accuracy[0]);
  EXPECT_LE(trainer.report().test_accuracy, recipe.expect.test_accuracy[1]);
}

}  // namespace
}  // namespace scrawl::reader_test
