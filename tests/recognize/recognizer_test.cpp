#include "scrawl/recognizer.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "image/drawing.h"
#include "image/png.h"
#include "testing.h"

#include <cmath>
#include <numeric>
#include <thread>

namespace scrawl::recognizer_test {
namespace {

using test::draw_ring;
using test::error_of;
using test::fill;
using test::mentions;
using test::plain;

/// A model with random weights.
Model model_of(const std::string& text) {
  Network network(parse_model(text));
  network.initialise({.kind = Initialiser::Kind::he}, 1);
  const std::size_t classes = network.outputs();
  return {std::move(network), {.classes = numbered_classes(classes)}};
}

GreyImage zero() {
  GreyImage picture = plain(200, 160, 220);
  draw_ring(picture, 90, 80, 50, 6, 60);
  return picture;
}

TEST(Recognizer, ReadsADigitWithEverythingThatIsKnownAboutIt) {
  const Recognizer recognizer;
  const Reading reading = recognizer.read(zero());
  EXPECT_EQ(reading.width, 200U);
  EXPECT_EQ(reading.height, 160U);
  ASSERT_EQ(reading.lines.size(), 1U);
  const Line& line = reading.lines[0];
  EXPECT_EQ(line.text, "0");
  ASSERT_EQ(line.digits.size(), 1U);
  const Digit& digit = line.digits[0];
  EXPECT_EQ(digit.value, "0");
  EXPECT_GT(digit.confidence, 0.9F);
  EXPECT_EQ(line.confidence, digit.confidence);
  EXPECT_EQ(digit.box, (Box{.x = 40, .y = 30, .width = 101, .height = 101}));
  ASSERT_EQ(digit.probabilities.size(), 11U);  // the last is that it is none
  EXPECT_EQ(digit.probabilities[0], digit.confidence);
  EXPECT_NEAR(std::accumulate(digit.probabilities.begin(), digit.probabilities.end(), 0.0), 1, 1e-5);
  EXPECT_EQ(digit.image.width, 28U);
  EXPECT_EQ(digit.image.pixels.size(), 784U);
  EXPECT_LE(digit.alternatives.size(), 4U);
}

TEST(Recognizer, ClassesAreNamedByTheModelAndAlternativesSorted) {
  Model model = model_of("784 > dense 7");
  model.only().info.classes = {"a", "b", "c", "d", "e", "f", "g"};
  for (float& weight : model.only().network.parameters()) weight *= 0.05F;  // nothing is certain
  const Reading reading = Recognizer(std::move(model)).read(zero());
  const Digit& digit = reading.lines.at(0).digits.at(0);
  EXPECT_EQ(reading.lines[0].text, digit.value);
  EXPECT_EQ(digit.probabilities.size(), 7U);
  ASSERT_EQ(digit.alternatives.size(), 4U);
  float before = digit.confidence;
  for (const auto& other : digit.alternatives) {
    EXPECT_NE(other.value, digit.value);
    EXPECT_LE(other.confidence, before);
    EXPECT_EQ(other.confidence, digit.probabilities[static_cast<std::size_t>(other.value[0] - 'a')]);
    before = other.confidence;
  }
}

/// A model of two classes, the first with this probability.
Model sure_of(const std::vector<std::string>& classes, float probability) {
  Network network(parse_model("784 > dense 2"));
  for (float& weight : network.parameters()) weight = 0;
  const std::vector<float> bias = {std::log(probability / (1 - probability)), 0};
  set_parameter<float>(network, network.parameter_infos()[1], bias);
  return {std::move(network), {.classes = classes}};
}

TEST(Recognizer, WhatTheModelTakesForNoDigitIsRefused) {
  const Reading reading = Recognizer(sure_of({"none", "0"}, 0.8F)).read(zero());
  EXPECT_TRUE(reading.lines.empty());
  ASSERT_EQ(reading.refused.size(), 1U);
  EXPECT_EQ(reading.refused[0].value, "none");
  EXPECT_NEAR(reading.refused[0].confidence, 0.8, 1e-6);
  EXPECT_EQ(reading.refused[0].box, (Box{.x = 40, .y = 30, .width = 101, .height = 101}));
}

TEST(Recognizer, AnUnsureDigitIsAQuestionMark) {
  const Recognizer recognizer(sure_of({"0", "1"}, 0.8F));
  EXPECT_EQ(recognizer.read(zero(), {.least_confidence = 0.7F}).lines.at(0).text, "0");
  const Reading reading = recognizer.read(zero(), {.least_confidence = 0.9F});
  EXPECT_EQ(reading.lines.at(0).text, "?");
  EXPECT_EQ(reading.lines[0].digits.at(0).value, "0");
}

TEST(Recognizer, TheConfidenceForAnErrorIsWhatWasMeasured) {
  Model model = sure_of({"0", "1"}, 0.8F);
  EXPECT_TRUE(mentions(error_of([&] { confidence_for_error(model, 0.01F); }), {"scrawl calibrate"}));
  model.only().info.thresholds = {{.error = 0.01F, .confidence = 0.7F},
                                  {.error = 0.001F, .confidence = 0.95F}};
  EXPECT_EQ(confidence_for_error(model, 0.5F), 0.7F);
  EXPECT_EQ(confidence_for_error(model, 0.01F), 0.7F);
  EXPECT_EQ(confidence_for_error(model, 0.005F), 0.95F);
  EXPECT_TRUE(mentions(error_of([&] { confidence_for_error(model, 1e-4F); }), {"0.001"}));
}

TEST(Recognizer, AnEmptyPictureHasNoLine) {
  const Reading reading = Recognizer().read(plain(50, 40, 255));
  EXPECT_EQ(reading.width, 50U);
  EXPECT_TRUE(reading.lines.empty());
}

TEST(Recognizer, AViewIsReadAsTheCopyOfItsPixels) {
  const GreyImage picture = zero();
  GreyImage frame = plain(300, 200, 7);
  for (std::size_t y = 0; y < picture.height; ++y)
    std::copy_n(&picture.pixels[y * picture.width], picture.width, &frame.pixels[(y + 20) * 300 + 50]);
  const Recognizer recognizer;
  const Digit whole = recognizer.read(picture).lines.at(0).digits.at(0);
  const Digit part =
      recognizer.read(GreyView(200, 160, 300, &frame.pixels[20 * 300 + 50])).lines.at(0).digits.at(0);
  EXPECT_EQ(part.probabilities, whole.probabilities);
  EXPECT_EQ(part.box, whole.box);
}

TEST(Recognizer, ModelsThatReadNoDigitsAreRefused) {
  for (const char* text :
       {"8x8 > dense 10", "3x28x28 > dense 10", "3x32x32 > dense 10", "14x56 > dense 10"}) {
    const Error error = error_of([&] { const Recognizer recognizer(model_of(text)); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, {"28x28", "train", std::string_view(text).substr(0, 3)})) << text;
  }
  EXPECT_NO_THROW(Recognizer(model_of("28x28 > dense 10")));
  EXPECT_NO_THROW(Recognizer(model_of("784 > dense 3")));
}

TEST(Recognizer, EachOutputMustHaveAName) {
  for (const std::size_t names : {0, 9, 11}) {
    Model model = model_of("28x28 > dense 10");
    model.only().info.classes = numbered_classes(names);
    const Error error = error_of([&] { const Recognizer recognizer(std::move(model)); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, {"10 outputs", std::to_string(names) + " classes"}));
  }
}

TEST(Recognizer, AModelWhoseOutputsAreNoNumbersReadsNothing) {
  Model model = default_model();
  for (float& weight : model.only().network.parameters())
    weight *= 1e36F;  // finite, but not what comes of them
  const Recognizer recognizer(std::move(model));
  const Error error = error_of([&] { recognizer.read(zero()); });
  EXPECT_EQ(error.code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(error, {"NaN", "train it again"}));
}

TEST(Recognizer, ViewsThatMakeNoSenseAreRefused) {
  const Recognizer recognizer;
  const std::uint8_t pixel = 0;
  for (const GreyView& view :
       {GreyView(), GreyView(0, 4, 4, &pixel), GreyView(4, 0, 4, &pixel), GreyView(4, 4, 4, nullptr),
        GreyView(4, 4, 3, &pixel), GreyView(40000, 1, 40000, &pixel), GreyView(20000, 20000, 20000, &pixel)})
    EXPECT_EQ(error_of([&] { recognizer.read(view); }).code(), ErrorCode::invalid_argument);
}

TEST(Recognizer, ReadsFilesAndNamesThoseThatItCannotRead) {
  const test::TempFolder folder;
  const Recognizer recognizer;
  const Bytes png = encode_png(zero());
  EXPECT_EQ(recognizer.read_picture(png).lines.at(0).text, "0");
  const auto path = folder / "zero.png";
  write_file(path, {reinterpret_cast<const char*>(png.data()), png.size()});
  EXPECT_EQ(recognizer.read_file(path).lines.at(0).text, "0");

  const Error missing = error_of([&] { recognizer.read_file(folder / "one.png"); });
  EXPECT_EQ(missing.code(), ErrorCode::not_found);
  EXPECT_TRUE(mentions(missing, {"one.png"}));
  const Error torn =
      error_of([&] { recognizer.read_picture(std::span(png).first(png.size() / 2), "torn.png"); });
  EXPECT_EQ(torn.code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(torn, {"torn.png"}));
  EXPECT_EQ(error_of([&] { recognizer.read_picture({}, "empty"); }).code(), ErrorCode::bad_data);
}

TEST(Recognizer, ThreadsShareOne) {
  const Recognizer recognizer;
  const GreyImage picture = zero();
  const auto expected = recognizer.read(picture).lines.at(0).digits.at(0).probabilities;
  std::vector<std::vector<float>> results(4);
  {
    std::vector<std::jthread> threads;
    threads.reserve(results.size());
    for (auto& result : results)
      threads.emplace_back([&recognizer, &picture, &result] {
        for (int i = 0; i < 5; ++i) result = recognizer.read(picture).lines.at(0).digits.at(0).probabilities;
      });
  }
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(Recognizer, EveryInstructionSetReadsTheSame) {
  const auto expected = Recognizer().read(zero()).lines.at(0).digits.at(0).probabilities;
  for (const auto target : supported_targets())
    EXPECT_EQ(Recognizer(default_model(), target).read(zero()).lines.at(0).digits.at(0).probabilities,
              expected);
}

TEST(DefaultModel, IsTheFileInTheRepository) {
  const Model inside = default_model();
  const Model file = load_model(SCRAWL_READER);
  EXPECT_EQ(weights_sha256(inside.only().network), weights_sha256(file.only().network));
  auto classes = numbered_classes(10);
  classes.emplace_back(no_digit);
  EXPECT_EQ(inside.classes(), classes);
  EXPECT_EQ(inside.only().info.recipe, "reader");
  EXPECT_LE(std::filesystem::file_size(SCRAWL_READER), 1'100'000U);
}

}  // namespace
}  // namespace scrawl::recognizer_test
