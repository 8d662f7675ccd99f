#include "recognize/read_page.h"

#include "image/cleaning.h"
#include "image/ink.h"
#include "image/resample.h"
#include "page/sheet.h"
#include "page/skew.h"
#include "recognize/best_path.h"
#include "recognize/judge.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t most_working_pixels = 4'000'000;

// A page is read in another way where less than the first share of what it could give was read, and the other
// way gives at least the second share and so much more.
constexpr double good_share = 0.6;
constexpr double very_good_share = 0.9;
constexpr double least_score = 2.5;
constexpr double least_gain = 1.5;
constexpr double promising_gain = 1.2;

/// Strokes and rings are 1 and 0 in any way to read a picture.
double weight_of(const NamedCandidate& digit) { return digit.value == "1" || digit.value == "0" ? 0.3 : 1; }

/// What a digit says about the way to read a picture: in a wrong way few are sure.
double worth(const NamedCandidate& digit) {
  constexpr double unsure = 0.8;
  return weight_of(digit) * std::max(0.0, (static_cast<double>(digit.confidence) - unsure) / (1 - unsure));
}

/// Names the candidates of a page and judges its lines.
PageReading named_page(const Recognizer& recognizer, Page page) {
  PageReading result{.page = std::move(page)};
  const Page& taken = result.page;
  const auto& names = recognizer.model().classes();
  std::vector<std::uint8_t> images;
  images.reserve(taken.candidates.size() * mnist_side * mnist_side);
  for (const Candidate& candidate : taken.candidates)
    images.insert(images.end(), candidate.image.begin(), candidate.image.end());
  result.probabilities.resize(taken.candidates.size() * recognizer.classes());
  recognizer.classify(images, result.probabilities);
  const CandidateScores scores{result.probabilities, recognizer.classes(), find_no_digit(names)};
  std::size_t first = 0;
  for (std::size_t number = 0; number < taken.lines.size(); ++number) {
    std::size_t end = first;
    while (end < taken.candidates.size() && taken.candidates[end].line == number) ++end;
    std::vector<NamedCandidate> line;
    for (const PathStep& step : best_path(taken, number, first, end, scores)) {
      const Candidate& candidate = taken.candidates[step.candidate];
      const auto probability = scores.row(step.candidate);
      const std::size_t digit = scores.best_digit(step.candidate);
      line.push_back({.candidate = step.candidate,
                      .value = step.is_digit ? names[digit] : no_digit,
                      .confidence = step.is_digit ? probability[digit]
                                    : scores.none ? probability[*scores.none]
                                                  : 0,
                      .box = candidate.box,
                      .level = candidate.level});
    }
    result.named.push_back(std::move(line));
    first = end;
  }
  judge(result.named, taken);
  for (const auto& line : result.named)
    for (const auto& mark : line) {
      result.score += mark.accepted ? worth(mark) : -0.1;
      result.best_score += mark.accepted ? weight_of(mark) : 1;
    }
  return result;
}

/// The image turned clockwise by a quarter.
MnistImage quarter_turned(const MnistImage& image) {
  MnistImage result{};
  for (std::size_t y = 0; y < mnist_side; ++y)
    for (std::size_t x = 0; x < mnist_side; ++x)
      result[x * mnist_side + mnist_side - 1 - y] = image[y * mnist_side + x];
  return result;
}

/// By how many quarters the page may have to be turned, the likeliest first: those in which its marks, taken
/// by themselves, look clearly more like digits than upright. Much cheaper than to read the page four times.
std::vector<int> promising_quarters(const Recognizer& recognizer, const PageReading& reading) {
  constexpr std::size_t most_marks = 100;
  constexpr int quarters = 4;
  const auto none = find_no_digit(recognizer.model().classes());
  std::vector<std::uint8_t> images;
  std::size_t count = 0;
  for (const Candidate& candidate : reading.page.candidates) {
    const auto& pieces = reading.page.lines[candidate.line].pieces;
    const bool is_whole =
        pieces[candidate.first].mark == pieces[candidate.end - 1].mark &&
        (candidate.first == 0 || pieces[candidate.first - 1].mark != pieces[candidate.first].mark) &&
        (candidate.end == pieces.size() || pieces[candidate.end].mark != pieces[candidate.first].mark);
    if (!is_whole || count == most_marks) continue;
    ++count;
    MnistImage image = candidate.image;
    for (int quarter = 0; quarter < quarters; ++quarter, image = quarter_turned(image))
      images.insert(images.end(), image.begin(), image.end());
  }
  std::vector<float> probabilities(count * quarters * recognizer.classes());
  recognizer.classify(images, probabilities);
  const CandidateScores scores{probabilities, recognizer.classes(), none};
  std::array<double, quarters> worths{};
  for (std::size_t i = 0; i < count * quarters; ++i) {
    const std::size_t digit = scores.best_digit(i);
    worths[i % quarters] +=
        worth({.value = recognizer.model().classes()[digit], .confidence = scores.row(i)[digit]});
  }
  std::vector<int> promising;
  for (int quarter = 1; quarter < quarters; ++quarter)
    if (worths[static_cast<std::size_t>(quarter)] > promising_gain * worths[0]) promising.push_back(quarter);
  std::stable_sort(promising.begin(), promising.end(), [&](int a, int b) {
    return worths[static_cast<std::size_t>(a)] > worths[static_cast<std::size_t>(b)];
  });
  return promising;
}

}  // namespace

std::size_t PageReading::digits() const {
  std::size_t count = 0;
  for (const auto& line : named)
    count += static_cast<std::size_t>(
        std::count_if(line.begin(), line.end(), [](const auto& mark) { return mark.accepted; }));
  return count;
}

PageReading read_page(const Recognizer& recognizer, const GreyView& picture) {
  const std::size_t factor = factor_to(picture.width * picture.height, most_working_pixels);
  const GreyImage working = reduced(picture, factor);
  const Sheet sheet = find_sheet(working);
  // Paper that lies on something dark has dark ink.
  bool is_bright = sheet.empty() && has_bright_ink(working);
  PageInk ink = find_page_ink(working, is_bright, sheet);
  const auto read_in = [&](const Pose& pose) {
    const bool is_turned = pose.quarters != 0 || pose.skew != 0;
    PageReading reading = named_page(recognizer, take_apart(is_turned ? turned(ink, pose) : ink));
    reading.pose = pose;
    return reading;
  };
  const auto skew_of_ink = [&] { return ink.level > 0 ? find_skew(ink.mask) : 0; };
  PageReading best = read_in({.factor = factor, .skew = skew_of_ink()});
  const auto is_better = [&](const PageReading& other) {
    return other.score >= least_score && other.score >= very_good_share * other.best_score &&
           other.score > least_gain * best.score + 1;
  };
  const auto is_good = [&] { return best.score > 0 && best.score >= good_share * best.best_score; };
  if (!is_good() && sheet.empty()) {
    is_bright = !is_bright;
    PageInk first = std::exchange(ink, find_page_ink(working, is_bright, sheet));
    PageReading other = read_in({.factor = factor, .skew = skew_of_ink()});
    if (is_better(other))
      best = std::move(other);
    else
      ink = std::move(first);
  }
  if (!is_good())
    for (const int quarters : promising_quarters(recognizer, best)) {
      PageReading other = read_in({.factor = factor, .quarters = quarters, .skew = best.pose.skew});
      if (is_better(other)) best = std::move(other);
    }
  return best;
}

}  // namespace scrawl
