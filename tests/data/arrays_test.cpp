#include "data/arrays.h"

#include "data/file_names.h"
#include "testing.h"

#include <cmath>

namespace scrawl::arrays_test {
namespace {

using test::error_of;
using test::mentions;

using Octets = std::vector<std::uint8_t>;
using Role = DataName::Role;

struct NameCase {
  const char* name;
  std::optional<Part> part;
  Role role;
};

TEST(DataNames, TellPartAndRole) {
  for (const auto& [name, part, role] :
       {NameCase{"x_train", Part::train, Role::images}, NameCase{"y_test.npy", Part::test, Role::labels},
        NameCase{"train-images-idx3-ubyte.gz", Part::train, Role::images},
        NameCase{"t10k-labels.idx1-ubyte", Part::test, Role::labels},
        NameCase{"test_img", Part::test, Role::images},
        NameCase{"val_labels", Part::validation, Role::labels},
        NameCase{"X_valid", Part::validation, Role::images}, NameCase{"trainX", Part::train, Role::images},
        NameCase{"images", std::nullopt, Role::images},
        NameCase{"mnist_train_100.csv", Part::train, Role::unknown},
        NameCase{"Ytest", Part::test, Role::labels}, NameCase{"training-images", Part::train, Role::images},
        NameCase{"latest.txt", std::nullopt, Role::unknown},
        NameCase{"interval.log", std::nullopt, Role::unknown},
        NameCase{"evaluation.txt", std::nullopt, Role::unknown},
        NameCase{"arr_0", std::nullopt, Role::unknown}, NameCase{"", std::nullopt, Role::unknown}}) {
    EXPECT_EQ(parse_data_name(name).part, part) << name;
    EXPECT_EQ(parse_data_name(name).role, role) << name;
  }
}

template <class T>
struct Array {
  std::string name;
  std::string dtype;
  std::vector<std::size_t> shape;
  std::vector<T> values;
  TensorView view() const { return {name, dtype, shape, std::as_bytes(std::span(values))}; }
};

TEST(PixelArrays, AreTheBytesAgain) {
  const auto pixels = [](float divisor) {
    Array<float> array{"x", "F32", {1, 256}, std::vector<float>(256)};
    for (std::size_t i = 0; i < 256; ++i) array.values[i] = static_cast<float>(i) / divisor;
    return array;
  };
  Octets expected(256);
  for (std::size_t i = 0; i < 256; ++i) expected[i] = static_cast<std::uint8_t>(i);
  for (const float divisor : {1.0F, 255.0F, 256.0F}) {
    const auto images = images_from(pixels(divisor).view(), "f");
    EXPECT_EQ(images.pixels, expected) << divisor;
    EXPECT_EQ(images.shape, (Shape{1, 16, 16}));
  }
  EXPECT_EQ(images_from(pixels(255).view(), "f").spelling, "F32, byte / 255");
  EXPECT_EQ(images_from(pixels(256).view(), "f").spelling, "F32, byte / 256");
  auto normalised = pixels(127.5F);
  for (auto& value : normalised.values) value -= 1;
  EXPECT_EQ(images_from(normalised.view(), "f").pixels, expected);
}

TEST(PixelArrays, OfZeroAndOneAreBlackAndWhite) {
  const auto floats = images_from(Array<float>{"x", "F32", {1, 3}, {0, 1, 0}}.view(), "f");
  EXPECT_EQ(floats.pixels, (Octets{0, 255, 0}));
  EXPECT_EQ(floats.spelling, "F32, 0 or 1");
  EXPECT_EQ(images_from(Array<std::uint8_t>{"x", "U8", {1, 3}, {0, 1, 0}}.view(), "f").pixels,
            (Octets{0, 255, 0}));
  EXPECT_EQ(images_from(Array<std::uint8_t>{"x", "U8", {1, 2}, {0, 0}}.view(), "f").spelling, "U8, byte");
}

TEST(PixelArrays, HaveOneScaleInAllParts) {
  const Array<float> bytes{"x_train", "F32", {1, 3}, {0, 1, 255}};
  const Array<float> dark{"x_test", "F32", {1, 3}, {0, 1, 1}};
  const Array<std::uint8_t> label{"y_train", "U8", {1}, {3}};
  TensorView other = label.view();
  other.name = "y_test";
  const auto parts = parts_from(std::vector<TensorView>{bytes.view(), label.view(), dark.view(), other}, "f");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[1].data.images, (Octets{0, 1, 1}));
}

TEST(PixelArrays, RoundOtherGreys) {
  const auto images = images_from(Array<float>{"x", "F32", {1, 3}, {0.1F, 0.333F, 1}}.view(), "f");
  EXPECT_EQ(images.pixels, (Octets{26, 85, 255}));
  EXPECT_TRUE(test::contains(images.spelling, "rounded"));
}

TEST(PixelArrays, RefuseWhatIsNoPixel) {
  const auto refused = [](std::vector<float> values) {
    return error_of([&] { images_from(Array<float>{"x", "F32", {1, values.size()}, values}.view(), "f"); });
  };
  EXPECT_TRUE(mentions(refused({0, 256}), {"f", "'x'", "256", "0..255"}));
  EXPECT_TRUE(mentions(refused({-2, 1}), {"-2", "-1..1"}));
  EXPECT_TRUE(mentions(refused({0, NAN}), {"value 1", "not a finite number"}));
  EXPECT_TRUE(mentions(error_of([] {
                         images_from(Array<float>{"x", "F32", {0, 9}, {}}.view(), "f");
                       }),
                       {"no images"}));
  EXPECT_TRUE(mentions(error_of([] {
                         images_from(Array<float>{"x", "F32", {2}, {1, 2}}.view(), "f");
                       }),
                       {"(2,)", "no images"}));
}

TEST(PixelArrays, KnowHowChannelsLie) {
  const auto shape = [](std::vector<std::size_t> lengths) {
    Octets bytes(*count_values(lengths));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    return images_from(Array<std::uint8_t>{"x", "U8", lengths, bytes}.view(), "f");
  };
  EXPECT_EQ(shape({2, 5, 4}).shape, (Shape{1, 5, 4}));
  EXPECT_EQ(shape({2, 5, 4, 1}).shape, (Shape{1, 5, 4}));
  EXPECT_EQ(shape({2, 1, 5, 4}).shape, (Shape{1, 5, 4}));
  EXPECT_EQ(shape({2, 3, 5, 4}).shape, (Shape{3, 5, 4}));
  const auto last = shape({1, 2, 2, 3});
  EXPECT_EQ(last.shape, (Shape{3, 2, 2}));
  EXPECT_EQ(last.pixels, (Octets{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}));
  EXPECT_EQ(shape_of_pixels(784), (Shape{1, 28, 28}));
  EXPECT_EQ(shape_of_pixels(3072), (Shape{3, 32, 32}));
  EXPECT_EQ(shape_of_pixels(9), (Shape{1, 1, 9}));
  EXPECT_EQ(shape_of_pixels(50), (Shape{1, 1, 50}));
}

TEST(LabelArrays, MayBeNumbersOrOneHot) {
  EXPECT_EQ(labels_from(Array<std::int64_t>{"y", "I64", {3}, {7, 0, 255}}.view(), "f").values,
            (Octets{7, 0, 255}));
  EXPECT_EQ(labels_from(Array<float>{"y", "F32", {2, 1}, {7, 1}}.view(), "f").values, (Octets{7, 1}));
  EXPECT_EQ(labels_from(Array<std::uint8_t>{"y", "U8", {2, 3}, {0, 0, 1, 1, 0, 0}}.view(), "f").values,
            (Octets{2, 0}));
}

TEST(LabelArrays, MayBeTexts) {
  const auto labels = [](const std::vector<std::string>& texts, std::vector<std::size_t> shape = {3}) {
    const Octets places = {1, 0, 1};
    return labels_from({"y", "TEXT", std::move(shape), std::as_bytes(std::span(places)), texts}, "f");
  };
  const Labels named = labels({"dog", "cat"});
  EXPECT_EQ(named.names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(named.values, (Octets{0, 1, 0}));
  EXPECT_EQ(labels({"c10", "c9"}, {3, 1}).names, (std::vector<std::string>{"c9", "c10"}));
  const Labels numbers = labels({"7", "255"});
  EXPECT_TRUE(numbers.names.empty()) << "as if they were numbers";
  EXPECT_EQ(numbers.values, (Octets{255, 7, 255}));
  EXPECT_EQ(labels({"7", "256"}).names, (std::vector<std::string>{"7", "256"}));
  EXPECT_EQ(labels({"-1", "1"}).names.size(), 2U);
  EXPECT_TRUE(mentions(error_of([&] { labels({"a", "b"}, {1, 3}); }), {"'y'", "one"}));
  const Octets places(8);
  EXPECT_TRUE(mentions(error_of([&] {
                         images_from({"x", "TEXT", {2, 4}, std::as_bytes(std::span(places))}, "f");
                       }),
                       {"'x'", "texts"}));
}

TEST(LabelArrays, RefuseWhatIsNoLabel) {
  const auto refused = [](std::vector<std::size_t> shape, std::vector<float> values) {
    return error_of([&] { labels_from(Array<float>{"y", "F32", shape, values}.view(), "f"); });
  };
  EXPECT_TRUE(mentions(refused({2}, {1, -1}), {"f", "'y'", "label 1", "-1"}));
  EXPECT_TRUE(mentions(refused({1}, {256}), {"256"}));
  EXPECT_TRUE(mentions(refused({1}, {0.5F}), {"whole numbers"}));
  EXPECT_TRUE(mentions(refused({2, 2}, {1, 0, 1, 1}), {"row 1", "one-hot"}));
  EXPECT_TRUE(mentions(refused({1, 2}, {0, 0}), {"row 0", "one-hot"}));
  EXPECT_TRUE(mentions(refused({}, {1}), {"no labels"}));
}

class NamedArrays : public ::testing::Test {
 protected:
  std::vector<DataPart> parts(const std::vector<const char*>& names) {
    std::vector<TensorView> views;
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto tensor = (parse_data_name(names[i]).role == Role::labels ||
                     (parse_data_name(names[i]).role == Role::unknown && i % 2 == 1))
                        ? labels_.view()
                        : images_.view();
      tensor.name = names[i];
      views.push_back(std::move(tensor));
    }
    return parts_from(views, "f");
  }
  Array<std::uint8_t> images_{"", "U8", {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}};
  Array<std::uint8_t> labels_{"", "U8", {2}, {3, 4}};
};

TEST_F(NamedArrays, BecomeParts) {
  const auto keras = parts({"y_test", "x_train", "y_train", "x_test"});
  ASSERT_EQ(keras.size(), 2U);
  EXPECT_EQ(keras[0].part, Part::train);
  EXPECT_EQ(keras[1].part, Part::test);
  EXPECT_EQ(keras[1].data.images[7], 8);
  const auto tuple = parts({"0.0", "0.1", "1.0", "1.1", "2.0", "2.1"});
  ASSERT_EQ(tuple.size(), 3U);
  EXPECT_EQ(tuple[1].part, Part::validation);
  EXPECT_EQ(parts({"arr_0", "arr_1"})[0].part, std::nullopt);
  EXPECT_EQ(parts({"0.0", "0.1", "1.0", "1.1"})[1].part, Part::test);
}

TEST_F(NamedArrays, AreRefusedWhereTheyDoNotPair) {
  EXPECT_TRUE(mentions(error_of([&] {
                         parts({"x_train", "y_train", "x_test"});
                       }),
                       {"'x_test'", "no labels"}));
  EXPECT_TRUE(mentions(error_of([&] { parts({"x_train", "train_img"}); }), {"'x_train'", "'train_img'"}));
  EXPECT_TRUE(mentions(error_of([&] { parts({"a", "b", "c"}); }), {"3 arrays", "x_train"}));
  EXPECT_TRUE(mentions(error_of([&] { parts({}); }), {"no arrays"}));
  labels_.shape = {1};
  labels_.values = {3};
  EXPECT_TRUE(mentions(error_of([&] { parts({"x", "y"}); }), {"1 label for 2 images"}));
}

}  // namespace
}  // namespace scrawl::arrays_test
