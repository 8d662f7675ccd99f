#pragma once

#include "image/components.h"
#include "page/marks.h"

#include <cstddef>
#include <vector>

namespace scrawl {

/// Groups marks into lines of writing, which may slope; in reading order. Each line holds places in
/// `marks.all` in order of their centres. Small marks join the line that they are nearest to.
std::vector<std::vector<std::size_t>> find_lines(const Components& marks, const std::vector<MarkKind>& kinds);

}  // namespace scrawl
