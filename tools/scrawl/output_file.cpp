#include "output_file.h"

#include "scrawl/error.h"

#include "base/file_system.h"
#include "base/text.h"

namespace scrawl::tool {

void check_output(const std::filesystem::path& out, const std::filesystem::path& input, bool overwrite) {
  if (is_same_file(out, input))
    throw Error(ErrorCode::invalid_argument, "is the file that is read; choose another name", out.string());
  if (!overwrite && is_file(out))
    throw Error(ErrorCode::invalid_argument, "already exists; choose another name, or add --overwrite",
                out.string());
}

void check_model_output(const std::filesystem::path& out, const std::vector<std::filesystem::path>& inputs,
                        bool overwrite) {
  if (is_folder(out)) throw Error(ErrorCode::invalid_argument, "is a folder; name a file", out.string());
  for (const auto& input : inputs) check_output(out, input, overwrite);
}

void check_picture_output(const std::filesystem::path& out, const std::string& source, bool overwrite) {
  check_output(out, source, overwrite);
  for (const auto path : split(source, ',')) check_output(out, path, overwrite);
}

}  // namespace scrawl::tool
