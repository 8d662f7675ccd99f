#include "scrawl/data_files.h"
#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"
#include "data/file_names.h"
#include "data/picture_folder.h"
#include "data/staged_folder.h"
#include "data/stratify.h"
#include "formats/gzip.h"
#include "formats/idx.h"
#include "formats/npy.h"
#include "formats/pickle_writer.h"
#include "formats/tensor.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <utility>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

/// (n, h, w), or (n, c, h, w) with channels.
std::vector<std::size_t> lengths_of(const Dataset& data) {
  if (data.shape.channels == 1) return {data.size(), data.shape.height, data.shape.width};
  return {data.size(), data.shape.channels, data.shape.height, data.shape.width};
}

TensorView images_of(const Dataset& data, std::string name) {
  return {std::move(name), "U8", lengths_of(data), std::as_bytes(std::span(data.images))};
}

/// Whether the names of the classes say more than their numbers.
bool has_names(const Dataset& data) {
  for (std::size_t c = 0; c < data.class_names.size(); ++c)
    if (data.class_names[c] != std::to_string(c)) return true;
  return false;
}

/// Numbers, or texts where the classes have names.
TensorView labels_of(const Dataset& data, std::string name) {
  const auto values = std::as_bytes(std::span(data.labels));
  if (has_names(data)) return {std::move(name), "TEXT", {data.size()}, values, data.class_names};
  return {std::move(name), "U8", {data.size()}, values};
}

/// Images that say nothing about their use count as training images.
Part use_of(const DataPart& part) { return part.part.value_or(Part::train); }

void write_bytes(const fs::path& path, std::span<const std::byte> bytes, bool compress) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  compress ? write_file(path, gzip(bytes)) : write_file(path, bytes);
}

/// Writes files into a folder, as NAME.gz where that is wanted.
class FolderWriter {
 public:
  FolderWriter(fs::path folder, bool compress) : folder_(std::move(folder)), compress_(compress) {}
  void write(const std::string& name, std::span<const std::byte> bytes) const {
    write_bytes(folder_.path() / (compress_ ? name + ".gz" : name), bytes, compress_);
  }
  void commit() { folder_.commit(); }

 private:
  StagedFolder folder_;
  bool compress_;
};

/// MNIST's own names.
void write_idx_folder(const FolderWriter& folder, const std::vector<DataPart>& parts) {
  static constexpr std::array<const char*, 3> names = {"train", "validation", "t10k"};
  for (const auto& part : parts) {
    const std::string name = names[static_cast<std::size_t>(use_of(part))];
    const auto lengths = lengths_of(part.data);
    folder.write(name + "-images-idx" + std::to_string(lengths.size()) + "-ubyte",
                 encode_idx(lengths, part.data.images));
    folder.write(name + "-labels-idx1-ubyte", encode_idx(std::array{part.data.size()}, part.data.labels));
  }
}

/// Keras' names: x_train, y_train, x_test, y_test; and x_val, y_val.
std::string keras_name(char letter, const DataPart& part) {
  static constexpr std::array<const char*, 3> names = {"train", "val", "test"};
  return std::string(1, letter) + "_" + names[static_cast<std::size_t>(use_of(part))];
}

std::vector<TensorView> keras_arrays(const std::vector<DataPart>& parts) {
  std::vector<TensorView> arrays;
  for (const auto& part : parts) {
    arrays.push_back(images_of(part.data, keras_name('x', part)));
    arrays.push_back(labels_of(part.data, keras_name('y', part)));
  }
  return arrays;
}

/// The images with `count` of them, of each class its share, at the end.
Dataset with_drawn_last(const Dataset& data, std::size_t count) {
  constexpr std::uint64_t seed = 1;
  std::vector<std::uint32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0U);
  const auto last = draw_stratified(data.labels, all, count, seed);
  std::vector<std::uint32_t> order;
  order.reserve(all.size());
  std::set_difference(all.begin(), all.end(), last.begin(), last.end(), std::back_inserter(order));
  order.insert(order.end(), last.begin(), last.end());
  return select_images(data, order);
}

/// Three pairs, two or one, so that reading tells them apart: training and test images alone are divided as
/// the tutorials' file is, whose validation images are the last sixth of the training images. Where these
/// come class by class, that sixth is drawn, and `divided` gets them with it at the end.
std::vector<DatasetView> pairs_of(const std::vector<DataPart>& parts, Dataset& divided) {
  const auto find = [&](Part part) -> const Dataset* {
    for (const auto& candidate : parts)
      if (candidate.part == part) return &candidate.data;
    return nullptr;
  };
  if (parts.size() == 1) return {parts[0].data.view()};
  const Dataset* train = find(Part::train);
  const Dataset* validation = find(Part::validation);
  const Dataset* test = find(Part::test);
  if (train == nullptr || test == nullptr)
    throw Error(
        ErrorCode::invalid_argument,
        "a pickle needs training, validation and test images, but there are none for training or none for "
        "testing; choose one part with --part, or another format");
  if (validation != nullptr) return {train->view(), validation->view(), test->view()};
  const std::size_t last_sixth = train->size() / 6;
  if (last_sixth == 0) return {train->view(), test->view()};
  if (is_sorted_by_class(train->labels)) {
    divided = with_drawn_last(*train, last_sixth);
    train = &divided;
  }
  return {train->view().slice(0, train->size() - last_sixth),
          train->view().slice(train->size() - last_sixth, last_sixth), test->view()};
}

/// As the tutorials' mnist.pkl: float32 pixels that are byte / 256, and whole numbers of 64 bits.
Bytes pickled(const std::vector<DataPart>& parts) {
  std::vector<std::vector<float>> pixels;
  std::vector<std::vector<std::int64_t>> labels;
  std::vector<std::pair<TensorView, TensorView>> pairs;
  Dataset divided;
  const auto views = pairs_of(parts, divided);
  pixels.reserve(views.size());
  labels.reserve(views.size());
  for (const auto& data : views) {
    auto& floats = pixels.emplace_back(data.images.size());
    for (std::size_t i = 0; i < floats.size(); ++i) floats[i] = static_cast<float>(data.images[i]) / 256;
    auto& numbers = labels.emplace_back(data.labels.begin(), data.labels.end());
    pairs.emplace_back(
        TensorView{"", "F32", {data.size(), data.shape.size()}, std::as_bytes(std::span(floats))},
        TensorView{"", "I64", {data.size()}, std::as_bytes(std::span(numbers))});
  }
  return encode_pickled_pairs(pairs);
}

/// As it stands in a table: a number, or a text in quotation marks.
std::string label_text(const Dataset& data, std::size_t label) {
  if (!has_names(data)) return std::to_string(label);
  std::string text = "\"";
  for (const char c : data.class_names[label]) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

/// As Kaggle's: a header, the label first, then the pixels of each image on a line.
Bytes csv_text(const Dataset& data) {
  std::string text = "label";
  for (std::size_t p = 0; p < data.shape.size(); ++p) text += ",pixel" + std::to_string(p);
  text += '\n';
  std::array<std::string, 256> fields;
  for (std::size_t value = 0; value < fields.size(); ++value) fields[value] = "," + std::to_string(value);
  const std::vector<std::string> names = names_of_classes(data);
  std::vector<std::string> labels;
  for (std::size_t c = 0; c < names.size(); ++c) labels.push_back(label_text(data, c));
  const DatasetView view = data.view();
  for (std::size_t i = 0; i < data.size(); ++i) {
    text += labels[data.labels[i]];
    for (const auto pixel : view.image(i)) text += fields[pixel];
    text += '\n';
  }
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string part_name(const DataPart& part) { return std::string(to_string(use_of(part))); }

}  // namespace

void write_data(const fs::path& path, DataFormat format, const std::vector<DataPart>& parts, bool compress) {
  const bool packed = compress || is_gzip_name(path.string());
  switch (format) {
    case DataFormat::npz: return write_bytes(path, encode_npz(keras_arrays(parts)), packed);
    case DataFormat::pickle: return write_bytes(path, pickled(parts), packed);
    case DataFormat::idx: {
      FolderWriter folder(path, compress);
      write_idx_folder(folder, parts);
      return folder.commit();
    }
    case DataFormat::npy: {
      FolderWriter folder(path, compress);
      for (const auto& array : keras_arrays(parts)) folder.write(array.name + ".npy", encode_npy(array));
      return folder.commit();
    }
    case DataFormat::csv: {
      if (parts.size() == 1) return write_bytes(path, csv_text(parts[0].data), packed);
      if (lower_case(path.extension().string()) == ".csv" || is_gzip_name(path.string()))
        throw Error(ErrorCode::invalid_argument,
                    "is the name of one file, but there are several parts; choose one with --part, or name a "
                    "folder, with --to csv",
                    path.string());
      FolderWriter folder(path, compress);
      for (const auto& part : parts) folder.write(part_name(part) + ".csv", csv_text(part.data));
      return folder.commit();
    }
    case DataFormat::pictures: {
      for (const auto& part : parts) check_pictures(part.data.view(), part.data.class_names);
      StagedFolder staged(path);
      for (const auto& part : parts)
        write_pictures(parts.size() == 1 ? staged.path() : staged.path() / part_name(part), part.data.view(),
                       part.data.class_names);
      return staged.commit();
    }
    case DataFormat::usps:
    case DataFormat::optdigits: break;
  }
  throw Error(ErrorCode::unsupported,
              "the form " + std::string(to_string(format)) +
                  " is only read: MNIST's form cannot be brought back to smaller pictures without loss");
}

}  // namespace scrawl
