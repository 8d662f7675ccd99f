#pragma once

#include "image/components.h"
#include "page/page_ink.h"
#include "page/rules.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scrawl {

/// The components of the ink without the rules.
Components find_marks(const PageInk& ink, const Rules& rules);

/// The height that most of the ink's marks have. Marks much longer than high, or higher than long, and those
/// of less than three strokes do not count, nor do blots, as long as there are others; tables never do.
double usual_height(const Components& marks, const PageInk& ink);

/// What a mark is for reading.
enum class MarkKind : std::uint8_t {
  none,   ///< a speck, a blot, a part of a rule or frame
  small,  ///< beside a mark more than twice as tall: a comma, or a part of a digit
  large,  ///< possibly a digit, or several
};

/// By mark. Looks mostly at neighbours, so that a page may have writing of several sizes.
std::vector<MarkKind> kinds_of(const Components& marks, const PageInk& ink, const Rules& rules,
                               double usual_height);

}  // namespace scrawl
