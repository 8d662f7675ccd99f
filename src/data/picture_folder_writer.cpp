#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"
#include "data/picture_folder.h"
#include "image/png.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t number_width = 5;

/// The names of the folders of all classes, checked.
std::vector<std::string> folder_names(std::size_t classes, std::span<const std::string> class_names) {
  std::vector<std::string> names(class_names.begin(), class_names.end());
  if (names.empty())
    for (std::size_t i = 0; i < classes; ++i) names.push_back(std::to_string(i));
  if (names.size() != classes)
    throw Error(ErrorCode::invalid_argument, "there are " + counted(names.size(), "name") + " for " +
                                                 counted(classes, "class") + "; give one for each");
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    // A leading dot would hide the folder, from read_picture_folder too.
    if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos ||
        name.find('\0') != std::string::npos)
      throw Error(ErrorCode::invalid_argument,
                  "'" + name + "' cannot be the name of a class's folder; rename the class");
    if (!seen.insert(name).second)
      throw Error(ErrorCode::invalid_argument,
                  "two classes are named '" + name + "', so they cannot have folders; rename one");
  }
  return names;
}

std::string file_name(std::size_t number) {
  const std::string digits = std::to_string(number);
  return std::string(number_width - std::min(number_width, digits.size()), '0') + digits + ".png";
}

/// A folder in which files wait until all are written; what is still there at the end is removed.
class WaitingFolder {
 public:
  explicit WaitingFolder(fs::path path) : path_(std::move(path)) { make_folder(path_); }
  ~WaitingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WaitingFolder(const WaitingFolder&) = delete;
  WaitingFolder& operator=(const WaitingFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write_unsynced(const fs::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw Error(ErrorCode::io, "cannot write; is the disk full?", path.string());
}

}  // namespace

void write_picture_folder(const fs::path& folder, const DatasetView& data,
                          std::span<const std::string> class_names) {
  if (data.shape.channels != 1)
    throw Error(ErrorCode::invalid_argument,
                "only grey pictures can be written as a folder of pictures, not pictures of " +
                    counted(data.shape.channels, "channel"));
  const std::vector<std::string> names = folder_names(data.classes, class_names);
  std::error_code problem;
  if (fs::exists(folder, problem) && (!fs::is_directory(folder, problem) || !fs::is_empty(folder, problem)))
    throw Error(ErrorCode::io, "is there already and not an empty folder; name another or remove it",
                folder.string());
  make_folder(folder);
  const WaitingFolder waiting(folder / ".unfinished");
  for (const std::string& name : names) make_folder(waiting.path() / name);
  std::vector<std::size_t> written(data.classes);
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::uint8_t label = data.labels[i];
    const auto pixels = data.image(i);
    write_unsynced(
        waiting.path() / names.at(label) / file_name(++written[label]),
        encode_png(GreyImage{data.shape.width, data.shape.height, {pixels.begin(), pixels.end()}}));
  }
  for (const std::string& name : names) {
    fs::rename(waiting.path() / name, folder / name, problem);
    if (problem)
      throw Error(ErrorCode::io, "cannot put the finished folder in its place: " + problem.message(),
                  (folder / name).string());
  }
}

}  // namespace scrawl
