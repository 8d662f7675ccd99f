#pragma once

#include "scrawl/model.h"

#include <cstddef>
#include <string>

namespace scrawl {

/// The model as a C99 header: constants, and a function NAME_predict that does what predict_probabilities()
/// does, without allocation and without a library besides <math.h>. It compiles without warnings, as C++ too.
/// All its names begin with `name`, its macros with `name` in capitals. See encode_export() for int8 and for
/// what is thrown. The text takes about 13 bytes per weight, with int8 about 3.5.
std::string c_header(const Member& member, const std::string& name, bool int8);

/// Its parts: the way from pixels to outputs as C.
struct CProgram {
  std::string constants;
  std::string functions;  ///< what the body calls
  std::string buffers;    ///< declarations of `a` and `b`, which hold the activations
  std::string body;
  bool needs_math = false;
  std::size_t constant_bytes = 0;
  std::size_t stack_bytes = 0;
};
CProgram c_program(const Member& member, const std::string& name, bool int8);

/// The function `function`, all of whose names begin with `name`: "convolution", "max_pool" or "mean_pool".
/// With int8, weights are signed char.
std::string c_function(const std::string& function, const std::string& name, bool int8);

}  // namespace scrawl
