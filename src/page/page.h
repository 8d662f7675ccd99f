#pragma once

#include "scrawl/arrays.h"

#include "image/components.h"
#include "image/mnist_form.h"
#include "page/grid.h"
#include "page/page_ink.h"
#include "page/rules.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace scrawl {

/// A part of a line that is not divided further: a connected mark, or what cuts leave of one.
struct Piece {
  Box box = {};
  std::uint32_t label = 0;  ///< of its pixels, in LineOfPieces' page
  std::size_t mark = 0;     ///< pieces of one connected mark have the same number
  std::size_t area = 0;
};

/// Pieces side by side, from left to right, and how tall the digits among them are.
struct LineOfPieces {
  std::vector<Piece> pieces = {};
  double height = 0;
  std::optional<std::size_t> grid =
      std::nullopt;  ///< in Page::grids, if it is the writing in one of its cells
  std::size_t row = 0;
  std::size_t column = 0;
  std::size_t line = 0;  ///< in the cell
};

/// A possible digit: the pieces from `first` to before `end` of a line.
struct Candidate {
  std::size_t line = 0;
  std::size_t first = 0;
  std::size_t end = 0;
  Box box = {};
  double level = 0;  ///< the strength of its ink
  MnistImage image = {};
};

/// A page taken apart. Boxes are in pixels of its ink.
struct Page {
  PageInk ink = {};
  Rules rules = {};
  std::vector<PageGrid> grids = {};
  Components components = {};              ///< of the ink without rules
  std::vector<std::uint32_t> labels = {};  ///< per pixel: the label of its piece, or 0
  double height = 0;                       ///< that most digits have
  std::vector<LineOfPieces> lines = {};    ///< in reading order
  std::vector<Candidate> candidates = {};  ///< in order of lines, then of `first`, then of `end`
};

/// Takes a page apart into candidate digits.
Page take_apart(PageInk ink);

}  // namespace scrawl
