#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"
#include "data/picture_folder.h"
#include "image/png.h"

#include <algorithm>
#include <fstream>
#include <set>
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

void write_unsynced(const fs::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw Error(ErrorCode::io, "cannot write; is the disk full?", path.string());
}

}  // namespace

void check_pictures(const DatasetView& data, std::span<const std::string> class_names) {
  if (data.shape.channels != 1)
    throw Error(ErrorCode::invalid_argument,
                "only grey pictures can be written as a folder of pictures, not pictures of " +
                    counted(data.shape.channels, "channel"));
  folder_names(data.classes, class_names);
}

void write_pictures(const fs::path& folder, const DatasetView& data,
                    std::span<const std::string> class_names) {
  const std::vector<std::string> names = folder_names(data.classes, class_names);
  for (const std::string& name : names) make_folder(folder / name);
  std::vector<std::size_t> written(data.classes);
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::uint8_t label = data.labels[i];
    const auto pixels = data.image(i);
    write_unsynced(
        folder / names.at(label) / file_name(++written[label]),
        encode_png(GreyImage{data.shape.width, data.shape.height, {pixels.begin(), pixels.end()}}));
  }
}

}  // namespace scrawl
