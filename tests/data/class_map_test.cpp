#include "scrawl/data_files.h"

#include "testing.h"

namespace scrawl::class_map_test {
namespace {

using test::error_of;
using test::mentions;

using Names = std::vector<std::string>;
using Octets = std::vector<std::uint8_t>;

Dataset pets() { return {.name = "pets", .classes = 2, .labels = {0, 1, 1}, .class_names = {"cat", "dog"}}; }
Dataset numbers(Octets labels, std::size_t classes) {
  return {.name = "numbers", .classes = classes, .labels = std::move(labels)};
}

TEST(Classes, AreMatchedByName) {
  Dataset data = pets();
  const Names classes = {"bird", "dog", "cat"};
  match_classes(data, classes);
  EXPECT_EQ(data.labels, (Octets{2, 1, 1}));
  EXPECT_EQ(data.classes, 3U);
  EXPECT_EQ(data.class_names, classes);
}

TEST(Classes, WithoutImagesNeedNoCounterpart) {
  Dataset data{.name = "pets", .classes = 3, .labels = {2, 0}, .class_names = {"cat", "dog", "emu"}};
  match_classes(data, Names{"emu", "cat"});
  EXPECT_EQ(data.labels, (Octets{0, 1}));
  Dataset letters = numbers({1, 2}, 3);  // EMNIST's letters count from 1
  match_classes(letters, Names{"2", "1"});
  EXPECT_EQ(letters.labels, (Octets{1, 0}));
}

TEST(Classes, ThatAreNumbersStayAsTheyAre) {
  Dataset data = numbers({1, 0}, 2);
  match_classes(data, Names{"0", "1", "2"});
  EXPECT_EQ(data.labels, (Octets{1, 0}));
  EXPECT_TRUE(data.class_names.empty());
  match_classes(data, Names{"1", "x", "0"});
  EXPECT_EQ(data.labels, (Octets{0, 2}));
}

TEST(Classes, ThatDoNotAgreeAreAnErrorWithBothLists) {
  Dataset data = pets();
  const Error error = error_of([&] { match_classes(data, Names{"bird", "cat", "e\x1bmu"}); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error, {"pets", "cat, dog", "the model", "bird, cat, e\\x1bmu", "no 'dog'", "--map"}));
  EXPECT_EQ(data.labels, pets().labels) << "untouched";

  Dataset digits = numbers({0, 9}, 10);
  EXPECT_TRUE(mentions(error_of([&] {
                         match_classes(digits, Names{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"});
                       }),
                       {"0, 1, 2, 3, 4, 5, 6, 7, 8, 9", "A, B, C", "no '0'"}));
  EXPECT_TRUE(mentions(error_of([&] {
                         match_classes(data, Names{"a"}, {},
                                       {.name = "the training data", .remedy = "rename"});
                       }),
                       {"the training data", "rename"}));
}

TEST(Classes, AreMatchedAsTheMapSays) {
  Dataset data = numbers({0, 1, 2}, 3);
  match_classes(data, Names{"A", "B", "2"}, parse_class_map("0=B, 1=A"));
  EXPECT_EQ(data.labels, (Octets{1, 0, 2})) << "2 has its name";
  EXPECT_EQ(data.class_names, (Names{"A", "B", "2"}));
  Dataset both = pets();
  match_classes(both, Names{"dog", "animal"}, parse_class_map("cat=animal,dog=animal"));
  EXPECT_EQ(both.labels, (Octets{1, 1, 1}));
  Dataset placed = pets();
  match_classes(placed, Names{"0", "cat", "2"}, parse_class_map("by-position"));
  EXPECT_EQ(placed.labels, (Octets{0, 1, 1}));
  EXPECT_EQ(placed.class_names[0], "0");
  EXPECT_TRUE(mentions(error_of([&] {
                         Dataset four = numbers({3}, 4);
                         match_classes(four, Names{"A"}, {.by_position = true});
                       }),
                       {"no '3'"}));
}

TEST(Classes, OfAMapMustBeThere) {
  Dataset data = pets();
  const Names classes = {"A", "B"};
  EXPECT_TRUE(mentions(error_of([&] { match_classes(data, classes, parse_class_map("cow=A")); }),
                       {"'cow'", "pets", "cat, dog"}));
  EXPECT_TRUE(mentions(error_of([&] { match_classes(data, classes, parse_class_map("cat=C")); }),
                       {"'C'", "the model", "A, B"}));
  for (const char* text : {"", "A", "A=", "=A", "A=0,", "position"})
    EXPECT_TRUE(mentions(error_of([&] { parse_class_map(text); }), {"--map", "0=A,1=B", "by-position"}))
        << text;
  EXPECT_TRUE(mentions(error_of([] { parse_class_map("0=A,0=B"); }), {"'0'", "twice"}));
}

TEST(Classes, BeyondWhatALabelCanSayAreNotMatched) {
  Names classes(300, "x");
  classes.back() = "dog";
  Dataset data = pets();
  data.class_names = {"x", "dog"};
  EXPECT_TRUE(mentions(error_of([&] { match_classes(data, classes); }), {"300 in all"}));
}

}  // namespace
}  // namespace scrawl::class_map_test
