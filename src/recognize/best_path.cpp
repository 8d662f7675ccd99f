#include "recognize/best_path.h"

#include "base/portable_math.h"

#include <algorithm>
#include <limits>

namespace scrawl {
namespace {

constexpr double cut_price = 1.5;
constexpr float sure_whole = 0.8F;               // the probability of a digit
constexpr double least_digit_size = 0.45;        // of a digit, by the height of its line
constexpr double least_probability = 1e-6;       // of a digit,
constexpr double least_none_probability = 0.01;  // and of none: what a model says below is not more certain

struct Arrival {
  double score = -std::numeric_limits<double>::infinity();
  std::size_t before = 0;  ///< the piece at which the last step begins
  std::optional<std::size_t> candidate = std::nullopt;
  bool is_digit = false;
};

}  // namespace

std::size_t CandidateScores::best_digit(std::size_t candidate) const {
  const auto probability = row(candidate);
  std::size_t best = none == 0U ? 1 : 0;
  for (std::size_t k = 0; k < classes; ++k)
    if (k != none && probability[k] > probability[best]) best = k;
  return best;
}

std::vector<PathStep> best_path(const Page& page, std::size_t line, std::size_t first, std::size_t end,
                                const CandidateScores& scores) {
  const LineOfPieces& written = page.lines[line];
  const std::size_t count = written.pieces.size();
  std::vector<Arrival> arrivals(count + 1);
  arrivals[0].score = 0;
  const auto is_between_marks = [&](std::size_t i) {
    return i == 0 || i == count || written.pieces[i].mark != written.pieces[i - 1].mark;
  };
  // Few digits touch: a mark that is a digit as a whole is not divided.
  std::vector<bool> is_inside(count + 1);  // between two pieces of such a mark
  for (std::size_t c = first; c < end; ++c) {
    const Candidate& whole = page.candidates[c];
    const auto& pieces = written.pieces;
    if (whole.end - whole.first < 2 || pieces[whole.first].mark != pieces[whole.end - 1].mark ||
        !is_between_marks(whole.first) || !is_between_marks(whole.end))
      continue;
    const auto probability = scores.row(c);
    if (probability[scores.best_digit(c)] >= sure_whole)
      for (std::size_t i = whole.first + 1; i < whole.end; ++i) is_inside[i] = true;
  }
  const auto is_within_whole = [&](const Candidate& candidate) {
    return is_inside[candidate.first] || is_inside[candidate.end];
  };
  std::size_t next = first;
  for (std::size_t begin = 0; begin < count; ++begin) {
    const double so_far = arrivals[begin].score;
    const auto offer = [&](std::size_t stop, const Arrival& arrival) {
      if (arrival.score > arrivals[stop].score) arrivals[stop] = arrival;
    };
    std::size_t last = next;  // candidates from here to `last` begin at this piece
    while (last < end && page.candidates[last].first == begin) ++last;
    if (is_between_marks(begin)) {  // the whole mark is no digit
      std::size_t stop = begin + 1;
      while (!is_between_marks(stop)) ++stop;
      Arrival passed{.score = so_far, .before = begin};
      for (std::size_t c = next; c < last; ++c)
        if (page.candidates[c].end == stop) passed.candidate = c;
      offer(stop, passed);
    }
    for (std::size_t c = next; c < last; ++c) {
      const Candidate& candidate = page.candidates[c];
      if (is_within_whole(candidate)) continue;
      // A small 0 may be as wide as high; a comma is narrow.
      const auto size = static_cast<double>(std::max(candidate.box.width, candidate.box.height));
      if (size < least_digit_size * written.height) continue;
      const auto probability = scores.row(c);
      const double digit =
          std::max(static_cast<double>(probability[scores.best_digit(c)]), least_probability);
      const double none = std::max(scores.none ? static_cast<double>(probability[*scores.none]) : 0.0,
                                   least_none_probability);
      double score =
          so_far + portable_log(digit / none) * static_cast<double>(candidate.end - candidate.first);
      const int cuts = !is_between_marks(candidate.first) + !is_between_marks(candidate.end);
      score -= cuts * cut_price;
      offer(candidate.end, {.score = score, .before = begin, .candidate = c, .is_digit = true});
    }
    next = last;
  }
  std::vector<PathStep> path;
  for (std::size_t at = count; at > 0; at = arrivals[at].before)
    if (arrivals[at].candidate) path.push_back({*arrivals[at].candidate, arrivals[at].is_digit});
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace scrawl
