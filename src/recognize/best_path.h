#pragma once

#include "page/page.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace scrawl {

/// What a model says of the candidates of a page: a row of probabilities for each.
struct CandidateScores {
  std::span<const float> probabilities = {};
  std::size_t classes = 0;
  std::optional<std::size_t> none = std::nullopt;  ///< see find_no_digit

  std::span<const float> row(std::size_t candidate) const {
    return probabilities.subspan(candidate * classes, classes);
  }
  /// The most probable class of a candidate that is not `none`.
  std::size_t best_digit(std::size_t candidate) const;
};

/// A candidate on a path, or a mark that is no digit.
struct PathStep {
  std::size_t candidate = 0;  ///< in Page::candidates
  bool is_digit = false;
};

/// The best way to divide a line into digits (LeCun et al., "Gradient-based learning applied to document
/// recognition", 1998): each piece of ink counts the logarithm of how much likelier its candidate is a digit
/// than none, and a cut through ink has its price. A mark that is no digit is passed over as a whole. `first`
/// and `end` are those of the line's candidates in Page::candidates.
std::vector<PathStep> best_path(const Page& page, std::size_t line, std::size_t first, std::size_t end,
                                const CandidateScores& scores);

}  // namespace scrawl
