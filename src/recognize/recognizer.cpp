#include "scrawl/recognizer.h"

#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/files.h"
#include "base/text.h"
#include "image/decode.h"
#include "image/find_digit.h"
#include "predict/plan.h"
#include "recognize/read_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t largest_single = 36;  // a picture with no longer side has one digit
constexpr std::size_t most_parts = 4;       // marks of a page that may be one digit after all
constexpr float sure_single = 0.9F;         // where the page has several
constexpr double most_blots = 0.06;         // of a digit's ink
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

/// What a model says of an image of 28x28 whose ink lies in `box`.
Digit digit_of(const Model& model, const MnistImage& image, std::span<const float> probabilities,
               const Box& box) {
  Digit digit{.box = box, .probabilities = {probabilities.begin(), probabilities.end()}};
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
  digit.image = {.width = mnist_side, .height = mnist_side, .pixels = {image.begin(), image.end()}};
  return digit;
}

/// The one digit of a picture, if a mark is found.
std::optional<Digit> read_single(const Recognizer& recognizer, const GreyView& picture) {
  const auto found = find_digit(picture);
  if (!found) return std::nullopt;
  std::vector<float> probabilities(recognizer.classes());
  recognizer.classify(found->image, probabilities);
  Digit digit = digit_of(recognizer.model(), found->image, probabilities, found->box);
  if (found->blots > most_blots) {  // a drawing
    digit.value = no_digit;
    digit.confidence = static_cast<float>(found->blots);
  }
  return digit;
}

Box joined(const Box& a, const Box& b) {
  const std::size_t x = std::min(a.x, b.x);
  const std::size_t y = std::min(a.y, b.y);
  return {.x = x,
          .y = y,
          .width = std::max(a.x + a.width, b.x + b.width) - x,
          .height = std::max(a.y + a.height, b.y + b.height) - y};
}

void add_digit(Line& line, Digit digit, const ReadSettings& settings) {
  const bool is_first = line.digits.empty();
  line.text += digit.confidence >= settings.least_confidence ? digit.value : std::string(1, unsure_digit);
  line.confidence = is_first ? digit.confidence : line.confidence * digit.confidence;
  line.box = is_first ? digit.box : joined(line.box, digit.box);
  line.digits.push_back(std::move(digit));
}

void add_single(Reading& reading, Digit digit, const ReadSettings& settings) {
  if (digit.value == no_digit) {
    reading.refused.push_back(std::move(digit));
    return;
  }
  add_digit(reading.lines.emplace_back(), std::move(digit), settings);
}

void add_page(Reading& reading, const Recognizer& recognizer, const PageReading& read,
              const ReadSettings& settings) {
  const Page& page = read.page;
  reading.rotation = 90 * read.pose.quarters;
  const auto in_reading = [&](const Box& box) {
    return in_picture(box, read.pose, reading.width, reading.height);
  };
  for (const PageGrid& grid : page.grids)
    reading.grids.push_back({.box = in_reading(grid.box),
                             .cells = std::vector(grid.rows(), std::vector<std::string>(grid.columns()))});
  std::optional<std::array<std::size_t, 3>> last;  // table, row and line in the cells of the line before
  for (std::size_t number = 0; number < read.named.size(); ++number) {
    const LineOfPieces& place = page.lines[number];
    Line line;
    for (const NamedCandidate& mark : read.named[number]) {
      const std::span<const float> probabilities =
          std::span(read.probabilities).subspan(mark.candidate * recognizer.classes(), recognizer.classes());
      Digit digit = digit_of(recognizer.model(), page.candidates[mark.candidate].image, probabilities,
                             in_reading(mark.box));
      digit.value = mark.value;
      digit.confidence = mark.confidence;
      if (mark.accepted)
        add_digit(line, std::move(digit), settings);
      else
        reading.refused.push_back(std::move(digit));
    }
    if (line.digits.empty()) continue;
    if (place.grid) {
      reading.grids[*place.grid].cells[place.row][place.column] += line.text;
      const std::array here{*place.grid, place.row, place.line};
      if (std::exchange(last, here) == here) {
        for (Digit& digit : line.digits) add_digit(reading.lines.back(), std::move(digit), settings);
        continue;
      }
    } else {
      last.reset();
    }
    reading.lines.push_back(std::move(line));
  }
}

/// The share of `part` that lies in `whole`.
double share_within(const Box& part, const Box& whole) {
  const auto shared = [](std::size_t a0, std::size_t a1, std::size_t b0, std::size_t b1) {
    return std::min(a1, b1) > std::max(a0, b0) ? std::min(a1, b1) - std::max(a0, b0) : 0;
  };
  return static_cast<double>(shared(part.x, part.x + part.width, whole.x, whole.x + whole.width) *
                             shared(part.y, part.y + part.height, whole.y, whole.y + whole.height)) /
         static_cast<double>(part.width * part.height);
}

/// Whether a picture is rather the one digit, or the one mark that is none, than what was read as a page.
bool is_better_single(const Digit& single, const Reading& page) {
  constexpr double most = 0.5;
  std::size_t digits = 0;
  bool all_within = true;
  for (const Line& line : page.lines)
    for (const Digit& digit : line.digits) {
      ++digits;
      all_within = all_within && share_within(digit.box, single.box) > most;
    }
  if (digits == 0) return page.refused.size() <= most_parts;
  if (!all_within) return false;
  return digits == 1 || (single.value != no_digit && single.confidence >= sure_single);
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
  const bool is_small = std::max(picture.width, picture.height) <= largest_single;
  std::optional<Digit> single;
  if (settings.single || is_small) {
    if ((single = read_single(*this, picture))) add_single(reading, std::move(*single), settings);
    return reading;
  }
  const PageReading page = read_page(*this, picture);
  Reading as_page = reading;
  add_page(as_page, *this, page, settings);
  if (page.digits() > most_parts) return as_page;
  // What a page shows as few digits or none may be one, put together of parts.
  single = read_single(*this, picture);
  if (!single || !is_better_single(*single, as_page)) return as_page;
  add_single(reading, std::move(*single), settings);
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
