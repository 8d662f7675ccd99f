#pragma once

namespace scrawl {

// Logarithm and cosine from correctly rounded operations alone: the C library's differ in the last bit
// between machines, and random numbers and schedules must not.

/// Natural logarithm of a normal x > 0, within 1e-15 of max(1, |ln x|).
double portable_log(double x);

/// cos(2 pi u) for u in [0, 1], within 1e-15.
double portable_cos_turn(double u);

}  // namespace scrawl
