#include "scrawl/data_files.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"
#include "data/arrays.h"
#include "data/catalog.h"
#include "data/content.h"
#include "data/file_names.h"
#include "data/picture_folder.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> format_names = {"idx", "npy",  "npz",       "pickle",
                                                          "csv", "usps", "optdigits", "pictures"};

Error bad(const std::string& message, const fs::path& file) {
  return {ErrorCode::bad_data, message, file.string()};
}

/// The plain names (see plain_name) that the other half of a pair, images or labels, may have.
std::vector<std::string> partner_names(const std::string& plain, DataName::Role role) {
  static constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"images", "labels"}, {"image", "label"}, {"img", "label"}, {"img", "lbl"}, {"x", "y"}};
  std::vector<std::string> names;
  for (const auto& word : words) {
    const auto from = role == DataName::Role::images ? word.first : word.second;
    const auto to = role == DataName::Role::images ? word.second : word.first;
    for (auto at = plain.find(from); at != std::string::npos; at = plain.find(from, at + 1)) {
      std::string other = plain;
      other.replace(at, from.size(), to);
      const std::string_view old_rank = role == DataName::Role::images ? "idx3" : "idx1";
      const std::string_view new_rank = role == DataName::Role::images ? "idx1" : "idx3";
      if (const auto rank = other.find(old_rank); rank != std::string::npos)
        other.replace(rank, old_rank.size(), new_rank);
      names.push_back(other);
    }
  }
  return names;
}

fs::path find_partner(const fs::path& path) {
  const std::string name = path.filename().string();
  const auto role = parse_data_name(name).role;
  if (role != DataName::Role::unknown) {
    const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const auto partner = find_file(folder, partner_names(plain_name(name), role));
    if (partner) return path.parent_path() / partner->filename();
  }
  throw Error(
      ErrorCode::not_found,
      "holds one array, and the file with the labels or images that go with it is not beside it; name both "
      "as IMAGES,LABELS",
      path.string());
}

/// Which of two arrays holds the images: by name, otherwise the one with more numbers an image.
bool first_is_images(const Tensor& first, const Tensor& second) {
  const auto role = [](const Tensor& tensor) {
    return parse_data_name(fs::path(tensor.name).filename().string()).role;
  };
  if (role(first) != role(second)) {
    if (role(first) == DataName::Role::images || role(second) == DataName::Role::labels) return true;
    if (role(first) == DataName::Role::labels || role(second) == DataName::Role::images) return false;
  }
  return first.data.size() / dtype_size(first.dtype) >= second.data.size() / dtype_size(second.dtype);
}

DataPart join_pair(std::optional<Part> part, const Content& first, const fs::path& first_file,
                   const Content& second, const fs::path& second_file) {
  for (const Content* content : {&first, &second})
    if (!content->parts.empty())
      throw bad("should be one of a pair of images and labels, but contains " +
                    std::string(to_string(content->format)) + " data; name it alone",
                content == &first ? first_file : second_file);
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
  files.parts.push_back(join_pair(part, one, first, other, second));
  return files;
}

DataFiles read_single(const fs::path& path, std::optional<Part> part, const ReadOptions& options) {
  Content content = parse_content(read_file(path), path.string(), options);
  DataFiles files{.format = content.format, .parts = std::move(content.parts)};
  if (files.parts.empty()) {
    const fs::path partner = find_partner(path);
    files.parts.push_back(
        join_pair({}, content, path, parse_content(read_file(partner), partner.string(), options), partner));
  }
  if (part && files.parts.size() == 1 && !files.parts[0].part) files.parts[0].part = part;
  return files;
}

DataFiles read_file_folder(const FilesByPart& found, const fs::path& folder, const ReadOptions& options) {
  DataFiles all;
  for (const auto& [part, files] : found) {
    if (files.size() > 2) {
      throw bad(
          "holds several files for one part (" + file_names(files) + "); name one of them, or IMAGES,LABELS",
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
  if (pictures.inverted > 0) result.pixels += ", " + std::to_string(pictures.inverted) + " inverted";
  if (pictures.brought > 0)
    result.pixels += ", " + std::to_string(pictures.brought) + " brought to MNIST's form";
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
  const auto entries = list_folder(folder);
  for (const auto& entry : entries) {
    const auto part = parse_data_name(entry.filename().string()).part;
    if (part && is_folder(entry) && is_picture_folder(entry))
      files.parts.push_back(picture_part(entry, part));
  }
  if (files.parts.empty()) {
    for (const auto& entry : entries)
      if (is_folder(entry)) list_folder(entry);  // throws where the trouble is that it may not be read
    throw bad(
        "holds no data set: expected IDX, .npy or .csv files with names such as train-images-idx3-ubyte, "
        "x_train.npy or train.csv, or a folder of pictures for each digit",
        folder);
  }
  return files;
}

/// Beside folders of pictures a table of their labels is common, and says nothing new; other data are not.
void check_nothing_but_labels(const FilesByPart& found, const fs::path& folder) {
  for (const auto& [part, files] : found)
    for (const auto& file : files)
      if (parse_data_name(file.filename().string()).role != DataName::Role::labels)
        throw bad("holds folders of pictures and the data file " + file.filename().string() +
                      "; name the one that you mean",
                  folder);
}

/// A part may lack classes that another has, as folders of pictures and texts for labels show.
void agree_on_classes(std::vector<DataPart>& parts) {
  const auto most = std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
    return a.data.class_names.size() < b.data.class_names.size();
  });
  if (most->data.class_names.empty()) return;
  const std::string owner = "its part '" + std::string(most->part ? to_string(*most->part) : "all") + "'";
  for (auto& part : parts)
    match_classes(part.data, most->data.class_names, {},
                  {.name = owner, .remedy = "give all parts the same classes"});
}

/// Classes, names and checksums; and whether the parts go together.
void finish(DataFiles& files, const std::string& source) {
  std::sort(files.parts.begin(), files.parts.end(),
            [](const auto& a, const auto& b) { return a.part < b.part; });
  for (auto& part : files.parts) part.data.name = source;
  agree_on_classes(files.parts);
  std::size_t classes = 0;
  for (std::size_t i = 0; i < files.parts.size(); ++i) {
    const auto& [part, data, pixels] = files.parts[i];
    if (data.labels.empty()) throw bad("holds no images", source);
    if (i > 0 && part == files.parts[i - 1].part) throw bad("holds two data sets for one part", source);
    if (data.shape.size() != files.parts[0].data.shape.size())
      throw bad("its parts have images of different shapes: " + to_string(files.parts[0].data.shape) +
                    " and " + to_string(data.shape),
                source);
    classes = std::max<std::size_t>(
        {classes, data.class_names.size(), 1U + *std::max_element(data.labels.begin(), data.labels.end())});
  }
  // A table does not tell how its pixels lie; another part may.
  const auto picture = std::find_if(files.parts.begin(), files.parts.end(),
                                    [](const DataPart& part) { return part.data.shape.height > 1; });
  for (auto& part : files.parts) {
    if (picture != files.parts.end()) part.data.shape = picture->data.shape;
    part.data.classes = classes;
    part.data.sha256 = content_sha256(part.data.images, part.data.labels);
  }
}

DataFiles read_any(const std::string& source, const ReadOptions& options) {
  const fs::path path = source;
  if (is_folder(path)) {
    const FilesByPart found = data_files_in(path);
    if (!found.empty() && !is_picture_folder(path)) return read_file_folder(found, path, options);
    check_nothing_but_labels(found, path);
    return read_pictures(path);
  }
  const auto comma = source.find(',');
  if (comma != std::string::npos && !file_exists(path)) {
    if (comma == 0 || comma + 1 == source.size())
      throw Error(ErrorCode::invalid_argument,
                  "names no file on one side of the comma; name two files as IMAGES,LABELS", source);
    return read_pair(source.substr(0, comma), source.substr(comma + 1), {}, options);
  }
  return read_single(path, {}, options);
}

/// `front` with the images of `back` behind its own.
Dataset concatenated(Dataset front, const Dataset& back) {
  front.images.insert(front.images.end(), back.images.begin(), back.images.end());
  front.labels.insert(front.labels.end(), back.labels.begin(), back.labels.end());
  front.sha256 = content_sha256(front.images, front.labels);
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
  const bool is_table = files.format == DataFormat::csv || files.format == DataFormat::usps ||
                        files.format == DataFormat::optdigits;
  if ((options.label != LabelColumn::automatic || !options.label_name.empty()) && !is_table)
    throw Error(ErrorCode::invalid_argument,
                "is not a table of numbers but " + std::string(to_string(files.format)) +
                    " data, and has no label column; omit --label",
                source);
  finish(files, source);
  return files;
}

Dataset take_part(DataFiles files, Part part) {
  if (files.parts.size() == 1 && !files.parts[0].part) return std::move(files.parts[0].data);
  const Dataset* found = files.find(part);
  if (found == nullptr) {
    std::vector<std::string_view> parts;
    for (const auto& other : files.parts) parts.push_back(other.part ? to_string(*other.part) : "all");
    const std::string names = joined(parts);
    throw Error(ErrorCode::invalid_argument,
                "has no " + std::string(to_string(part)) + " part; it has: " + names +
                    (files.parts.size() == 1 ? "; use --part " + names : ""),
                files.parts[0].data.name);
  }
  const Dataset* validation = files.find(Part::validation);
  return part == Part::train && validation != nullptr ? concatenated(*found, *validation) : *found;
}

DataFiles read_source(const std::string& source, const ReadOptions& options) {
  if (source.find_first_of("/.,") == std::string::npos && !file_exists(source))
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
