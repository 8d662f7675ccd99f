#pragma once

#include "scrawl/recognizer.h"

#include "page/page.h"
#include "page/pose.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scrawl {

/// A candidate on the best path through its line, and what the model says of it.
struct NamedCandidate {
  std::size_t candidate = 0;  ///< in Page::candidates
  std::string value = {};     ///< a digit's, or no_digit
  float confidence = 0;
  Box box = {};           ///< in the page's pixels
  double level = 0;       ///< the strength of its ink
  bool accepted = false;  ///< a digit, in a part of a line that is not refused
};

/// A picture that was read as a page, and all that led to it.
struct PageReading {
  Pose pose = {};
  Page page = {};
  std::vector<float> probabilities = {};                ///< a row for each of Page::candidates
  std::vector<std::vector<NamedCandidate>> named = {};  ///< by line of the page
  double score = 0;       ///< how much was read: of two ways to read a picture, the better has more
  double best_score = 0;  ///< if all marks were sure digits

  std::size_t digits() const;  ///< number of accepted ones
};

/// Finds out how the page lies in the picture and whether its ink is bright, and reads it.
PageReading read_page(const Recognizer& recognizer, const GreyView& picture);

}  // namespace scrawl
