#pragma once

#include <filesystem>
#include <string>

namespace scrawl::tool {

/// Throws Error(invalid_argument) if `out` is the input, or another regular file unless `overwrite` is set.
void check_output(const std::filesystem::path& out, const std::filesystem::path& input, bool overwrite);

/// The same where the input is a data set: its name, a path, or two as IMAGES,LABELS.
void check_picture_output(const std::filesystem::path& out, const std::string& source, bool overwrite);

}  // namespace scrawl::tool
