#pragma once

#include "scrawl/arrays.h"

#include <vector>

namespace scrawl {

/// A sheet of bright paper on a dark ground: for each row of the picture, the columns that surely are paper.
struct Sheet {
  struct Row {
    std::size_t first = 0;
    std::size_t end = 0;  ///< 0 for none
  };
  std::vector<Row> rows = {};  ///< empty where the picture shows no such sheet

  bool empty() const { return rows.empty(); }
};

/// Finds a convex bright sheet with sharp edges that does not fill the picture. A vignette has no edges.
Sheet find_sheet(const GreyImage& picture);

}  // namespace scrawl
