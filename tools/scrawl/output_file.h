#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace scrawl::tool {

/// Throws Error(invalid_argument) if `out` is the input, or another regular file unless `overwrite` is set.
void check_output(const std::filesystem::path& out, const std::filesystem::path& input, bool overwrite);

/// The same for a file that is made from several others, and throws Error(invalid_argument) for a folder.
void check_model_output(const std::filesystem::path& out, const std::vector<std::filesystem::path>& inputs,
                        bool overwrite);

/// The same where the input is a data set: its name, a path, or two as IMAGES,LABELS.
void check_picture_output(const std::filesystem::path& out, const std::string& source, bool overwrite);

}  // namespace scrawl::tool
