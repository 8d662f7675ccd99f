#pragma once

#include "exchange/onnx_graph.h"

#include <cstdint>
#include <string>

namespace scrawl {

/// The latest version of ONNX's operators whose definitions were compared with what scrawl makes of them.
constexpr std::int64_t latest_known_opset = 25;

/// Throws Error(unsupported) for versions before 7, when operators broadcast in another way.
void check_opset(std::int64_t opset, const std::string& file);

/// A line about an opset later than the latest known one, "" for others.
std::string note_about_opset(std::int64_t opset);

/// A later version may give an operator another attribute, which changes what it does. Throws
/// Error(unsupported) for a node of such an opset with an attribute that its operator did not have in the
/// latest known one. Leaves operators alone that scrawl does not read.
void check_attributes(const OnnxNodeReader& reader);

}  // namespace scrawl
