#include "data/picture_folder.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/natural_order.h"
#include "base/text.h"
#include "base/utf8.h"
#include "data/arrays.h"
#include "image/decode.h"
#include "image/mnist_form.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace scrawl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 10'000'000;
constexpr std::size_t most_small_side = 64;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// What lies in a folder and fulfils `wanted`, in natural order.
template <class Wanted>
std::vector<fs::path> entries(const fs::path& folder, const Wanted& wanted) {
  std::vector<fs::path> found = list_folder(folder, most_files);
  std::erase_if(found, [&](const fs::path& entry) { return !wanted(entry); });
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return found;
}

std::vector<fs::path> class_folders(const fs::path& path) {
  return entries(path, [](const fs::path& entry) { return !is_hidden(entry) && is_folder(entry); });
}

std::vector<fs::path> files_in(const fs::path& path) { return entries(path, is_file); }

bool begins_as_picture(const fs::path& file) {
  std::array<char, 32> start{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(start.data(), start.size());
  return is_picture(std::as_bytes(std::span(start))
                        .first(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount()))));
}

/// Whether the file's name promises a picture.
bool claims_picture(const fs::path& file) {
  static constexpr std::array<std::string_view, 14> endings = {".png", ".jpg", ".jpeg", ".jpe", ".bmp",
                                                               ".dib", ".pnm", ".pbm",  ".pgm", ".ppm",
                                                               ".gif", ".tif", ".tiff", ".webp"};
  const std::string ending = lower_case(file.extension().string());
  return !is_hidden(file) && std::find(endings.begin(), endings.end(), ending) != endings.end();
}

/// The number that the whole text is, below most_classes; nothing for other text.
std::optional<std::size_t> whole_number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || problem == std::errc::invalid_argument) return std::nullopt;
  return problem == std::errc() ? value : most_classes;  // too large either way
}

/// The labels of the class folders, and the names of all labels.
std::pair<std::vector<std::uint8_t>, std::vector<std::string>> number_classes(
    const std::vector<fs::path>& folders, const std::string& path) {
  if (folders.size() > most_classes)
    throw Error(ErrorCode::bad_data,
                "holds " + std::to_string(folders.size()) + " folders, but there can be at most " +
                    std::to_string(most_classes) + " classes; give a folder with one folder per class",
                path);
  std::vector<std::string> names;
  std::vector<std::uint8_t> labels;
  for (const fs::path& folder : folders) {
    labels.push_back(static_cast<std::uint8_t>(names.size()));
    names.push_back(as_utf8(folder.filename().string()));
  }
  if (!std::all_of(names.begin(), names.end(),
                   [](const auto& name) { return whole_number(name).has_value(); }))
    return {std::move(labels), std::move(names)};
  std::size_t classes = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t number = *whole_number(names[i]);
    if (number >= most_classes)
      throw Error(
          ErrorCode::bad_data,
          "cannot be a label: numbers go up to " + std::to_string(most_classes - 1) + "; rename the folder",
          folders[i].string());
    if (std::count(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(i), number) > 0)
      throw Error(ErrorCode::bad_data,
                  "has the same number as another folder there; put their pictures together",
                  folders[i].string());
    labels[i] = static_cast<std::uint8_t>(number);
    classes = std::max(classes, number + 1);
  }
  names.clear();
  for (std::size_t i = 0; i < classes; ++i) names.push_back(std::to_string(i));
  return {std::move(labels), std::move(names)};
}

std::uint8_t border_median(const GreyImage& image) {
  std::array<std::size_t, 256> counts{};
  std::size_t total = 0;
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      if (y == 0 || x == 0 || y + 1 == image.height || x + 1 == image.width) {
        ++counts[image.pixels[y * image.width + x]];
        ++total;
      }
  std::size_t value = 0;
  for (std::size_t below = counts[0]; 2 * below < total; below += counts[++value]) {
  }
  return static_cast<std::uint8_t>(value);
}

constexpr bool is_bright(std::uint8_t value) { return value > 127; }

void invert(std::span<std::uint8_t> pixels) {
  for (std::uint8_t& value : pixels) value = static_cast<std::uint8_t>(255 - value);
}

/// Whether a small picture is dark on bright. What touches the border seldom covers all corners.
bool is_on_paper(const GreyImage& image) {
  const std::size_t last = image.pixels.size() - 1;
  const std::array corners = {image.pixels[0], image.pixels[image.width - 1],
                              image.pixels[last - (image.width - 1)], image.pixels[last]};
  return is_bright(border_median(image)) && std::all_of(corners.begin(), corners.end(), is_bright);
}

/// A single picture: bright on a background that becomes black, in MNIST's form.
MnistImage isolated(GreyImage image) {
  unsigned background = border_median(image);
  if (is_bright(static_cast<std::uint8_t>(background))) {
    invert(image.pixels);
    background = 255 - background;
  }
  const unsigned range = 255 - background;
  for (std::uint8_t& value : image.pixels)
    value = static_cast<std::uint8_t>((std::max<unsigned>(value, background) - background) * 255 / range);
  return to_mnist_form(image);
}

/// Collects pictures in MNIST's form. How they are to be treated shows only when all are known, so those that
/// have been of one small size up to now wait as they are.
class PictureCollector {
 public:
  void add(GreyImage image) {
    if (count_ == 0) {
      width_ = image.width;
      height_ = image.height;
      are_alike_ = width_ <= most_small_side && height_ <= most_small_side;
    } else if (are_alike_ && (image.width != width_ || image.height != height_)) {
      are_alike_ = false;
      const std::vector<std::uint8_t> waiting = std::exchange(pixels_, {});
      for (std::size_t i = 0; i < count_; ++i) append_isolated(picture(waiting, i));
    }
    ++count_;
    if (are_alike_)
      pixels_.insert(pixels_.end(), image.pixels.begin(), image.pixels.end());
    else
      append_isolated(std::move(image));
  }

  /// Hands over all pictures, 784 bytes each, and how many were changed.
  void finish(PictureFolder& folder) {
    if (are_alike_) {
      for (std::size_t i = 0; i < count_; ++i)
        if (is_on_paper(picture(pixels_, i))) {
          invert(std::span(pixels_).subspan(i * width_ * height_, width_ * height_));
          ++inverted_;
        }
      if (width_ != mnist_side || height_ != mnist_side) {
        brought_ = count_;
        const std::vector<std::uint8_t> waiting = std::exchange(pixels_, {});
        for (std::size_t i = 0; i < count_; ++i) append(to_mnist_form(picture(waiting, i)));
      }
    }
    folder.data.images = std::move(pixels_);
    folder.inverted = inverted_;
    folder.brought = brought_;
  }

 private:
  void append_isolated(GreyImage image) {
    inverted_ += is_bright(border_median(image)) ? 1 : 0;
    ++brought_;
    append(isolated(std::move(image)));
  }
  GreyImage picture(std::span<const std::uint8_t> all, std::size_t i) const {
    const auto pixels = all.subspan(i * width_ * height_, width_ * height_);
    return {width_, height_, {pixels.begin(), pixels.end()}};
  }
  void append(const MnistImage& image) { pixels_.insert(pixels_.end(), image.begin(), image.end()); }

  std::vector<std::uint8_t> pixels_;
  std::size_t width_ = 0;
  std::size_t height_ = 0;
  std::size_t count_ = 0;
  std::size_t inverted_ = 0;
  std::size_t brought_ = 0;
  bool are_alike_ = true;
};

}  // namespace

bool is_picture_folder(const fs::path& path) {
  try {
    for (const fs::path& folder : class_folders(path)) {
      const std::vector<fs::path> files = files_in(folder);
      if (std::any_of(files.begin(), files.end(), begins_as_picture)) return true;
    }
  } catch (const Error&) {
  }
  return false;
}

PictureFolder read_picture_folder(const fs::path& path) {
  const std::string remedy =
      "; give a folder with one folder of pictures per class, such as FOLDER/7/first.png";
  const std::vector<fs::path> folders = class_folders(path);
  if (folders.empty()) throw Error(ErrorCode::bad_data, "holds no folders" + remedy, path.string());
  auto [folder_labels, names] = number_classes(folders, path.string());
  PictureFolder result{.data = {}, .class_names = std::move(names)};
  std::vector<std::uint8_t>& labels = result.data.labels;
  PictureCollector pictures;
  std::size_t files_seen = 0;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const std::size_t before = labels.size();
    for (const fs::path& file : files_in(folders[i])) {
      if (++files_seen > most_files)
        throw Error(
            ErrorCode::bad_data,
            "holds more than " + std::to_string(most_files) + " files; split it into several data sets",
            path.string());
      if (!claims_picture(file) && !begins_as_picture(file)) continue;
      pictures.add(decode_picture(read_file(file), file.string()));
      labels.push_back(folder_labels[i]);
    }
    // Among names, a folder of something else would be taken for a class and shift the labels.
    if (labels.size() == before && !whole_number(folders[i].filename().string()) &&
        !list_folder(folders[i], most_files).empty())
      throw Error(ErrorCode::bad_data, "holds no pictures; put some there or remove the folder",
                  folders[i].string());
  }
  if (labels.empty()) throw Error(ErrorCode::bad_data, "holds no pictures" + remedy, path.string());

  Dataset& data = result.data;
  data.name = (path.has_filename() ? path : path.parent_path()).filename().string();
  data.shape = {1, mnist_side, mnist_side};
  data.classes = result.class_names.size();
  pictures.finish(result);
  data.sha256 = content_sha256(data.images, labels);
  return result;
}

}  // namespace scrawl
