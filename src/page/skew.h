#pragma once

#include "scrawl/arrays.h"

namespace scrawl {

/// By how many degrees, anticlockwise, the writing or the rules of a page slope: 0 where no angle is clearly
/// better than level. Between -35 and 35.
double find_skew(const GreyImage& mask);

}  // namespace scrawl
