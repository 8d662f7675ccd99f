#include "scrawl/dataset.h"
#include "scrawl/error.h"
#include "scrawl/exchange.h"
#include "scrawl/recognizer.h"

#include "base/files.h"
#include "base/text.h"
#include "bench/edit_distance.h"
#include "bench/small_digits.h"
#include "image/drawing.h"
#include "image/resample.h"
#include "recognize/mnist_testing.h"
#include "testing.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>

// The whole way from a picture to the digit: on MNIST's test images, put into pictures of many kinds, and on
// the pictures of SCRAWL_TEST_DATA. Skipped where these are not there.
namespace scrawl::real_digits_test {
namespace {

/// What a test picture is like around its digit.
struct Frame {
  const char* name;
  double least_accuracy;
  double smallest = 0.5;  ///< the digit's 28x28 pixels are scaled by this
  double largest = 6;
  double margin = 1;  ///< room around it, as a part of its side
  int ground = 0;
  int ink = 255;
  bool inverted = false;
  double noise = 0;
  double slope = 0;
  double specks = 0;  ///< the part of all pixels that is black or white
};

constexpr std::size_t frame_count = 200;

double uniform(std::mt19937& generator) { return static_cast<double>(generator()) / 4294967296.0; }

GreyImage framed(std::span<const std::uint8_t> digit, const Frame& frame, std::mt19937& generator) {
  const double scale = frame.smallest * std::pow(frame.largest / frame.smallest, uniform(generator));
  const auto side = static_cast<std::size_t>(28 * scale + 0.5);
  const GreyImage image{28, 28, {digit.begin(), digit.end()}};
  const GreyImage large = scaled(image, {.width = 28, .height = 28}, side, side);
  const auto room = [&] {
    return static_cast<std::size_t>(uniform(generator) * frame.margin * static_cast<double>(side));
  };
  const std::size_t left = room(), right = room(), top = room(), bottom = room();
  GreyImage picture =
      test::plain(left + side + right, top + side + bottom, static_cast<std::uint8_t>(frame.ground));
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x)
      picture.pixels[(top + y) * picture.width + left + x] = static_cast<std::uint8_t>(
          frame.ground + (frame.ink - frame.ground) * large.pixels[y * side + x] / 255);
  if (frame.slope > 0)
    test::shade(picture, frame.slope * (uniform(generator) - 0.5), frame.slope * (uniform(generator) - 0.5));
  if (frame.noise > 0) test::add_noise(picture, frame.noise, static_cast<std::uint32_t>(generator()));
  if (frame.specks > 0)
    for (auto& pixel : picture.pixels)
      if (uniform(generator) < frame.specks) pixel = generator() % 2 == 0 ? 0 : 255;
  if (frame.inverted) test::invert(picture);
  return picture;
}

class ReadMnist : public test::WithMnist {
 protected:
  Recognizer recognizer;
};

// Bit for bit as classify(), and so within roundings as evaluate: classify_test.cpp compares the two.
TEST_F(ReadMnist, ReadsEachImageAsItStands) {
  const DatasetView view = data.view();
  const std::size_t classes = recognizer.classes();
  std::vector<float> probabilities(classes * view.size());
  recognizer.classify(view.images, probabilities);
  for (std::size_t i = 0; i < view.size(); ++i) {
    const Reading reading = recognizer.read(GreyView(28, 28, 28, view.image(i).data()));
    ASSERT_EQ(reading.lines.size() + reading.refused.size(), 1U) << i;
    const Digit& digit = reading.lines.empty() ? reading.refused[0] : reading.lines[0].digits[0];
    const auto row = std::span(probabilities).subspan(classes * i, classes);
    ASSERT_TRUE(std::equal(row.begin(), row.end(), digit.probabilities.begin())) << i;
  }
}

TEST_F(ReadMnist, FindsDigitsInPicturesOfManyKinds) {
  const DatasetView view = data.view();
  const Frame frames[] = {
      {.name = "moved only", .least_accuracy = 0.985, .smallest = 1, .largest = 1},
      {.name = "without margin", .least_accuracy = 0.985, .smallest = 1, .largest = 2, .margin = 0},
      {.name = "half to six times the size", .least_accuracy = 0.985},
      {.name = "inverted", .least_accuracy = 0.985, .inverted = true},
      {.name = "small", .least_accuracy = 0.96, .smallest = 0.3, .largest = 0.5},
      {.name = "grey on grey", .least_accuracy = 0.985, .ground = 180, .ink = 90},
      {.name = "faint", .least_accuracy = 0.985, .ground = 100, .ink = 120},
      {.name = "large margins", .least_accuracy = 0.985, .smallest = 1, .largest = 4, .margin = 4},
      {.name = "noise", .least_accuracy = 0.985, .ground = 60, .ink = 200, .noise = 10},
      {.name = "strong noise", .least_accuracy = 0.985, .smallest = 3, .ground = 200, .ink = 60, .noise = 25},
      {.name = "uneven light", .least_accuracy = 0.985, .ground = 170, .ink = 70, .slope = 100},
      {.name = "specks", .least_accuracy = 0.985, .ground = 40, .ink = 220, .specks = 0.01},
  };
  for (const Frame& frame : frames) {
    std::mt19937 generator(7);
    std::size_t correct = 0;
    for (std::size_t k = 0; k < frame_count; ++k) {
      const std::size_t i = k * view.size() / frame_count;
      const Reading reading = recognizer.read(framed(view.image(i), frame, generator));
      if (!reading.lines.empty() && reading.lines[0].text == std::to_string(view.labels[i])) ++correct;
    }
    const double accuracy = static_cast<double>(correct) / frame_count;
    EXPECT_GE(accuracy, frame.least_accuracy) << frame.name;
    RecordProperty(frame.name, std::to_string(accuracy));
  }
}

std::filesystem::path test_data(const std::string& name) {
  const auto folder = environment("SCRAWL_TEST_DATA");
  return folder ? std::filesystem::path(*folder) / name : std::filesystem::path();
}

TEST(ReadPictures, PhotographsScansAndDrawingsOfSingleDigits) {
  const auto folder = test_data("pictures");
  if (folder.empty() || !std::filesystem::exists(folder / "labels.tsv"))
    GTEST_SKIP() << "SCRAWL_TEST_DATA/pictures is not there";
  const Recognizer recognizer;
  const std::string table = read_text_file(folder / "labels.tsv");
  std::size_t pictures = 0, wrong = 0;
  for (const auto row : split(table, '\n')) {
    const auto fields = split(row, '\t');
    if (fields.size() < 3 || fields[2] != "single") continue;
    ++pictures;
    const Reading reading = recognizer.read_file(folder / fields[0]);
    ASSERT_EQ(reading.lines.size(), 1U) << fields[0];
    wrong += reading.lines[0].text != fields[1];
  }
  EXPECT_GE(pictures, 27U);
  EXPECT_EQ(wrong, 0U);
}

std::string without_bars(std::string text) {
  std::erase(text, '|');
  return text;
}

// Photographs and scans of numbers, forms, tables and Sudoku, and of what holds no number.
TEST(ReadPictures, PagesOfNumbersAndTables) {
  const auto folder = test_data("pictures");
  if (folder.empty() || !std::filesystem::exists(folder / "labels.tsv"))
    GTEST_SKIP() << "SCRAWL_TEST_DATA/pictures is not there";
  const Recognizer recognizer;
  const std::string table = read_text_file(folder / "labels.tsv");
  std::size_t pages = 0, whole = 0, digits = 0, wrong = 0, cells = 0, wrong_cells = 0;
  for (const auto row : split(table, '\n')) {
    const auto fields = split(row, '\t');
    if (fields.size() < 3 || fields[0] == "path" || fields[2] == "single") continue;
    const std::string truth(fields[1]);
    const Reading reading = recognizer.read_file(folder / fields[0]);
    std::string read;
    for (const Line& line : reading.lines) read += (read.empty() ? "" : "|") + line.text;
    if (fields[2] == "negative") {
      EXPECT_EQ(read, "") << fields[0];
    } else if (fields[2].starts_with("sudoku")) {
      ASSERT_FALSE(reading.grids.empty()) << fields[0];
      const auto rows = split(truth, '|');
      ASSERT_EQ(reading.grids[0].cells.size(), 9U) << fields[0];
      for (std::size_t r = 0; r < 9; ++r)
        for (std::size_t c = 0; c < 9; ++c) {
          ++cells;
          wrong_cells +=
              reading.grids[0].cells[r].at(c) != (rows[r][c] == '0' ? "" : std::string(1, rows[r][c]));
        }
    } else {
      ++pages;
      whole += read == truth;
      digits += without_bars(truth).size();
      wrong += bench::edit_distance(without_bars(read), without_bars(truth));
    }
  }
  EXPECT_GE(pages, 49U);
  EXPECT_GE(100 * (digits - wrong), 95 * digits) << wrong << " of " << digits;
  EXPECT_GE(100 * whole, 72 * pages) << whole << " of " << pages;
  EXPECT_GE(100 * (cells - wrong_cells), 95 * cells) << wrong_cells << " of " << cells;
}

TEST(ReadPictures, DigitsOfOtherSetsInTheirOwnSize) {
  struct Set {
    bench::SmallDigits digits;
    double least_accuracy;
  };
  // 8x8 pixels are hardly enough.
  const Set sets[] = {{bench::usps, 0.99}, {bench::optdigits, 0.95}};
  const Recognizer recognizer;
  for (const auto& [set, least_accuracy] : sets) {
    const auto path = test_data(set.file);
    if (path.empty() || !std::filesystem::exists(path))
      GTEST_SKIP() << "SCRAWL_TEST_DATA/" << set.file << " is not there";
    const auto digits = bench::load_small_digits(test_data(""), set);
    std::size_t correct = 0;
    for (const auto& [picture, label] : digits) {
      const Reading reading = recognizer.read(picture);
      if (!reading.lines.empty() && reading.lines[0].text == std::to_string(label)) ++correct;
    }
    const double accuracy = static_cast<double>(correct) / static_cast<double>(digits.size());
    EXPECT_GE(accuracy, least_accuracy) << set.file;
    RecordProperty(set.file, std::to_string(accuracy));
  }
}

TEST_F(ReadMnist, IsReadAsSaitosBookReadsItWithItsWeights) {
  const auto folder = environment("SCRAWL_TEST_DATA");
  if (!folder) GTEST_SKIP() << "SCRAWL_TEST_DATA is not set";
  const Recognizer book(
      import_model(*folder + "/weights/sample_weight.pkl",
                   {.model = parse_model("784 > dense 50 > sigmoid > dense 100 > sigmoid > dense 10")})
          .model);
  std::vector<float> probabilities(data.size() * 10);
  book.classify(data.images, probabilities);
  std::size_t right = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto row = std::span(probabilities).subspan(10 * i, 10);
    right +=
        static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin()) == data.labels[i];
  }
  EXPECT_EQ(right, 9352U);
}

}  // namespace
}  // namespace scrawl::real_digits_test
