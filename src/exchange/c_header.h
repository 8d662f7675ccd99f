#pragma once

#include "scrawl/model.h"

#include <string>

namespace scrawl {

/// The model as a C99 header: constants, and a function NAME_predict that does what predict_probabilities()
/// does, without allocation and without a library besides <math.h>. It compiles without warnings, as C++ too.
/// All its names begin with `name`, its macros with `name` in capitals. See encode_export() for int8 and for
/// what is thrown. The text takes about 13 bytes per weight, with int8 about 3.5.
std::string c_header(const Member& member, const std::string& name, bool int8);

}  // namespace scrawl
