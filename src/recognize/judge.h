#pragma once

#include "recognize/read_page.h"

#include <vector>

namespace scrawl {

/// Decides which parts of lines hold numbers. Letters, too, look like digits at times, and so do specks and
/// edges: a part is refused in which too many marks are none, or that does not go with the surest digits of
/// the page in height and strength. Sets `accepted`.
void judge(std::vector<std::vector<NamedCandidate>>& lines, const Page& page);

}  // namespace scrawl
