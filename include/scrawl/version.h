#pragma once

namespace [[gnu::visibility("default")]] scrawl {

/// This library's version, such as "0.2.0".
const char* version();

}  // namespace scrawl
