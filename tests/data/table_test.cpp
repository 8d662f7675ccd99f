#include "data/table.h"

#include "testing.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

namespace scrawl::table_test {
namespace {

using test::error_of;
using test::mentions;

using Names = std::vector<std::string>;
using Octets = std::vector<std::uint8_t>;

/// `count` fields, each with a comma before it: pixels or their names.
std::string fields(std::size_t count, const std::function<std::string(std::size_t)>& field) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "," + field(i);
  return text;
}
std::string pixels(std::size_t count, int value = 7) {
  return fields(count,
                [&](std::size_t i) { return std::to_string((i + static_cast<std::size_t>(value)) % 256); });
}
std::string pixel_names(std::size_t count) {
  return fields(count, [](std::size_t i) { return "pixel" + std::to_string(i); });
}

struct Read {
  DataPart part;
  DataFormat format = DataFormat::csv;
};
Read read(const std::string& text, const ReadOptions& options = {}) {
  Read result;
  result.part = read_table(text, options, result.format, "t.csv");
  return result;
}
Error refused(const std::string& text, const ReadOptions& options = {}) {
  return error_of([&] { read(text, options); });
}

TEST(Table, LeavesOutColumnsWithTheNameOfAnId) {
  for (const char* name :
       {"id", "ID", "Index", "idx", "image_id", "Unnamed: 0", "", "file name", "\xe7\xbc\x96\xe5\x8f\xb7"}) {
    std::string text = std::string(name) + ",label" + pixel_names(16) + "\n";
    for (int i = 0; i < 3; ++i)
      text += std::to_string(i) + "," + std::to_string(9 - i) + pixels(16, i) + "\n";
    const DataPart part = read(text).part;
    EXPECT_EQ(part.data.shape, (Shape{1, 4, 4})) << name;
    EXPECT_EQ(part.data.labels, (Octets{9, 8, 7})) << name;
    EXPECT_EQ(part.data.images[0], 0) << name;
    EXPECT_TRUE(part.pixels.find(std::string("without column 1 ('") + name + "')") != part.pixels.npos)
        << part.pixels;
  }
}

TEST(Table, LabelsStandWhereTheHeaderSays) {
  for (const char* name : {"label", "Class", "TARGET", "digit", "y", "class_id", "true-label", "the label",
                           "number", "\xe6\xa0\x87\xe7\xad\xbe"}) {
    for (const std::size_t before : {0U, 5U, 16U}) {
      std::string header, row;
      for (std::size_t i = 0; i <= 16; ++i) {
        header += (i ? "," : "") + (i == before ? std::string(name) : "p" + std::to_string(i));
        row += (i ? "," : "") + (i == before ? std::string("3") : "5");
      }
      const DataPart part = read(header + "\n" + row + "\n" + row + "\n").part;
      EXPECT_EQ(part.data.labels, (Octets{3, 3})) << name << before;
      EXPECT_EQ(part.data.images, Octets(32, 5)) << name << before;
    }
  }
  EXPECT_EQ(read("x,y,label\n1,2,7\n3,4,8\n").part.data.labels, (Octets{7, 8})) << "y is a pixel there";
}

TEST(Table, SeveralLabelsAreAnErrorUnlessTheyAreTheSameInWords) {
  const DataPart part = read("label,label_name,a,b\n3,three,1,2\n4,four,3,4\n").part;
  EXPECT_EQ(part.data.labels, (Octets{3, 4}));
  EXPECT_EQ(part.data.images, (Octets{1, 2, 3, 4}));
  const std::string two = "class,digit,a,b\n1,3,1,2\n2,4,3,4\n";
  EXPECT_TRUE(mentions(refused(two), {"column 1 ('class')", "column 2 ('digit')", "--label"}));
  EXPECT_EQ(read(two, {.label_name = "digit"}).part.data.labels, (Octets{3, 4}));
  EXPECT_TRUE(mentions(refused("label_0,label_1,a,b\n1,0,1,2\n"), {"'label_0'", "'label_1'"})) << "one-hot";
  EXPECT_TRUE(mentions(refused(two, {.label_name = "digt"}), {"'digt'", "did you mean 'digit'"}));
  EXPECT_TRUE(mentions(refused("1,2,3\n", {.label_name = "digit"}), {"no header", "first or last"}));
}

TEST(Table, TextsForLabelsNameTheClasses) {
  const DataPart part = read("label,a,b\ndog,1,2\ncat,3,4\ndog,5,6\n").part;
  EXPECT_EQ(part.data.class_names, (Names{"cat", "dog"}));
  EXPECT_EQ(part.data.labels, (Octets{1, 0, 1}));
  EXPECT_EQ(part.data.images, (Octets{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read("dog,0,0\ncat,3,4\n").part.data.class_names, (Names{"cat", "dog"})) << "no header";
  EXPECT_EQ(read("0,0,dog\n3,4,cat\n").part.data.class_names, (Names{"cat", "dog"})) << "last";
  EXPECT_EQ(read("label,a,b\nc10,1,2\nc9,3,4\n").part.data.class_names, (Names{"c9", "c10"}));
  // Letters and digits together, the letters later.
  const DataPart mixed = read("label,a,b\n7,1,2\n7,3,4\nA,5,6\n").part;
  EXPECT_EQ(mixed.data.class_names, (Names{"7", "A"}));
  EXPECT_EQ(mixed.data.labels, (Octets{0, 0, 1}));
  const DataPart named = read("file,label,a,b\nx.png,7,1,2\ny.png,8,3,4\n").part;
  EXPECT_EQ(named.data.labels, (Octets{7, 8}));
  EXPECT_EQ(named.data.images, (Octets{1, 2, 3, 4}));
}

TEST(Table, TextsAmongNumbersAreFaults) {
  EXPECT_TRUE(mentions(refused("label,a,b\n1,2,3\n\n2,x7,4\n"),
                       {"t.csv", "line 4, column 2 ('a'): 'x7' is not a number"}));
  EXPECT_TRUE(mentions(refused("5,2,3\n6,1,1\n7,1,1\n7,x,1\n"), {"line 4, column 2: 'x'"}));
  EXPECT_TRUE(mentions(refused("label,a\n1,\"2,5\"\n2,3\n"), {"line 2, column 2", "decimals with a point"}));
  std::string many = "label,a\n";
  for (int i = 0; i < 200; ++i) many += std::to_string(i % 10) + ",2\n";
  EXPECT_TRUE(mentions(refused(many + "O,2\n"), {"line 202, column 1 ('label'): 'O' is not a number"}))
      << "a slip";
  EXPECT_TRUE(mentions(refused("a,b,c\nx,2,u\ny,3,v\n"), {"column 1 ('a')", "column 3 ('c')", "hold texts"}));
  std::string names = "label,a\n";
  for (int i = 0; i < 257; ++i) names += "n" + std::to_string(i) + ",2\n";
  EXPECT_TRUE(mentions(refused(names), {"column 1 ('label')", "256"}));
}

TEST(Table, LeavesOutAnIdThatHasNoName) {
  std::string counted, shuffled, named;
  for (int i = 0; i < 4; ++i) {
    counted += std::to_string(i) + "," + std::to_string(i % 2 + 5) + pixels(16, i) + "\n";
    shuffled += std::to_string((i * 7919) % 1000) + "," + std::to_string(i % 2 + 5) + pixels(16, i) + "\n";
    named += "f" + std::to_string(i) + ".png," + std::to_string(i % 2 + 5) + pixels(16, i) + "\n";
  }
  for (const auto& text : {counted, shuffled, named}) {
    const DataPart part = read(text).part;
    EXPECT_EQ(part.data.labels, (Octets{5, 6, 5, 6})) << text;
    EXPECT_EQ(part.data.shape, (Shape{1, 4, 4})) << text;
    EXPECT_TRUE(part.pixels.find("without column 1") != part.pixels.npos) << part.pixels;
  }
  std::string last;
  for (int i = 1; i < 5; ++i) last += std::to_string(i % 3) + pixels(16, i) + "," + std::to_string(i) + "\n";
  EXPECT_EQ(read(last).part.data.labels, (Octets{1, 2, 0, 1}));
  // Ten rows with the labels 0 to 9 in order have no id.
  std::string ordered;
  for (int i = 0; i < 10; ++i) ordered += std::to_string(i) + pixels(16, i) + "\n";
  EXPECT_EQ(read(ordered).part.data.labels[9], 9);
}

TEST(Table, AColumnTooManyIsAnError) {
  std::string text = "label,quality" + pixel_names(784) + "\n";
  for (int i = 0; i < 3; ++i) text += "5,50" + pixels(784, i) + "\n";
  EXPECT_TRUE(mentions(refused(text), {"785 columns beside the label", "1 more", "28x28", "name it 'id'"}));
  std::string plain;
  for (int i = 0; i < 3; ++i) plain += "5,50,51" + pixels(784, i) + "\n";
  EXPECT_TRUE(mentions(refused(plain), {"786 columns beside the label", "2 more"}));
  EXPECT_EQ(read("5" + pixels(50) + "\n").part.data.shape, (Shape{1, 1, 50})) << "no picture";
}

TEST(Table, PicturesWithoutALabelAreRefused) {
  std::string text = "id" + pixel_names(784) + "\n";
  for (int i = 0; i < 3; ++i) text += std::to_string(i) + pixels(784, i) + "\n";
  EXPECT_TRUE(mentions(refused(text), {"784 columns", "without a label"}));
  EXPECT_TRUE(mentions(refused("label\n5\n"), {"one column"}));
}

TEST(Table, LabelsThatAreNoneAreNamed) {
  EXPECT_TRUE(mentions(refused("label,a\n1,2\n\n300,2\n"),
                       {"line 4, column 1 ('label')", "300", "0..255", "--label"}));
  EXPECT_TRUE(mentions(refused("label,a\n-1,2\n"), {"line 2, column 1", "-1"}));
}

constexpr std::size_t mnist_pixels = 784;

/// The longer side of what is not black.
std::size_t extent(const std::vector<std::uint8_t>& image) {
  std::size_t top = 28, bottom = 0;
  for (std::size_t i = 0; i < mnist_pixels; ++i)
    if (image[i] > 0) {
      top = std::min(top, i / 28);
      bottom = std::max(bottom, i / 28 + 1);
    }
  return bottom - top;
}

TEST(SmallDigits, AreTwentyPixelsHighAndBrightOnBlack) {
  std::vector<float> usps(256, -1.0F);
  for (std::size_t y = 2; y < 14; ++y) usps[y * 16 + 8] = 1.0F;
  std::vector<float> optdigits(64, 0.0F);
  for (std::size_t y = 1; y < 7; ++y) optdigits[y * 8 + 4] = 16.0F;
  std::vector<std::uint8_t> images(3, 7);
  EXPECT_TRUE(append_usps_row(usps, images));
  EXPECT_TRUE(append_optdigits_row(optdigits, images));
  ASSERT_EQ(images.size(), 3 + 2 * mnist_pixels);
  EXPECT_EQ(images[2], 7);
  for (const std::ptrdiff_t begin : {3, 787}) {
    const std::vector<std::uint8_t> image(images.begin() + begin, images.begin() + begin + mnist_pixels);
    EXPECT_EQ(extent(image), 20U);
    EXPECT_GT(image[14 * 28 + 14], 180);
    EXPECT_EQ(image[0], 0);
  }
}

TEST(SmallDigits, WhatDoesNotFitAddsNothing) {
  std::vector<std::uint8_t> images;
  EXPECT_FALSE(append_usps_row(std::vector<float>(255, 0.0F), images));
  EXPECT_FALSE(append_usps_row(std::vector<float>(257, 0.0F), images));
  EXPECT_FALSE(append_optdigits_row({}, images));
  for (const float wrong :
       {-1.01F, 1.01F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> usps(256, 0.0F);
    usps[200] = wrong;
    EXPECT_FALSE(append_usps_row(usps, images)) << wrong;
  }
  for (const float wrong : {-0.5F, 16.5F}) {
    std::vector<float> optdigits(64, 3.0F);
    optdigits[63] = wrong;
    EXPECT_FALSE(append_optdigits_row(optdigits, images)) << wrong;
  }
  EXPECT_TRUE(images.empty());
}

}  // namespace
}  // namespace scrawl::table_test
