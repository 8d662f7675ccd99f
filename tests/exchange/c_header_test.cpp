#include "exchange/c_header.h"

#include "scrawl/exchange.h"

#include "base/files.h"
#include "exchange/c_source.h"
#include "exchange/export_testing.h"
#include "model/layer_arrays.h"
#include "predict/plain.h"
#include "testing.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace scrawl::c_header_test {
namespace {

using test::contains;
using test::error_of;
using test::made_up_model;
using test::mentions;

/// Reads images from one file and writes what they are read as to another.
constexpr const char* driver = R"(#include "model.h"
#include "model.h"
#include <stdio.h>

int main(int argc, char **argv) {
  static unsigned char pixels[MODEL_INPUTS];
  static float probabilities[MODEL_CLASSES];
  FILE *in = argc == 3 ? fopen(argv[1], "rb") : 0;
  FILE *out = argc == 3 ? fopen(argv[2], "wb") : 0;
  if (!in || !out || !model_class_names[MODEL_CLASSES - 1]) return 2;
  while (fread(pixels, 1, MODEL_INPUTS, in) == MODEL_INPUTS) {
    const int digit = model_predict(pixels, probabilities);
    if (digit != model_predict(pixels, 0)) return 3;
    fwrite(&digit, sizeof digit, 1, out);
    fwrite(probabilities, sizeof(float), MODEL_CLASSES, out);
  }
  return fclose(in) + fclose(out);
}
)";

/// A file that includes the header and uses nothing of it.
constexpr const char* bystander = "#include \"model.h\"\nextern int nothing;\nint nothing;\n";

const std::vector<std::string> c_warnings = {"-Wall",        "-Wextra",  "-Wpedantic",
                                             "-Wconversion", "-Wshadow", "-Wdouble-promotion",
                                             "-Wunused",     "-Werror"};

struct Readings {
  std::vector<int> digits;
  std::vector<float> probabilities;
};

class CHeader : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"gcc", "clang"})
      if (test::runs({name, "--version"})) compilers.push_back(name);
    if (compilers.empty() && test::runs({"cc", "--version"})) compilers.push_back("cc");
    if (compilers.empty()) GTEST_SKIP() << "there is no C compiler";
  }

  /// Compiles the header with all warnings as errors.
  bool compiles(const std::string& header, const std::string& compiler, const std::string& standard) {
    write_file(folder / "model.h", header);
    const std::string ending = contains(standard, "++") ? ".cpp" : ".c";
    write_file(folder / ("driver" + ending), driver);
    write_file(folder / ("bystander" + ending), bystander);
    std::vector<std::string> command = {compiler, "-std=" + standard, "-O1", "-o", "driver"};
    if (contains(standard, "++"))
      command.insert(command.end(), {"-Wall", "-Wextra", "-Wpedantic", "-Werror"});
    else
      command.insert(command.end(), c_warnings.begin(), c_warnings.end());
    command.insert(command.end(), {"driver" + ending, "bystander" + ending, "-lm"});
    const auto result = run_process(command, folder.path());
    EXPECT_EQ(result.exit_code, 0) << compiler << " " << standard << "\n" << result.output;
    return result.exit_code == 0;
  }

  Readings read(const Model& model, const std::vector<std::uint8_t>& images) {
    write_file(folder / "images", {reinterpret_cast<const char*>(images.data()), images.size()});
    EXPECT_EQ(run_process({(folder / "driver").string(), "images", "readings"}, folder.path()).exit_code, 0);
    const Bytes bytes = read_file(folder / "readings");
    const std::size_t classes = model.outputs();
    const std::size_t record = sizeof(int) + classes * sizeof(float);
    Readings readings;
    for (std::size_t at = 0; at + record <= bytes.size(); at += record) {
      int digit = 0;
      std::memcpy(&digit, bytes.data() + at, sizeof digit);
      readings.digits.push_back(digit);
      std::vector<float> row(classes);
      std::memcpy(row.data(), bytes.data() + at + sizeof digit, classes * sizeof(float));
      readings.probabilities.insert(readings.probabilities.end(), row.begin(), row.end());
    }
    return readings;
  }

  /// The place of the largest output for each image. It is not always that of the largest probability: with a
  /// squared error, several may be the least one.
  static std::vector<int> digits(const Model& model, const std::vector<std::uint8_t>& images) {
    const std::size_t count = images.size() / model.inputs();
    const Compute compute(1);
    std::vector<float> inputs(count * model.inputs());
    const MatrixView<float> input(inputs.data(), count, model.inputs());
    Preprocessor(model.only().info.preprocessing, model.inputs(), count).apply(images, compute, input);
    Workspace workspace = model.only().network.make_workspace(count);
    const auto outputs = model.only().network.predict(input, workspace, compute);
    std::vector<int> digits;
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = outputs.row(i);
      digits.push_back(static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin()));
    }
    return digits;
  }

  /// The header's digits and probabilities are those of the library.
  void expect_the_same(const Model& model, const std::vector<std::uint8_t>& images, const Readings& readings,
                       float tolerance = 1e-6F) {
    const auto expected = test::plain_probabilities(model, images);
    ASSERT_EQ(readings.probabilities.size(), expected.size());
    EXPECT_EQ(readings.digits, digits(model, images));
    float worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
      worst = std::max(worst, std::abs(expected[i] - readings.probabilities[i]));
    EXPECT_LE(worst, tolerance);
  }

  void check(const Model& model, std::size_t count = 1000) {
    if (!compiles(c_header(model.only(), "model", false), compilers[0], "c99")) return;
    const auto images = test::some_images(count, model.inputs());
    expect_the_same(model, images, read(model, images));
  }

  test::TempFolder folder;
  std::vector<std::string> compilers;
};

TEST_F(CHeader, CompilesWithoutWarningsEverywhereAndReadsAsTheModelDoes) {
  const Model model = made_up_model("28x28 > dense 50 > sigmoid > dense 10");
  const auto images = test::some_images(1000, 784);
  for (const auto& compiler : compilers) {
    for (const char* standard : {"c99", "c++98", "c++20"}) {
      ASSERT_TRUE(compiles(c_header(model.only(), "model", true), compiler, standard));
      ASSERT_TRUE(compiles(c_header(model.only(), "model", false), compiler, standard));
      expect_the_same(model, images, read(model, images));
    }
  }
}

TEST_F(CHeader, ConvolutionsCompileWithoutWarningsEverywhere) {
  const Model model = made_up_model("9x8 > conv 4 3x2 > relu > maxpool 2 > avgpool 2 stride 1 > dense 5");
  for (const auto& compiler : compilers)
    for (const char* standard : {"c99", "c++98", "c++20"})
      for (const bool int8 : {true, false})
        ASSERT_TRUE(compiles(c_header(model.only(), "model", int8), compiler, standard));
}

TEST_F(CHeader, ConvolutionsOfWholeNumbersLoseNothingByInt8) {
  Model model = made_up_model("9x8 > conv 4 3x2 > relu > conv 3 2x2 nobias > dense 5");
  for (const auto& info : model.only().network.parameter_infos())
    if (info.kind == ParameterKind::weight)  // in memory, an output's weights are outputs apart
      for (std::size_t i = 0; i < info.size(); ++i)
        model.only().network.parameters()[info.offset + i] =
            i < info.shape[0] ? 1.27F : 0.01F * static_cast<float>(static_cast<int>(i * 37 % 255) - 127);
  if (!compiles(c_header(model.only(), "model", true), compilers[0], "c99")) return;
  const auto images = test::some_images(300, 72);
  expect_the_same(model, images, read(model, images), 2e-5F);
}

TEST_F(CHeader, KnowsEveryLoss) {
  for (const LossSpec& loss :
       {LossSpec(SoftmaxCrossEntropy{1e-7F}), LossSpec(SquaredError{}), LossSpec(SquaredError{0.01F, 0.99F}),
        LossSpec(SquaredError{-1, 1}), LossSpec(MulticlassHinge{2})}) {
    Model model = made_up_model("28x28 > dense 20 > tanh > dense 10");
    model.only().info.loss = loss;
    check(model);
  }
}

TEST_F(CHeader, PreparesPixelsAsTheModelDoes) {
  std::vector<float> per_pixel(30);
  for (std::size_t p = 0; p < 30; ++p) per_pixel[p] = 0.1F + 0.01F * static_cast<float>(p);
  std::vector<float> matrix(900);
  for (std::size_t i = 0; i < 900; ++i)
    matrix[i] = (i % 31 == 0 ? 1.0F : 0.0F) + 0.001F * static_cast<float>(i % 17);
  for (const Preprocessing& preprocessing : {
           Preprocessing{.divisor = 1},
           Preprocessing{.divisor = 256},
           Preprocessing{.factor = 0.99F, .offset = 0.01F},
           Preprocessing{.divisor = -127.5F, .factor = -1, .offset = -1},
           Preprocessing{.mean = {0.1307F}, .deviation = {0.3081F}},
           Preprocessing{.mean = {-0.5F}, .deviation = {-2}},
           Preprocessing{.offset = -0.5F, .deviation = per_pixel},
           Preprocessing{.mean = per_pixel, .deviation = {0.5F}},
           Preprocessing{.mean = per_pixel, .deviation = per_pixel},
           Preprocessing{.deviation = {0.5F}, .whitening = matrix},
           Preprocessing{.mean = per_pixel, .deviation = per_pixel, .whitening = matrix},
       }) {
    SCOPED_TRACE(to_string(preprocessing));
    Model model = made_up_model(
        "6x5 > dense 8 > relu > dense 4",
        {.kind = Initialiser::Kind::normal, .deviation = preprocessing.divisor == 1 ? 0.01F : 0.2F});
    model.only().info.preprocessing = preprocessing;
    check(model, 200);
  }
}

TEST_F(CHeader, TakesStrangeNamesAndNumbers) {
  Model model = made_up_model("3 > dense 3 > sigmoid > dense 3");
  model.only().info.classes = {"\"two\\\"", "?\?/ */ /* //", "f\xc3\xbcnf\n%s1"};
  const std::vector<float> strange = {1e-45F, -0.0F, 3.4028235e38F, -1e20F, 1e-38F, 16777216.0F, 0.1F};
  std::copy(strange.begin(), strange.end(), model.only().network.parameters().begin());
  const std::string header = c_header(model.only(), "model", false);
  EXPECT_TRUE(contains(header, "1e-45f, "));
  EXPECT_TRUE(contains(header, "-0.0f, "));
  EXPECT_TRUE(contains(header, "\"\\\"two\\\\\\\"\", \"\\?\\?/ */ /* //\", \"f\\303\\274nf\\012%s1\""));
  for (const auto& compiler : compilers)
    for (const char* standard : {"c99", "c++98", "c++20"}) EXPECT_TRUE(compiles(header, compiler, standard));
}

TEST_F(CHeader, WithInt8IsTheModelWithRoundedWeights) {
  for (const char* spec :
       {"28x28 > dense 50 > sigmoid > dense 10", "28x28 > dense 30 nobias > relu > dense 10"}) {
    const Model model = made_up_model(spec);
    Model rounded{model.only().network, model.only().info};
    for (const auto& info : rounded.only().network.parameter_infos()) {
      if (info.kind != ParameterKind::weight) continue;
      const auto [values, scales] = quantise(dense_arrays(model.only().network, std::stoul(info.name)));
      for (std::size_t i = 0; i < values.size(); ++i)  // in memory (inputs, outputs) too
        rounded.only().network.parameters()[info.offset + i] =
            static_cast<float>(values[i]) * scales[i % scales.size()];
    }
    ASSERT_TRUE(compiles(c_header(model.only(), "model", true), compilers[0], "c99"));
    const auto images = test::some_images(1000, 784);
    expect_the_same(rounded, images, read(rounded, images), 1e-5F);
  }
}

TEST(CHeaderText, SaysWhatItIsAndStaysNarrow) {
  Model model = made_up_model("28x28 > dense 50 > sigmoid > dense 10");
  model.only().info.preprocessing.mean.assign(784, 0.1F);
  for (const bool int8 : {false, true}) {
    const std::string header = c_header(model.only(), "digits", int8);
    for (const std::string& part :
         {std::string("28x28 > dense 50 > sigmoid > dense 10"), weights_sha256(model.only().network),
          to_string(model.only().info.preprocessing), std::string("3336 bytes of stack"),
          std::string("#define DIGITS_INPUTS 784\n#define DIGITS_CLASSES 10\n"),
          std::string("static const char *const digits_class_names[10]"),
          std::string("static inline int digits_predict(const unsigned char pixels[784], float "
                      "probabilities[10]) {")})
      EXPECT_TRUE(contains(header, part)) << part;
    std::size_t start = 0;
    for (std::size_t end; (end = header.find('\n', start)) != std::string::npos; start = end + 1)
      EXPECT_LE(end - start, 100U) << header.substr(start, end - start);
  }
  EXPECT_LT(4 * c_header(model.only(), "digits", true).size(),
            c_header(model.only(), "digits", false).size() + 40000);
  EXPECT_FALSE(contains(c_header(model.only(), "digits", false), "malloc"));
}

TEST(CHeaderText, RefusesWhatCHasNoWordsFor) {
  Model model = made_up_model("2 > dense 2");
  for (const char* name : {"", "2x", "a b", "_a", "a__b", "a_", "f\xc3\xbcnf"})
    EXPECT_TRUE(mentions(error_of([&] { c_header(model.only(), name, false); }), {name, "letters"})) << name;
  model.only().network.parameters()[1] = std::numeric_limits<float>::infinity();
  for (const bool int8 : {false, true}) {
    const auto error = error_of([&] { c_header(model.only(), "model", int8); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, {"not finite"}));
  }
}

TEST(CSource, FloatsReadBackExactly) {
  for (std::uint32_t i = 0; i < 100000; ++i) {
    const auto value = std::bit_cast<float>(i * 42949U + 12345U);
    if (!std::isfinite(value)) continue;
    const std::string text = c_float(value);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(std::strtof(text.c_str(), nullptr)),
              std::bit_cast<std::uint32_t>(value));
    EXPECT_EQ(text.back(), 'f');
    EXPECT_NE(text.find_first_of(".e"), std::string::npos) << text;
  }
  EXPECT_EQ(c_float(1), "1.0f");
  EXPECT_EQ(c_float(-0.5F), "-0.5f");
}

TEST(CSource, IdentifiersAreMadeFromAnyText) {
  EXPECT_EQ(c_identifier("two-layer"), "two_layer");
  EXPECT_EQ(c_identifier("3 layers (best)"), "model_3_layers_best");
  EXPECT_EQ(c_identifier("__a__b__"), "a_b");
  EXPECT_EQ(c_identifier("\xc3\xbc"), "model");
  EXPECT_EQ(c_identifier(""), "model");
  EXPECT_EQ(c_identifier(std::string(31, 'a') + "_b"), std::string(31, 'a'));
  for (const char* text : {"two-layer", "3 layers", "__a__b__", "", "-3", "a-3"}) {
    const auto name = c_identifier(text);
    EXPECT_EQ(c_identifier(name), name);
  }
}

TEST(Quantise, RoundsToTheNearestMultipleOfEachOutputsScale) {
  const DenseArrays layer{
      .inputs = 3, .outputs = 3, .weight = {1, 0, 1e-3F, -0.5F, 0, 2e-3F, 0.2F, 0, -4e-3F}, .bias = {}};
  const auto [values, scales] = quantise(layer);
  EXPECT_EQ(scales, (std::vector<float>{1.0F / 127, 0, 4e-3F / 127}));
  EXPECT_EQ(values, (std::vector<std::int8_t>{127, 0, 32, -64, 0, 64, 25, 0, -127}));
  const DenseArrays random = dense_arrays(made_up_model("50 > dense 20").only().network, 0);
  const auto rounded = quantise(random);
  for (std::size_t i = 0; i < random.weight.size(); ++i) {
    const float scale = rounded.scales[i % 20];
    EXPECT_LE(std::abs(random.weight[i] - static_cast<float>(rounded.values[i]) * scale), 0.5001F * scale);
  }
}

}  // namespace
}  // namespace scrawl::c_header_test
