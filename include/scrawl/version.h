#pragma once

#pragma GCC visibility push(default)
namespace scrawl {

/// This library's version, such as "0.2.0".
const char* version();

}  // namespace scrawl
#pragma GCC visibility pop
