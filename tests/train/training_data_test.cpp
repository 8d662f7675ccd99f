#include "scrawl/data_files.h"
#include "scrawl/model.h"
#include "scrawl/trainer.h"

#include "base/files.h"
#include "testing.h"

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

namespace scrawl::training_data_test {
namespace {

using test::error_of;
using test::mentions;
using test::TempFolder;

/// Images whose first two bytes tell their class and which of the class they are.
Dataset numbered(const std::vector<std::size_t>& per_class, bool in_turn) {
  Dataset data{.name = "numbered", .shape = {1, 4, 4}, .classes = per_class.size()};
  std::size_t most = 0;
  for (const auto count : per_class) most = std::max(most, count);
  const auto add = [&](std::size_t c, std::size_t i) {
    data.labels.push_back(static_cast<std::uint8_t>(c));
    data.images.push_back(static_cast<std::uint8_t>(100 + c));
    data.images.push_back(static_cast<std::uint8_t>(i));
    data.images.resize(data.images.size() + 14);
  };
  if (in_turn)
    for (std::size_t i = 0; i < most; ++i)
      for (std::size_t c = 0; c < per_class.size(); ++c)
        if (i < per_class[c]) add(c, i);
  if (!in_turn)
    for (std::size_t c = 0; c < per_class.size(); ++c)
      for (std::size_t i = 0; i < per_class[c]; ++i) add(c, i);
  return data;
}

using Image = std::pair<int, int>;

std::vector<Image> images_of(const DatasetView& data) {
  std::vector<Image> images;
  for (std::size_t i = 0; i < data.size(); ++i) {
    EXPECT_EQ(data.image(i)[0], 100 + data.labels[i]);  // label and pixels stay together
    images.emplace_back(data.labels[i], data.image(i)[1]);
  }
  return images;
}

std::vector<std::size_t> per_class(const DatasetView& data) {
  std::vector<std::size_t> counts(data.classes);
  for (const auto label : data.labels) ++counts[label];
  return counts;
}

class Parts : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::vector<DataPart>& parts) {
    write_data(folder / name, DataFormat::npz, parts);
    return (folder / name).string();
  }
  std::unique_ptr<TrainingData> load(const std::string& name,
                                     const std::vector<RecipeOverride>& overrides = {}) {
    std::vector<RecipeOverride> all = {{"data.name=" + name}};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return load_training_data(parse_recipe(R"(name = "parts"
[model]
layers = "4x4 > dense 3"
[loss]
kind = "softmax-cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.1
[training]
epochs = 1
)",
                                           "recipe", all));
  }

  TempFolder folder;
  Dataset sorted = numbered({40, 20, 20}, false);
  Dataset in_turn = numbered({40, 20, 20}, true);
  Dataset test_set = numbered({5, 5, 5}, true);
};

TEST_F(Parts, OfAnUnsortedFileAreItsFirstAndLastImages) {
  const auto data = load(file("set.npz", {{Part::train, in_turn}, {Part::test, test_set}}),
                         {{"data.train=50"}, {"data.validation=20"}});
  EXPECT_FALSE(data->drawn);
  EXPECT_EQ(images_of(data->train), images_of(in_turn.view().slice(0, 50)));
  EXPECT_EQ(images_of(data->validation), images_of(in_turn.view().slice(60, 20)));
  EXPECT_EQ(images_of(data->test), images_of(test_set.view()));
}

TEST_F(Parts, AddedImagesFollowTheTrainingImagesAndBringTheirClasses) {
  Dataset more = numbered({2, 0, 0, 3}, true);
  more.class_names = {"0", "1", "2", "none"};
  const std::string added = file("more.npz", {{Part::train, more}});
  const std::string name = file("set.npz", {{Part::train, in_turn}, {Part::test, test_set}});
  const auto data = load(name, {{"data.train=50"}, {"data.validation=20"}, {"data.add=['" + added + "']"}});
  EXPECT_EQ(data->added, 5U);
  auto expected = images_of(in_turn.view().slice(0, 50));
  for (const auto& image : images_of(more.view())) expected.push_back(image);
  EXPECT_EQ(images_of(data->train), expected);
  EXPECT_EQ(images_of(data->validation), images_of(in_turn.view().slice(60, 20)));
  EXPECT_EQ(data->train.classes, 4U);
  EXPECT_EQ(data->test.classes, 4U);
  EXPECT_EQ(data->train_file.class_names, more.class_names);
  EXPECT_EQ(data->train_file.sha256, read_data(name).find(Part::train)->sha256);  // that of the file
  EXPECT_EQ(data->added_sha256, read_data(added).find(Part::train)->sha256);
}

TEST_F(Parts, AddedImagesMustHaveTheSameSize) {
  Dataset more{.shape = {1, 2, 2}, .classes = 1, .images = {1, 2, 3, 4}, .labels = {0}};
  const std::string added = file("small.npz", {{Part::train, more}});
  const std::string name = file("set.npz", {{Part::train, in_turn}, {Part::test, test_set}});
  EXPECT_TRUE(
      mentions(error_of([&] { load(name, {{"data.add=['" + added + "']"}}); }), {"small.npz", "2x2", "4x4"}));
}

TEST_F(Parts, OfASortedFileAreDrawnFromEachClass) {
  const std::string name = file("set.npz", {{Part::train, sorted}, {Part::test, test_set}});
  const auto data = load(name, {{"data.train=40"}, {"data.validation=20"}});
  EXPECT_TRUE(data->drawn);
  EXPECT_EQ(per_class(data->train), (std::vector<std::size_t>{20, 10, 10}));
  EXPECT_EQ(per_class(data->validation), (std::vector<std::size_t>{10, 5, 5}));
  const auto train = images_of(data->train);
  const auto validation = images_of(data->validation);
  std::set<Image> both(train.begin(), train.end());
  both.insert(validation.begin(), validation.end());
  EXPECT_EQ(both.size(), 60U);  // none twice
  EXPECT_EQ(data->train_file.size(), 80U);
  EXPECT_EQ(data->train_file.sha256, read_data(name).find(Part::train)->sha256);

  const std::vector<RecipeOverride> same = {{"data.train=40"}, {"data.validation=20"}};
  EXPECT_EQ(images_of(load(name, same)->validation), validation);
  auto other = same;
  other.push_back({"seed=2"});
  EXPECT_NE(images_of(load(name, other)->validation), validation);
  other.push_back({"data.seed=1"});  // the seed of the parts goes first
  EXPECT_EQ(images_of(load(name, other)->validation), validation);
}

TEST_F(Parts, AllOfASortedFileStayInTheirOrder) {
  const auto data = load(file("set.npz", {{Part::train, sorted}, {Part::test, test_set}}));
  EXPECT_FALSE(data->drawn);
  EXPECT_EQ(images_of(data->train), images_of(sorted.view()));
}

TEST_F(Parts, OfASortedFileAreShuffledWhereTheyAreTakenInOrder) {
  const auto data = load(file("set.npz", {{Part::train, sorted}, {Part::test, test_set}}),
                         {{"training.sampling=sequential"}});
  auto images = images_of(data->train);
  EXPECT_NE(images, images_of(sorted.view()));
  EXPECT_GT(std::set<std::uint8_t>(data->train.labels.begin(), data->train.labels.begin() + 10).size(), 1U);
  std::sort(images.begin(), images.end());
  EXPECT_EQ(images, images_of(sorted.view()));
}

TEST_F(Parts, AValidationPartOfTheFilesOwnComesFirst) {
  const Dataset own = numbered({6, 3, 3}, false);
  const std::string name =
      file("set.npz", {{Part::train, sorted}, {Part::validation, own}, {Part::test, test_set}});
  const auto exact = load(name, {{"data.validation=12"}});
  EXPECT_FALSE(exact->drawn);
  EXPECT_EQ(images_of(exact->validation), images_of(own.view()));
  EXPECT_EQ(images_of(exact->train), images_of(sorted.view()));
  EXPECT_EQ(per_class(load(name, {{"data.validation=8"}})->validation), (std::vector<std::size_t>{4, 2, 2}));
  EXPECT_EQ(per_class(load(name, {{"data.validation=20"}})->validation),
            (std::vector<std::size_t>{10, 5, 5}));
  EXPECT_EQ(per_class(load(name, {{"data.train=8"}})->train), (std::vector<std::size_t>{4, 2, 2}));
}

TEST_F(Parts, ASplitDrawsAllThree) {
  for (const Dataset& whole : {sorted, in_turn}) {
    const std::string name = file("one.npz", {{std::nullopt, whole}});
    const auto data = load(name, {{"data.split=[0.5, 0.25, 0.25]"}});
    EXPECT_TRUE(data->drawn);
    EXPECT_EQ(per_class(data->train), (std::vector<std::size_t>{20, 10, 10}));
    EXPECT_EQ(per_class(data->validation), (std::vector<std::size_t>{10, 5, 5}));
    EXPECT_EQ(per_class(data->test), (std::vector<std::size_t>{10, 5, 5}));
    std::set<Image> all;
    for (const auto* part : {&data->train, &data->validation, &data->test})
      for (const auto& image : images_of(*part)) EXPECT_TRUE(all.insert(image).second);
    EXPECT_EQ(all.size(), 80U);
    // The test images do not depend on how many the other parts get.
    EXPECT_EQ(images_of(load(name, {{"data.split=[0.75, 0, 0.25]"}})->test), images_of(data->test));
    std::filesystem::remove(name);
  }
}

TEST_F(Parts, ASplitWithoutTestImagesLeavesTheFilesOwn) {
  const auto data = load(file("set.npz", {{Part::train, in_turn}, {Part::test, test_set}}),
                         {{"data.split=[0.75, 0.25, 0]"}});
  EXPECT_EQ(per_class(data->validation), (std::vector<std::size_t>{10, 5, 5}));
  EXPECT_EQ(images_of(data->test), images_of(test_set.view()));
}

TEST_F(Parts, WithoutTestImagesTheRemedyIsNamed) {
  const std::string whole = file("one.npz", {{std::nullopt, sorted}});
  EXPECT_TRUE(mentions(error_of([&] { load(whole); }),
                       {"one.npz", "contains no test images", "data.split=[0.8, 0.1, 0.1]", "--test-data"}));
  EXPECT_TRUE(mentions(error_of([&] { load(whole, {{"data.split=[0.9, 0.1, 0]"}}); }), {"no test images"}));
  const std::string both = file("set.npz", {{Part::train, in_turn}, {Part::test, test_set}});
  EXPECT_TRUE(mentions(error_of([&] { load(both, {{"data.split=[0.8, 0.1, 0.1]"}}); }),
                       {"set.npz", "its own test images", "[0.9, 0.1, 0.0]"}));
  EXPECT_TRUE(mentions(error_of([&] {
                         load(whole, {{"data.split=[0.8, 0.1, 0.1]"}, {"data.test=" + both}});
                       }),
                       {"its own test images"}));
}

TEST_F(Parts, ASplitOfTooFewImagesNamesThePartThatGetsNone) {
  const std::string name = file("few.npz", {{std::nullopt, numbered({2, 1, 1}, false)}});
  EXPECT_TRUE(mentions(error_of([&] { load(name, {{"data.split=[0.8, 0.1, 0.1]"}}); }),
                       {"few.npz", "data.split", "4 images", "none is left for the validation part"}));
}

TEST(DataSplit, IsCheckedAndWrittenBack) {
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
  const auto problem = [&](const std::vector<RecipeOverride>& overrides) {
    return error_of([&] { parse_recipe(minimal, "r.toml", overrides); });
  };
  for (const char* wrong : {"[0.8, 0.1]", "0.8", "[0.8, 0.1, \"x\"]"})
    EXPECT_TRUE(
        mentions(problem({{std::string("data.split=") + wrong}}), {"r.toml", "data.split", "must be"}));
  for (const char* wrong : {"[0.8, 0.1, 0.2]", "[0.5, 0.2, 0.2]", "[1.2, -0.1, -0.1]", "[0.0, 0.0, 0.0]"})
    EXPECT_TRUE(mentions(problem({{std::string("data.split=") + wrong}}), {"data.split", "sum 1"})) << wrong;
  EXPECT_TRUE(mentions(problem({{"data.split=[0, 0.5, 0.5]"}}), {"data.split", "no images for training"}));
  EXPECT_TRUE(mentions(problem({{"data.split=[0.8, 0.1, 0.1]"}, {"data.validation=10"}}),
                       {"data.split", "data.validation=0"}));
  EXPECT_TRUE(mentions(problem({{"data.split=[0.9, 0, 0.1]"}, {"report.evaluate=[\"validation\"]"}}),
                       {"no validation set", "data.split"}));

  const Recipe recipe = parse_recipe(minimal, "r", {{"data.split=[0.7, 0.2, 0.1]"}, {"data.seed=9"}});
  EXPECT_EQ(recipe.data.split, (std::array{0.7, 0.2, 0.1}));
  EXPECT_EQ(recipe.data.seed, 9U);
  EXPECT_EQ(parse_recipe(to_toml(recipe)).data, recipe.data);
  // What is not given is not written, so that recipes without parts to draw stay as they are.
  EXPECT_FALSE(test::contains(to_toml(parse_recipe(minimal)), "split"));
}

TEST(DataSplit, IsTheSameForAllMembersOfAnEnsemble) {
  Recipe recipe;
  recipe.seed = 5;
  recipe.members = 3;
  for (std::size_t k = 1; k < 3; ++k) {
    EXPECT_NE(member_recipe(recipe, k).seed, 5U);
    EXPECT_EQ(member_recipe(recipe, k).data.seed, 5U);
  }
  recipe.data.seed = 8;
  EXPECT_EQ(member_recipe(recipe, 2).data.seed, 8U);
}

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
}  // namespace scrawl::training_data_test
