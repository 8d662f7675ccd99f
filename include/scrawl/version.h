#pragma once

namespace scrawl {

/// This library's version, such as "0.1.0".
const char* version();

}  // namespace scrawl
