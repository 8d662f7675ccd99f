#include "scrawl/data_files.h"
#include "scrawl/trainer.h"

#include "base/files.h"
#include "testing.h"

namespace scrawl::class_names_test {
namespace {

using test::error_of;
using test::mentions;

// How the classes of the training data and of the test data come together.
class ClassNames : public ::testing::Test {
 protected:
  std::string table(const std::string& name, const std::vector<std::string>& labels) {
    std::string text = "label,a,b\n";
    for (const auto& label : labels) text += label + ",1,200\n";
    write_file(folder / name, text);
    return (folder / name).string();
  }
  static std::unique_ptr<TrainingData> load(const std::string& train, const std::string& test) {
    Recipe recipe;
    recipe.data.name = train;
    recipe.data.test = test;
    return load_training_data(recipe);
  }
  test::TempFolder folder;
};

TEST_F(ClassNames, OfTheTestDataAreThoseOfTheTrainingData) {
  const auto data = load(table("train.csv", {"cat", "dog", "emu"}), table("test.csv", {"emu", "dog"}));
  EXPECT_EQ(data->test_file.class_names, (std::vector<std::string>{"cat", "dog", "emu"}));
  EXPECT_EQ(data->test_file.labels, (std::vector<std::uint8_t>{2, 1}));
  EXPECT_EQ(data->test.classes, 3U);
}

TEST_F(ClassNames, ThatAreNumbersNeedNotBeEquallyMany) {
  const auto data = load(table("train.csv", {"0", "1"}), table("test.csv", {"2", "0"}));
  EXPECT_EQ(data->test_file.labels, (std::vector<std::uint8_t>{2, 0}));
}

TEST_F(ClassNames, ThatDoNotAgreeAreAnError) {
  const std::string animals = table("animals.csv", {"cat", "dog"});
  using Files = std::pair<std::string, std::string>;
  for (const Files& files :
       {Files{animals, table("others.csv", {"cat", "cow"})}, Files{animals, table("numbers.csv", {"0", "1"})},
        Files{table("numbers.csv", {"0", "1"}), animals}})
    EXPECT_TRUE(mentions(error_of([&] { load(files.first, files.second); }),
                         {"has the classes", "the training data has"}))
        << files.first << files.second;
}

}  // namespace
}  // namespace scrawl::class_names_test
