#include "scrawl/model_spec.h"

#include "testing.h"

namespace scrawl::model_spec_test {
namespace {

using test::error_of;
using test::mentions;

TEST(ModelText, ReadsALayerAPart) {
  const ModelSpec expected = {{1, 28, 28}, {Dense{50}, Sigmoid{}, Dense{.outputs = 10, .bias = false}}};
  EXPECT_EQ(parse_model("28x28 > dense 50 > sigmoid > dense 10 nobias"), expected);
}

TEST(ModelText, GoesBothWays) {
  for (const auto* text :
       {"784 > dense 10", "28x28 > dense 50 > sigmoid > dense 10", "3x32x32 > dense 26",
        "784 > dense 256 > relu > dense 256 > relu > dense 10",
        "784 > dense 100 nobias > sigmoid > dense 10 nobias > sigmoid", "1 > dense 1",
        "28x28 > conv 16 5x5 > batchnorm > relu > maxpool 2 > dense 10",
        "3x9x7 > conv 4 3x2 stride 2 pad 1 nobias > silu > avgpool 3 stride 2 pad 1 > globalavgpool",
        "28x28 > conv 6 5x5 pad 2 > leaky-relu 0.1 > maxpool 3 stride 2 > flatten > dropout 0.25 > dense 10",
        "9 > batchnorm momentum 0.01 epsilon 0.001 > leaky-relu > dense 2", "5 > tanh > relu > sigmoid",
        "2x1x1 > relu > dense 3 nobias > tanh", "3x1x7 > dense 255"})
    EXPECT_EQ(to_string(parse_model(text)), text);
}

TEST(ModelText, SpacesDoNotMatter) {
  const auto expected = parse_model("28x28 > dense 50 nobias > relu");
  for (const auto* text : {"28x28>dense 50 nobias>relu", "  28x28  >  dense   50   nobias  >  relu  ",
                           "28x28 >dense 50 nobias\n > relu\n", "28x28\t>\tdense 50 nobias\t>\trelu"})
    EXPECT_EQ(parse_model(text), expected) << text;
}

struct Mistake {
  const char* text;
  std::vector<std::string_view> mentioned;
};

TEST(ModelText, ErrorsNameThePartAndTheNearestWord) {
  const std::vector<Mistake> mistakes = {
      {"28x28 > dens 50", {"'dens 50'", "'dense'"}},
      {"28x28 > dense 50 > sigmiod", {"'sigmiod'", "'sigmoid'"}},
      {"28x28 > reul", {"'reul'", "'relu'"}},
      {"28x28 > konvolution 5", {"'konvolution 5'", "known: dense, conv, maxpool"}},
      {"28x28 > conv 5", {"'conv 5'", "'conv' needs its window", "conv 16 5x5"}},
      {"28x28 > conv 5 5", {"'5' is not a window", "HEIGHTxWIDTH"}},
      {"28x28 > conv 5 0x5", {"from 1 up"}},
      {"28x28 > conv 5 5x5 stride", {"'conv' needs its number of places"}},
      {"28x28 > conv 5 5x5 stride 2 stride 2", {"'stride' is given twice"}},
      {"28x28 > conv 5 5x5 padding 2", {"unknown word 'padding'"}},
      {"28x28 > conv 5 29x5", {"layer 0 (conv 5 29x5)", "29x5", "larger than its input, 28x28"}},
      {"28x28 > conv 5 3x3 pad 3", {"padding must be smaller than its window"}},
      {"28x28 > maxpool", {"'maxpool' needs its size"}},
      {"28x28 > maxpool 0", {"from 1 up"}},
      {"28x28 > maxpool 3 pad 2", {"half its size"}},
      {"28x28 > dropout", {"'dropout' needs its rate"}},
      {"28x28 > dropout 1", {"from 0 to below 1"}},
      {"28x28 > dropout 0.5 2", {"takes no options"}},
      {"28x28 > batchnorm 3", {"unknown word '3'"}},
      {"28x28 > Dense 50", {"'Dense 50'", "'dense'"}},
      {"28x28 > dense", {"'dense'", "number of outputs"}},
      {"28x28 > dense many", {"'dense many'", "'many'"}},
      {"28x28 > dense 0", {"'dense 0'", "from 1 up"}},
      {"28x28 > dense -5", {"'dense -5'"}},
      {"28x28 > dense 5.5", {"'5.5'"}},
      {"28x28 > dense 99999999999999999999999", {"'dense 99999999999999999999999'"}},
      {"28x28 > dense 50 nobais", {"'dense 50 nobais'", "'nobais'", "'nobias'"}},
      {"28x28 > dense 50 50", {"'dense 50 50'", "nobias"}},
      {"28x28 > relu 3", {"'relu 3'", "takes no options"}},
      {"28x28 > > dense 10", {"nothing between"}},
      {"28x28 > dense 10 >", {"nothing between"}},
      {"", {"''", "28x28"}},
      {"dense 10", {"'dense 10'", "784, 28x28 or 3x32x32"}},
      {"28x0 > dense 10", {"'28x0'", "zero"}},
      {"1x2x3x4 > dense 10", {"'1x2x3x4'"}},
      {"28 x 28 > dense 10", {"'28 x 28'"}},
      {"28x28", {"no layers", "28x28 > dense 10"}}};
  for (const auto& mistake : mistakes) {
    const Error error = error_of([&] { parse_model(mistake.text); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << mistake.text;
    EXPECT_TRUE(mentions(error, mistake.mentioned)) << mistake.text;
  }
}

TEST(ModelText, TooLargeModelsAreErrors) {
  const std::string large = std::to_string(std::uint64_t{1} << 31);
  const std::string huge = std::to_string(std::uint64_t{1} << 63);
  for (const auto& text :
       {"784 > dense 3000000", "16777216 > dense 128", "10 > dense 40000 > dense 40000 > dense 40000"})
    EXPECT_TRUE(mentions(error_of([&] { parse_model(text); }), {"layer", "2^31"})) << text;
  for (const std::string& text :
       {"1 > dense " + large, "1 > dense " + huge, std::string("784 > dense 18446744073709551615")})
    EXPECT_TRUE(mentions(error_of([&] { parse_model(text); }), {"2^31"})) << text;
  EXPECT_NO_THROW(parse_model("784 > dense 2000000"));
}

TEST(InferShapes, GivesTheOutputOfEveryLayer) {
  const auto shapes = infer_shapes(parse_model("3x32x32 > relu > dense 50 > sigmoid > dense 26"));
  const std::vector<Shape> expected = {{3, 32, 32}, {1, 1, 50}, {1, 1, 50}, {1, 1, 26}};
  EXPECT_EQ(shapes, expected);
}

TEST(InferShapes, KnowsWindows) {
  const auto shapes =
      infer_shapes(parse_model("28x28 > conv 6 5x5 pad 2 > maxpool 2 > conv 16 5x5 stride 2 > avgpool 2 "
                               "stride 1 > globalavgpool > flatten"));
  const std::vector<Shape> expected = {{6, 28, 28}, {6, 14, 14}, {16, 5, 5},
                                       {16, 4, 4},  {1, 1, 16},  {1, 1, 16}};
  EXPECT_EQ(shapes, expected);
}

// Specs that a program builds have not been through the text form, which checks sizes too.
TEST(InferShapes, ChecksSpecsThatProgramsBuild) {
  EXPECT_TRUE(mentions(error_of([] {
                         infer_shapes({{1, 0, 28}, {Dense{10}}});
                       }),
                       {"layer 0 (dense 10)", "input is empty"}));
  EXPECT_TRUE(mentions(error_of([] {
                         infer_shapes({{1, 1, 5}, {Dense{10}, Relu{}, Dense{0}}});
                       }),
                       {"layer 2 (dense 0)", "no outputs"}));
  EXPECT_TRUE(mentions(error_of([] { infer_shapes({{1, 1, 5}, {}}); }), {"no layers"}));
  EXPECT_TRUE(mentions(error_of([] {
                         infer_shapes({{1, 5, 5}, {Conv2d{.outputs = 1, .stride = 0}}});
                       }),
                       {"layer 0", "stride must be 1 or more"}));
  constexpr std::size_t most = ~std::size_t{0};
  for (const LayerSpec& layer :
       {LayerSpec(
            Conv2d{.outputs = 1, .kernel_height = most / 2, .kernel_width = 3, .padding = most / 2 - 1}),
        LayerSpec(Conv2d{.outputs = most}), LayerSpec(MaxPool{.size = most, .padding = most / 2}),
        LayerSpec(Conv2d{
            .outputs = 1, .kernel_height = 1U << 30, .kernel_width = 1U << 30, .padding = (1U << 30) - 1}),
        LayerSpec(Dropout{.rate = 1})})
    EXPECT_TRUE(mentions(error_of([&] {
                           infer_shapes({{1, 5, 5}, {layer}});
                         }),
                         {"layer 0"}))
        << to_string(layer);
}

TEST(InferShapes, NoProductOverflows) {
  constexpr std::size_t half = std::size_t{1} << 63;
  constexpr std::size_t root = std::size_t{1} << 32;
  for (const Shape& input : {Shape{1, 1, half}, Shape{2, root, root / 2}, Shape{root, root, 1},
                             Shape{root - 1, root - 1, root - 1}})
    for (const LayerSpec& layer : {LayerSpec(Dense{2}), LayerSpec(Relu{})})
      EXPECT_TRUE(mentions(error_of([&] { infer_shapes({input, {layer}}); }), {"2^31"})) << to_string(input);
}

}  // namespace
}  // namespace scrawl::model_spec_test
