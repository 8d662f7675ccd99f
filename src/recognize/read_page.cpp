#include "recognize/read_page.h"

#include "image/cleaning.h"
#include "image/ink.h"
#include "image/resample.h"
#include "page/sheet.h"
#include "page/skew.h"
#include "recognize/best_path.h"
#include "recognize/judge.h"

#include <algorithm>
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
    for (const int quarters : {1, 3, 2}) {
      PageReading other = read_in({.factor = factor, .quarters = quarters, .skew = best.pose.skew});
      if (is_better(other)) best = std::move(other);
    }
  return best;
}

}  // namespace scrawl
