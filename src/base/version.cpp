#include "scrawl/library.h"

namespace scrawl {

const char* version() { return SCRAWL_VERSION; }

}  // namespace scrawl
