#pragma once

#include <optional>
#include <string>

namespace scrawl {

/// The value of an environment variable; nothing when it is not set, or set and empty.
std::optional<std::string> environment(const char* name);

}  // namespace scrawl
