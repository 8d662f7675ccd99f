#include "scrawl/dataset.h"
#include "scrawl/error.h"
#include "scrawl/layer.h"
#include "scrawl/model.h"
#include "scrawl/random.h"
#include "scrawl/recognizer.h"

#include "nn/allocation_counter.h"
#include "predict/plain.h"
#include "recognize/mnist_testing.h"
#include "testing.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <thread>

namespace scrawl::classify_test {
namespace {

using test::error_of;
using test::mentions;

constexpr std::size_t pixels = 784;

Model model_of(const std::string& text, Preprocessing preprocessing = {}, const LossSpec& loss = {},
               const std::vector<CustomLayer>& custom = {}) {
  Network network(parse_model(text, custom));
  network.initialise({.kind = Initialiser::Kind::he}, 1);
  const RandomKey key{.seed = 2};
  std::uint32_t index = 0;
  for (const auto& info : network.parameter_infos())  // biases too
    if (info.kind == ParameterKind::bias)
      for (auto& value : network.parameters().subspan(info.offset, info.size()))
        value = random_uniform(key, index++) - 0.5F;
  for (auto& value : network.state())  // means and variances
    value = 0.5F + random_uniform(key, index++);
  const std::size_t classes = network.outputs();
  return {std::move(network),
          {.preprocessing = std::move(preprocessing), .loss = loss, .classes = numbered_classes(classes)}};
}

/// Images with about as much ink as digits have; the first has none, the second is full of it.
std::vector<std::uint8_t> images_of(std::size_t count) {
  std::vector<std::uint8_t> images(count * pixels);
  const RandomKey key{.seed = 1};
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto index = static_cast<std::uint32_t>(i);
    const bool ink = random_uniform(key, 2 * index) < 0.2F;
    if (ink) images[i] = static_cast<std::uint8_t>(1 + random_below(key, 2 * index + 1, 255));
  }
  if (count > 0) std::fill_n(images.begin(), pixels, std::uint8_t{0});
  if (count > 1) std::fill_n(images.begin() + pixels, pixels, std::uint8_t{255});
  return images;
}

std::vector<float> classified(const Recognizer& recognizer, std::span<const std::uint8_t> images) {
  std::vector<float> probabilities(images.size() / pixels * recognizer.classes());
  recognizer.classify(images, probabilities);
  return probabilities;
}

/// The largest difference; NaN and infinity count.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double most = a.size() == b.size() ? 0 : std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double d = std::abs(double{a[i]} - b[i]);
    most = d > most || std::isnan(d) ? d : most;
  }
  return most;
}

/// A mean and a deviation for each pixel.
Preprocessing standardising() {
  Preprocessing preprocessing{.mean = std::vector<float>(pixels), .deviation = std::vector<float>(pixels)};
  for (std::size_t p = 0; p < pixels; ++p) {
    preprocessing.mean[p] = static_cast<float>(p % 7) / 10;
    preprocessing.deviation[p] = 0.5F + static_cast<float>(p % 5);
  }
  return preprocessing;
}

TEST(Classify, GivesTheProbabilitiesOfTheNetwork) {
  const Preprocessing per_pixel = standardising();
  Preprocessing whitened = per_pixel;
  whitened.whitening.resize(pixels * pixels);
  for (std::size_t i = 0; i < pixels; ++i)
    for (std::size_t k = 0; k < 3; ++k) whitened.whitening[i * pixels + (i * (k + 1)) % pixels] += 0.5F;
  const std::vector<Preprocessing> all = {{},
                                          {.divisor = 256},
                                          {.factor = 0.99F, .offset = 0.01F},
                                          {.mean = {0.1307F}, .deviation = {0.3081F}},
                                          per_pixel,
                                          whitened};
  const auto images = images_of(37);
  for (const auto& preprocessing : all)
    for (const char* text :
         {"28x28 > dense 50 > sigmoid > dense 100 > sigmoid > dense 10",
          "784 > dense 256 > relu > dense 256 > relu > dense 10", "784 > dense 10",
          "784 > dense 7 > tanh > dense 3", "28x28 > dense 300 nobias > tanh > dense 17 > dense 26",
          "784 > dense 16 > relu > dense 16 > relu > dense 2",
          "784 > dense 20 > sigmoid > dense 10 > sigmoid"})
      for (const LossSpec& loss : {LossSpec(), LossSpec(SquaredError{.low = 0.01F, .high = 0.99F})}) {
        const Model model = model_of(text, preprocessing, loss);
        EXPECT_LT(difference(classified(Recognizer(model), images), test::plain_probabilities(model, images)),
                  2e-6)
            << text << ", " << to_string(preprocessing);
      }
}

/// LeNet-5, and what else may come before the dense layers.
const char* const pictures_of[] = {
    "28x28 > conv 6 5x5 pad 2 > relu > maxpool 2 > conv 16 5x5 > relu > maxpool 2 > dense 120 > relu > dense "
    "84 > relu > dense 10",
    "28x28 > conv 17 3x3 stride 2 pad 1 > tanh > avgpool 2 > conv 5 2x4 nobias > flatten > dense 10",
    "28x28 > conv 3 28x28 > sigmoid",
    "28x28 > maxpool 3 stride 2 pad 1 > relu > conv 4 3x3 pad 2 > maxpool 3 stride 1 > relu > dense 26",
    "28x28 > sigmoid > conv 8 5x5 stride 3 > maxpool 2 > tanh > avgpool 3 stride 2 pad 1 > dense 300 > relu "
    "> dense 20",
    "28x28 > conv 32 3x3 stride 2 pad 1 > relu > conv 12 3x3 > relu > relu > globalavgpool",
    "784 > conv 3 1x5 > relu > maxpool 1 stride 7 > dense 10",
    "28x28 > conv 16 3x3 stride 2 nobias > batchnorm > leaky-relu > conv 24 3x3 pad 1 > batchnorm > silu > "
    "avgpool 2 "
    "> "
    "dropout 0.5 > dense 30 > batchnorm > silu > dropout 0.2 > dense 10 > leaky-relu 0.2",
    "28x28 > conv 8 5x5 > maxpool 2 > batchnorm > relu > conv 16 3x3 > relu > batchnorm > dense 10",
};

TEST(Classify, GivesTheProbabilitiesOfAConvolutionalNetwork) {
  const Preprocessing per_pixel = standardising();
  Preprocessing whitened = per_pixel;
  whitened.whitening.resize(pixels * pixels);
  for (std::size_t i = 0; i < pixels; ++i) whitened.whitening[i * pixels + (i * 3) % pixels] = 0.5F;
  const std::vector<Preprocessing> all = {{},
                                          {.factor = 0.99F, .offset = 0.01F},
                                          {.mean = {0.1307F}, .deviation = {0.3081F}},
                                          per_pixel,
                                          whitened};
  const auto images = images_of(37);
  for (const char* text : pictures_of)
    for (const auto& preprocessing : all) {
      const Model model = model_of(text, preprocessing);
      EXPECT_LT(difference(classified(Recognizer(model), images), test::plain_probabilities(model, images)),
                2e-6)
          << text << ", " << to_string(preprocessing);
    }
}

TEST(Classify, AnswersAsEveryOtherWayToAskTheModel) {
  const auto images = images_of(137);
  for (const char* text : {pictures_of[0], pictures_of[7], "784 > dense 50 > relu > dense 10"}) {
    const Model model = model_of(text, standardising());
    EXPECT_EQ(classified(Recognizer(model), images), predict_probabilities(model, images)) << text;
  }
}

TEST(Classify, APictureHasTheSameBitsForAnyNumberAtATimeOnEachTarget) {
  const auto images = images_of(40);
  for (const char* text : pictures_of) {
    const Model model = model_of(text, {.factor = 0.99F, .offset = 0.01F});
    const std::size_t classes = model.outputs();
    const auto expected = classified(Recognizer(model, Target::scalar), images);
    for (const Target target : supported_targets()) {
      const Recognizer recognizer(model, target);
      for (std::size_t count = 1; count <= 40; count += target == Target::scalar ? 13 : 1) {
        const std::size_t first = 40 - count;
        const auto found = classified(recognizer, std::span(images).subspan(first * pixels));
        ASSERT_TRUE(std::equal(found.begin(), found.end(),
                               expected.begin() + static_cast<std::ptrdiff_t>(first * classes)))
            << text << ", " << to_string(target) << ", " << count << " at a time";
      }
      for (const std::size_t threads : {2, 3}) {
        ThreadPool pool(threads);
        std::vector<float> found(expected.size());
        recognizer.classify(images, found, pool);
        ASSERT_EQ(found, expected) << text << ", " << to_string(target) << ", " << threads << " threads";
      }
    }
  }
}

TEST(Classify, AnImageHasTheSameBitsWhateverStandsBesideItOnEachTarget) {
  const auto images = images_of(101);
  for (const char* text : {"784 > dense 50 > sigmoid > dense 100 > sigmoid > dense 10",
                           "784 > dense 300 > relu > dense 200 > relu > dense 10 > tanh"}) {
    const Model model = model_of(text, {.factor = 0.99F, .offset = 0.01F});
    const auto expected = classified(Recognizer(model, Target::scalar), images);
    for (const Target target : supported_targets()) {
      const Recognizer recognizer(model, target);
      for (const std::size_t batch : {1, 2, 3, 31, 32, 33, 101}) {
        for (std::size_t first = 0; first < 101; first += batch) {
          const std::size_t count = std::min<std::size_t>(batch, 101 - first);
          const auto found =
              classified(recognizer, std::span(images).subspan(first * pixels, count * pixels));
          ASSERT_TRUE(
              std::equal(found.begin(), found.end(),
                         expected.begin() + static_cast<std::ptrdiff_t>(first * recognizer.classes())))
              << to_string(target) << ", " << batch << " at a time, from " << first;
        }
      }
    }
  }
}

TEST(Classify, ThreadsChangeNothing) {
  const auto images = images_of(101);
  const Recognizer recognizer;
  const auto expected = classified(recognizer, images);
  for (const std::size_t threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (const std::size_t count : {0, 1, 2, 101}) {
      std::vector<float> found(count * recognizer.classes());
      recognizer.classify(std::span(images).first(count * pixels), found, pool);
      ASSERT_TRUE(std::equal(found.begin(), found.end(), expected.begin())) << threads << ' ' << count;
    }
  }
}

void share(const Recognizer& recognizer) {
  const auto images = images_of(40);
  const auto expected = classified(recognizer, images);
  std::vector<std::vector<float>> found(4);
  {
    std::vector<std::jthread> threads;
    threads.reserve(found.size());
    for (auto& mine : found)
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) mine = classified(recognizer, images);
      });
  }
  for (const auto& mine : found) EXPECT_EQ(mine, expected);
}

TEST(Classify, SeveralThreadsShareARecognizer) {
  share(Recognizer());
  share(Recognizer(model_of(pictures_of[0])));
}

TEST(Classify, AllocatesNothing) {
  const auto images = images_of(70);
  for (const LossSpec& loss : {LossSpec(), LossSpec(SquaredError())})
    for (const char* text : {"784 > dense 50 > sigmoid > dense 10", "784 > dense 256 > relu > dense 26"}) {
      const Recognizer recognizer(model_of(text, {}, loss));
      ThreadPool pool(2);
      std::vector<float> probabilities(70 * recognizer.classes());
      const std::size_t before = test::allocations();
      recognizer.classify(std::span(images).first(pixels),
                          std::span(probabilities).first(recognizer.classes()));
      recognizer.classify(images, probabilities);
      recognizer.classify(images, probabilities, pool);
      EXPECT_EQ(test::allocations() - before, 0U) << text;
    }
}

/// Members of other layers, preprocessing and losses.
Model ensemble(const std::vector<std::string>& texts) {
  std::vector<Model> models;
  for (const auto& text : texts) {
    const bool odd = models.size() % 2 == 1;
    models.push_back(model_of(text, {.factor = 0.99F, .offset = odd ? 0.01F : 0.0F},
                              odd ? LossSpec(SquaredError{.low = 0, .high = 1}) : LossSpec()));
  }
  return join_models(std::move(models));
}

const std::vector<std::string> three_texts = {"28x28 > dense 50 > sigmoid > dense 26",
                                              "784 > dense 60 > relu > dense 20 > tanh > dense 26",
                                              "28x28 > dense 26"};

TEST(Classify, AnEnsembleGivesTheMeanOfItsMembers) {
  const Model model = ensemble(three_texts);
  const std::size_t count = 333;  // more than one block
  const auto images = images_of(count);
  std::vector<std::vector<float>> each;
  for (std::size_t k = 0; k < 3; ++k) each.push_back(classified(Recognizer(take_member(model, k)), images));
  std::vector<float> mean(each[0].size());
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = ((each[0][i] + each[1][i]) + each[2][i]) / 3.0F;
  ASSERT_GT(difference(each[0], mean), 0.01);
  const Recognizer recognizer(model);
  EXPECT_EQ(classified(recognizer, images), mean);
  EXPECT_LT(difference(test::plain_probabilities(model, images), mean), 2e-6);
  for (const Target target : supported_targets())
    for (const std::size_t batch : {1, 2, 31, 158, 333}) {
      const Recognizer other(model, target);
      for (std::size_t first = 0; first < count; first += batch) {
        const std::size_t rows = std::min(batch, count - first);
        const auto found = classified(other, std::span(images).subspan(first * pixels, rows * pixels));
        ASSERT_TRUE(
            std::equal(found.begin(), found.end(), mean.begin() + static_cast<std::ptrdiff_t>(first * 26)))
            << to_string(target) << ", " << batch << " at a time, from " << first;
      }
    }
  for (const std::size_t threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    std::vector<float> found(mean.size());
    recognizer.classify(images, found, pool);
    EXPECT_EQ(found, mean) << threads;
  }
}

TEST(Classify, AnEnsembleAllocatesNothing) {
  const Recognizer recognizer(ensemble(three_texts));
  const auto images = images_of(200);
  ThreadPool pool(2);
  std::vector<float> probabilities(200 * recognizer.classes());
  const std::size_t before = test::allocations();
  recognizer.classify(std::span(images).first(pixels), std::span(probabilities).first(recognizer.classes()));
  recognizer.classify(images, probabilities);
  recognizer.classify(images, probabilities, pool);
  EXPECT_EQ(test::allocations() - before, 0U);
}

TEST(Classify, AnEnsembleMayMixMembersOfBothWays) {
  const auto images = images_of(5);
  const Model slow = ensemble({"784 > dense 10", "784 > sigmoid > dense 10"});
  EXPECT_LT(difference(classified(Recognizer(slow), images), test::plain_probabilities(slow, images)), 2e-6);
  const Model wide = ensemble({"784 > dense 5000", "784 > dense 5000"});
  EXPECT_LT(difference(classified(Recognizer(wide), images), test::plain_probabilities(wide, images)), 2e-6);
  Model mixed = ensemble({"784 > dense 10", "784 > dense 10"});
  mixed.members[1].info.classes[0] = "cat";
  EXPECT_TRUE(mentions(error_of([&] { const Recognizer recognizer(mixed); }), {"member 2", "cat"}));
}

TEST(Classify, AllocatesForPicturesWhereMoreThreadsCallItThanBeforeAlone) {
  const auto images = images_of(70);
  for (const char* text : pictures_of) {
    const Recognizer recognizer(model_of(text));
    ThreadPool pool(3);
    std::vector<float> probabilities(70 * recognizer.classes());
    const std::size_t before = test::allocations();
    recognizer.classify(std::span(images).first(pixels),
                        std::span(probabilities).first(recognizer.classes()));
    recognizer.classify(images, probabilities);
    EXPECT_EQ(test::allocations() - before, 0U) << text;
    for (int i = 0; i < 100; ++i) recognizer.classify(images, probabilities, pool);
    const std::size_t a_workspace = 12;
    EXPECT_LE(test::allocations() - before, 2 * a_workspace) << text;
  }
}

TEST(Classify, ACopyOfAReaderOfPicturesHasMemoryOfItsOwn) {
  const auto images = images_of(3);
  Recognizer recognizer(model_of(pictures_of[0]));
  const auto expected = classified(recognizer, images);
  const Recognizer copy(recognizer);
  EXPECT_EQ(classified(copy, images), expected);
  const Recognizer moved(std::move(recognizer));
  EXPECT_EQ(classified(moved, images), expected);
  EXPECT_EQ(classified(copy, images), expected);
}

TEST(Classify, SizesThatDoNotFitAreRefused) {
  const Recognizer recognizer(model_of("784 > dense 10"));
  const auto images = images_of(2);
  std::vector<float> probabilities(20);
  ThreadPool pool(1);
  const auto cut = error_of([&] { recognizer.classify(std::span(images).first(785), probabilities); });
  EXPECT_EQ(cut.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(cut, {"785", "784"}));
  const auto room = error_of([&] { recognizer.classify(images, std::span(probabilities).first(19), pool); });
  EXPECT_EQ(room.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(room, {"19", "20", "2 images", "10 classes"}));
  recognizer.classify({}, {});
}

/// y = 2 x.
template <class T>
class Twice final : public Layer<T> {
 public:
  explicit Twice(const Shape& input) : shape_(input) {}
  Shape output_shape() const override { return shape_; }
  void forward(const Forward<T>& pass) const override {
    for (std::size_t r = 0; r < pass.input.rows(); ++r)
      for (std::size_t i = 0; i < shape_.size(); ++i) pass.output(r, i) = 2 * pass.input(r, i);
  }
  void backward(const Backward<T>&) const override {}

 private:
  Shape shape_;
};

TEST(Classify, OtherModelsTakeTheSlowWay) {
  const auto images = images_of(5);
  const std::vector<CustomLayer> custom = {custom_layer<Twice>("twice")};
  for (const char* text : {"784 > dense 20 > twice > dense 10", "784 > dense 40000 > relu > dense 2",
                           "28x28 > conv 3 5x5 > twice > maxpool 2 > dense 10",
                           "28x28 > dense 36 > conv 4 1x3 > dense 10", "784 > batchnorm > dense 10"}) {
    const Model model = model_of(text, {.offset = 0.01F}, {}, custom);
    EXPECT_EQ(classified(Recognizer(model), images), test::plain_probabilities(model, images)) << text;
  }
  Model infinite = model_of("784 > dense 10");
  infinite.only().network.parameters()[5] = std::numeric_limits<float>::infinity();
  EXPECT_NO_THROW(classified(Recognizer(infinite), images));
  infinite = model_of("28x28 > conv 3 5x5 > dense 10");
  infinite.only().network.parameters()[5] = std::numeric_limits<float>::infinity();
  EXPECT_NO_THROW(classified(Recognizer(infinite), images));
}

TEST(Classify, ACopyReadsAsItsOriginal) {
  const auto images = images_of(3);
  Recognizer recognizer(model_of("784 > dense 20 > relu > dense 10"));
  const auto expected = classified(recognizer, images);
  Recognizer copy(recognizer);
  EXPECT_EQ(classified(copy, images), expected);
  Recognizer other;
  other = copy;
  EXPECT_EQ(classified(other, images), expected);
  other = Recognizer();
  EXPECT_NE(classified(other, images), expected);
  const Recognizer moved(std::move(copy));
  EXPECT_EQ(classified(moved, images), expected);
}

std::size_t best(std::span<const float> probabilities) {
  return static_cast<std::size_t>(std::max_element(probabilities.begin(), probabilities.end()) -
                                  probabilities.begin());
}

/// How many of MNIST's test images are read as labelled; every one as Network::predict reads it.
std::size_t right_of_mnist(const Model& model, const Dataset& data) {
  const auto found = classified(Recognizer(model), data.images);
  const auto expected = test::plain_probabilities(model, data.images);
  EXPECT_LT(difference(found, expected), 1e-5);  // Winograd's way rounds, the plan does not use it
  std::size_t right = 0;
  const std::size_t classes = model.outputs();
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::size_t digit = best(std::span(found).subspan(classes * i, classes));
    EXPECT_EQ(digit, best(std::span(expected).subspan(classes * i, classes))) << i;
    right += digit == data.labels[i];
  }
  return right;
}

class ClassifyMnist : public test::WithMnist {};

TEST_F(ClassifyMnist, ReadsEachImageAsTheNetworkDoes) {
  EXPECT_GT(right_of_mnist(default_model(), data), 9950U);
}

}  // namespace
}  // namespace scrawl::classify_test
