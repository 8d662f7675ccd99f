#pragma once

#include <string_view>

namespace scrawl {

/// Whether `a` comes before `b` as people sort names: runs of digits count as numbers, so "2.png" comes
/// before "10.png". A strict total order: names that differ only in leading zeros are compared byte by byte.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace scrawl
