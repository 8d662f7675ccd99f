#include "scrawl/data_files.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "data/arrays.h"
#include "data/catalog.h"
#include "data/content.h"
#include "data/picture_folder.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> format_names = {"idx", "npy",  "npz",       "pickle",
                                                          "csv", "usps", "optdigits", "pictures"};
constexpr std::size_t most_files_in_folder = 10'000;

Error bad(const std::string& message, const fs::path& file) {
  return {ErrorCode::bad_data, message, file.string()};
}

/// The names that the other half of a pair may have: images for labels, and the other way round.
std::vector<std::string> partner_names(const std::string& name, DataName::Role role) {
  static constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"images", "labels"}, {"image", "label"}, {"img", "label"}, {"img", "lbl"},
      {"X", "y"},           {"X", "Y"},         {"x", "y"}};
  std::vector<std::string> names;
  for (const auto& word : words) {
    const auto from = role == DataName::Role::images ? word.first : word.second;
    const auto to = role == DataName::Role::images ? word.second : word.first;
    for (auto at = name.find(from); at != std::string::npos; at = name.find(from, at + 1)) {
      std::string other = name;
      other.replace(at, from.size(), to);
      const std::string_view old_rank = role == DataName::Role::images ? "idx3" : "idx1";
      const std::string_view new_rank = role == DataName::Role::images ? "idx1" : "idx3";
      if (const auto rank = other.find(old_rank); rank != std::string::npos)
        other.replace(rank, old_rank.size(), new_rank);
      names.push_back(other);
      if (other.ends_with(".gz"))
        names.push_back(other.substr(0, other.size() - 3));
      else
        names.push_back(other + ".gz");
    }
  }
  return names;
}

fs::path find_partner(const fs::path& path) {
  const std::string name = path.filename().string();
  const auto role = parse_data_name(name).role;
  std::error_code ignored;
  if (role != DataName::Role::unknown)
    for (const auto& other : partner_names(name, role))
      if (other != name && fs::is_regular_file(path.parent_path() / other, ignored))
        return path.parent_path() / other;
  throw Error(
      ErrorCode::not_found,
      "holds one array, and the file with the labels or images that go with it is not beside it; name both "
      "as IMAGES,LABELS",
      path.string());
}

/// Which of two arrays holds the images: by name, otherwise the one with more numbers an image.
bool first_is_images(const Tensor& first, const Tensor& second) {
  using Role = DataName::Role;
  const auto role = [](const Tensor& tensor) {
    return parse_data_name(fs::path(tensor.name).filename().string()).role;
  };
  if (role(first) != role(second)) {
    if (role(first) == Role::images || role(second) == Role::labels) return true;
    if (role(first) == Role::labels || role(second) == Role::images) return false;
  }
  return first.data.size() / dtype_size(first.dtype) >= second.data.size() / dtype_size(second.dtype);
}

DataPart join_pair(std::optional<Part> part, const Content& first, const Content& second) {
  for (const Content* content : {&first, &second})
    if (!content->parts.empty())
      throw bad("was to be one of a pair of images and labels, and holds " +
                    std::string(to_string(content->format)) + " data; name it alone",
                content == &first ? second.array.name : first.array.name);
  const bool in_order = first_is_images(first.array, second.array);
  const Tensor& images = in_order ? first.array : second.array;
  const Tensor& labels = in_order ? second.array : first.array;
  return join(part, images_from(view(images), images.name), labels_from(view(labels), labels.name),
              labels.name);
}

DataFiles read_pair(const fs::path& first, const fs::path& second, std::optional<Part> part,
                    const ReadOptions& options) {
  const Content one = parse_content(read_file(first), first.string(), options);
  const Content other = parse_content(read_file(second), second.string(), options);
  DataFiles files{.format = one.format, .parts = {}};
  files.parts.push_back(join_pair(part, one, other));
  return files;
}

DataFiles read_single(const fs::path& path, std::optional<Part> part, const ReadOptions& options) {
  Content content = parse_content(read_file(path), path.string(), options);
  DataFiles files{.format = content.format, .parts = std::move(content.parts)};
  if (files.parts.empty()) {
    const fs::path partner = find_partner(path);
    files.parts.push_back(
        join_pair({}, content, parse_content(read_file(partner), partner.string(), options)));
  }
  if (part && files.parts.size() == 1 && !files.parts[0].part) files.parts[0].part = part;
  return files;
}

/// The folder's data files by part. A .gz beside its own unpacked form is left out.
std::map<std::optional<Part>, std::vector<fs::path>> data_files_in(const fs::path& folder) {
  std::map<std::optional<Part>, std::vector<fs::path>> found;
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (++count > most_files_in_folder) break;
    const std::string name = entry.path().filename().string();
    std::error_code ignored;
    if (name.starts_with('.') || !entry.is_regular_file(ignored)) continue;
    const DataName meaning = parse_data_name(name);
    if (!meaning.part && meaning.role == DataName::Role::unknown) continue;
    if (name.ends_with(".gz") && fs::exists(folder / name.substr(0, name.size() - 3), ignored)) continue;
    found[meaning.part].push_back(entry.path());
  }
  for (auto& [part, files] : found) std::sort(files.begin(), files.end());
  return found;
}

DataFiles read_file_folder(const std::map<std::optional<Part>, std::vector<fs::path>>& found,
                           const fs::path& folder, const ReadOptions& options) {
  DataFiles all;
  for (const auto& [part, files] : found) {
    if (files.size() > 2) {
      std::string names;
      for (const auto& file : files) names += (names.empty() ? "" : ", ") + file.filename().string();
      throw bad(
          "holds several files for one part (" + names + "); name the one that you mean, or IMAGES,LABELS",
          folder);
    }
    DataFiles some = files.size() == 2 ? read_pair(files[0], files[1], part, options)
                                       : read_single(files[0], part, options);
    all.format = some.format;
    std::move(some.parts.begin(), some.parts.end(), std::back_inserter(all.parts));
  }
  return all;
}

DataPart picture_part(const fs::path& folder, std::optional<Part> part) {
  PictureFolder pictures = read_picture_folder(folder);
  DataPart result{.part = part, .data = std::move(pictures.data), .pixels = "pictures"};
  result.data.class_names = std::move(pictures.class_names);
  return result;
}

/// Folders of pictures: one for each class, or train/ and test/ with such folders.
DataFiles read_pictures(const fs::path& folder) {
  DataFiles files{.format = DataFormat::pictures, .parts = {}};
  if (is_picture_folder(folder)) {
    files.parts.push_back(picture_part(folder, {}));
    return files;
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::error_code ignored;
    const auto part = parse_data_name(entry.path().filename().string()).part;
    if (part && entry.is_directory(ignored) && is_picture_folder(entry.path()))
      files.parts.push_back(picture_part(entry.path(), part));
  }
  if (files.parts.empty())
    throw bad(
        "holds no data set: expected IDX, .npy or .csv files with names such as train-images-idx3-ubyte, "
        "x_train.npy or train.csv, or a folder of pictures for each digit",
        folder);
  return files;
}

/// Classes, names and checksums; and whether the parts go together.
void finish(DataFiles& files, const std::string& source) {
  std::sort(files.parts.begin(), files.parts.end(),
            [](const auto& a, const auto& b) { return a.part < b.part; });
  std::size_t classes = 0;
  for (std::size_t i = 0; i < files.parts.size(); ++i) {
    const auto& [part, data, pixels] = files.parts[i];
    if (data.labels.empty()) throw bad("holds no images", source);
    if (i > 0 && part == files.parts[i - 1].part) throw bad("holds two data sets for one part", source);
    if (data.shape.size() != files.parts[0].data.shape.size())
      throw bad("its parts have images of different shapes: " + to_string(files.parts[0].data.shape) +
                    " and " + to_string(data.shape),
                source);
    if (data.class_names != files.parts[0].data.class_names)
      throw bad("its parts have different classes; give each the same folders", source);
    classes = std::max<std::size_t>(
        {classes, data.class_names.size(), 1U + *std::max_element(data.labels.begin(), data.labels.end())});
  }
  // A table does not tell how its pixels lie; another part may.
  const auto picture = std::find_if(files.parts.begin(), files.parts.end(),
                                    [](const DataPart& part) { return part.data.shape.height > 1; });
  for (auto& part : files.parts) {
    if (picture != files.parts.end()) part.data.shape = picture->data.shape;
    part.data.name = source;
    part.data.classes = classes;
    Sha256 hash;
    hash.add(std::as_bytes(std::span(part.data.images)));
    hash.add(std::as_bytes(std::span(part.data.labels)));
    part.data.sha256 = hash.hex();
  }
}

DataFiles read_any(const std::string& source, const ReadOptions& options) {
  std::error_code problem;
  const fs::path path = source;
  if (fs::is_directory(path, problem)) {
    const auto found = data_files_in(path);
    return found.empty() ? read_pictures(path) : read_file_folder(found, path, options);
  }
  const auto comma = source.find(',');
  if (comma != std::string::npos && !fs::exists(path, problem))
    return read_pair(source.substr(0, comma), source.substr(comma + 1), {}, options);
  return read_single(path, {}, options);
}

/// `front` with the images of `back` behind its own.
Dataset concatenated(Dataset front, const Dataset& back) {
  front.images.insert(front.images.end(), back.images.begin(), back.images.end());
  front.labels.insert(front.labels.end(), back.labels.begin(), back.labels.end());
  Sha256 hash;
  hash.add(std::as_bytes(std::span(front.images)));
  hash.add(std::as_bytes(std::span(front.labels)));
  front.sha256 = hash.hex();
  return front;
}

}  // namespace

std::string_view to_string(DataFormat format) { return format_names[static_cast<std::size_t>(format)]; }

const Dataset* DataFiles::find(Part part) const {
  for (const auto& candidate : parts)
    if (candidate.part == part) return &candidate.data;
  return nullptr;
}

DataFiles read_data(const std::string& source, const ReadOptions& options) {
  DataFiles files = read_any(source, options);
  finish(files, source);
  return files;
}

Dataset take_part(DataFiles files, Part part) {
  if (files.parts.size() == 1 && !files.parts[0].part) return std::move(files.parts[0].data);
  const Dataset* found = files.find(part);
  if (found == nullptr) {
    std::string names;
    for (const auto& other : files.parts)
      names += (names.empty() ? "" : ", ") + std::string(other.part ? to_string(*other.part) : "unnamed");
    throw Error(ErrorCode::invalid_argument,
                "has no " + std::string(to_string(part)) + " part; it has: " + names,
                files.parts[0].data.name);
  }
  const Dataset* validation = files.find(Part::validation);
  return part == Part::train && validation != nullptr ? concatenated(*found, *validation) : *found;
}

DataFiles read_source(const std::string& source, const ReadOptions& options) {
  std::error_code ignored;
  if (source.find_first_of("/.,") == std::string::npos && !std::filesystem::exists(source, ignored))
    known_dataset(source);  // throws, and suggests a name
  return read_data(source, options);
}

bool is_known_dataset(std::string_view source) {
  const auto names = known_datasets();
  return std::find(names.begin(), names.end(), source) != names.end();
}

Dataset load_data(const std::string& source, Part part, const LoadOptions& options) {
  if (is_known_dataset(source)) return load_dataset(source, part, options.download, options.fetch);
  return take_part(read_source(source, {.limits = options.limits}), part);
}

}  // namespace scrawl
