#include "scrawl/recognizer.h"

#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "base/text.h"
#include "image/decode.h"
#include "image/find_digit.h"
#include "predict/plan.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t most_alternatives = 4;
constexpr float least_confidence = 0.001F;

void check_model(const Model& model) {
  const Shape& input = model.input();
  const bool is_square = input.height == mnist_side && input.width == mnist_side;
  const bool is_flat = input.height == 1 || input.width == 1;
  if (input.channels != 1 || input.size() != mnist_side * mnist_side || !(is_square || is_flat))
    throw Error(ErrorCode::invalid_argument,
                "the model reads images of " + to_string(input) +
                    "; to read digits from pictures it must read grey images of 28x28: train one with the "
                    "input 28x28, or use the built-in model");
  if (model.classes().size() != model.outputs())
    throw Error(ErrorCode::invalid_argument,
                "the model has " + counted(model.outputs(), "output") + " and the names of " +
                    counted(model.classes().size(), "class") + "; give each output one");
}

void check_picture(const GreyView& picture) {
  constexpr DecodeLimits limits;
  if (picture.pixels == nullptr || picture.width == 0 || picture.height == 0)
    throw Error(ErrorCode::invalid_argument, "the picture has no pixels; give a view of at least one pixel");
  if (picture.stride < picture.width)
    throw Error(ErrorCode::invalid_argument, "the picture's rows are " + counted(picture.stride, "byte") +
                                                 " apart and " + counted(picture.width, "pixel") +
                                                 " long; the stride must be at least the width");
  if (picture.width > limits.most_side || picture.height > limits.most_side ||
      picture.width * picture.height > limits.most_pixels)
    throw Error(ErrorCode::invalid_argument,
                "the picture is " + std::to_string(picture.width) + "x" + std::to_string(picture.height) +
                    " pixels, more than the " + std::to_string(limits.most_pixels) + " pixels, or " +
                    std::to_string(limits.most_side) + " a side, that are read; make it smaller first");
}

/// The classes in descending order of probability; ties in order of classes.
std::vector<std::size_t> ranked(const std::vector<float>& probabilities) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return probabilities[a] > probabilities[b]; });
  return order;
}

Digit recognise(const Recognizer& recognizer, const FoundDigit& found) {
  const Model& model = recognizer.model();
  Digit digit{.box = found.box, .probabilities = std::vector<float>(recognizer.classes())};
  recognizer.classify(found.image, digit.probabilities);
  if (!std::all_of(digit.probabilities.begin(), digit.probabilities.end(),
                   [](float probability) { return std::isfinite(probability); }))
    throw Error(ErrorCode::bad_data,
                "the model's weights are so large that its outputs are NaN; train it again with a lower "
                "learning rate, or use the built-in model");
  const auto& classes = model.classes();
  const auto order = ranked(digit.probabilities);
  digit.value = classes[order[0]];
  digit.confidence = digit.probabilities[order[0]];
  for (std::size_t i = 1; i < order.size() && i <= most_alternatives; ++i)
    if (digit.probabilities[order[i]] >= least_confidence)
      digit.alternatives.push_back({classes[order[i]], digit.probabilities[order[i]]});
  digit.image = {
      .width = mnist_side, .height = mnist_side, .pixels = {found.image.begin(), found.image.end()}};
  return digit;
}

}  // namespace

float confidence_for_error(const Model& model, float error) {
  const auto& thresholds = model.origin().thresholds;
  if (thresholds.empty())
    throw Error(ErrorCode::invalid_argument,
                "nobody has measured how often the model is wrong at which confidence; do so with: scrawl "
                "calibrate MODEL --data DATA -o FILE");
  for (const auto& threshold : thresholds)  // from the largest error on
    if (threshold.error <= error) return threshold.confidence;
  throw Error(ErrorCode::invalid_argument, "the model was measured down to a share of errors of " +
                                               shortest(thresholds.back().error) + ", not " +
                                               shortest(error) + "; give a larger one");
}

Recognizer::Recognizer() : Recognizer(default_model()) {}

Recognizer::Recognizer(Model model, Target target) : model_(std::move(model)), target_(target) {
  check_model(model_);
  plan_ = std::make_unique<const Plan>(model_, target);
}

Recognizer::Recognizer(const Recognizer& other) : Recognizer(other.model_, other.target_) {}
Recognizer::Recognizer(Recognizer&&) noexcept = default;
Recognizer::~Recognizer() = default;

Recognizer& Recognizer::operator=(Recognizer other) noexcept {
  std::swap(model_, other.model_);
  std::swap(target_, other.target_);
  std::swap(plan_, other.plan_);
  return *this;
}

Reading Recognizer::read(const GreyView& picture, const ReadSettings& settings) const {
  check_picture(picture);
  Reading reading{.width = picture.width, .height = picture.height};
  const auto found = find_digit(picture);
  if (!found) return reading;
  Digit digit = recognise(*this, *found);
  if (digit.value == no_digit) {
    reading.refused.push_back(std::move(digit));
    return reading;
  }
  const bool is_sure = digit.confidence >= settings.least_confidence;
  Line line{.text = is_sure ? digit.value : std::string(1, unsure_digit), .confidence = digit.confidence};
  line.digits.push_back(std::move(digit));
  reading.lines.push_back(std::move(line));
  return reading;
}

Reading Recognizer::read_picture(std::span<const std::byte> bytes, const std::string& file,
                                 const ReadSettings& settings) const {
  DecodedPicture picture = decode_with_warnings(bytes, file);
  Reading reading = read(picture.image, settings);
  reading.warnings = std::move(picture.warnings);
  return reading;
}

Reading Recognizer::read_file(const std::filesystem::path& path, const ReadSettings& settings) const {
  return read_picture(scrawl::read_file(path), path.string(), settings);
}

void Recognizer::check_sizes(std::span<const std::uint8_t> images, std::span<float> probabilities) const {
  const std::size_t pixels = model_.inputs();
  if (images.size() % pixels != 0)
    throw Error(ErrorCode::invalid_argument, "expected images of " + counted(pixels, "byte") + " each, not " +
                                                 counted(images.size(), "byte") + " in all");
  const std::size_t count = images.size() / pixels;
  if (probabilities.size() != count * classes())
    throw Error(ErrorCode::invalid_argument,
                "there is room for " + counted(probabilities.size(), "probability") + "; " +
                    counted(count, "image") + " and " + counted(classes(), "class") + " need room for " +
                    std::to_string(count * classes()));
}

void Recognizer::classify(std::span<const std::uint8_t> images, std::span<float> probabilities) const {
  check_sizes(images, probabilities);
  plan_->predict(images, probabilities);
}

void Recognizer::classify(std::span<const std::uint8_t> images, std::span<float> probabilities,
                          ThreadPool& pool) const {
  check_sizes(images, probabilities);
  const std::size_t pixels = model_.inputs();
  pool.run_ranges(images.size() / pixels, 1, [&](std::size_t begin, std::size_t end) {
    plan_->predict(images.subspan(begin * pixels, (end - begin) * pixels),
                   probabilities.subspan(begin * classes(), (end - begin) * classes()));
  });
}

}  // namespace scrawl
