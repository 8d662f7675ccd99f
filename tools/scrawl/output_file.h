#pragma once

#include <filesystem>
#include <string>

namespace scrawl::tool {

/// Refuses to write over what is there: the input itself always, and another file unless `overwrite` is
/// set. A pipe or a device such as /dev/stdout may be written to. Throws Error(invalid_argument).
void check_output(const std::filesystem::path& out, const std::filesystem::path& input, bool overwrite);

/// The same where the input is a data set: its name, a path, or two as IMAGES,LABELS.
void check_picture_output(const std::filesystem::path& out, const std::string& source, bool overwrite);

}  // namespace scrawl::tool
