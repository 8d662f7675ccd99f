#include "data/arrays.h"

#include "scrawl/error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <map>

namespace scrawl {
namespace {

using Role = DataName::Role;

Error bad(const std::string& message, const std::string& file) {
  return {ErrorCode::bad_data, message, file};
}

std::string quoted(const TensorView& tensor) {
  return "array '" + tensor.name + "' " + shape_text(tensor.shape);
}

std::size_t root(std::size_t square) {
  auto side = static_cast<std::size_t>(std::sqrt(static_cast<double>(square)));
  while (side * side < square) ++side;
  return side * side == square ? side : 0;
}

/// Whether every value times `scale` is a byte. Floats that were made by a division are off by rounding.
bool are_bytes(std::span<const float> values, float scale) {
  constexpr float rounding = 1e-3F;
  return std::all_of(values.begin(), values.end(), [&](float value) {
    const float scaled = value * scale;
    return scaled >= -rounding && scaled <= 255 + rounding &&
           std::abs(scaled - std::nearbyint(scaled)) <= rounding;
  });
}

/// The pixels of each image from h, w, c order to c, h, w.
void channels_first(Images& images) {
  const auto [channels, height, width] = images.shape;
  const std::size_t area = height * width;
  std::vector<std::uint8_t> image(images.shape.size());
  for (std::size_t start = 0; start < images.pixels.size(); start += image.size()) {
    for (std::size_t i = 0; i < area; ++i)
      for (std::size_t c = 0; c < channels; ++c)
        image[c * area + i] = images.pixels[start + i * channels + c];
    std::copy(image.begin(), image.end(), images.pixels.begin() + static_cast<std::ptrdiff_t>(start));
  }
}

/// The one `true` in each row.
std::vector<std::uint8_t> from_one_hot(std::span<const float> values, std::size_t classes,
                                       const std::string& name, const std::string& file) {
  std::vector<std::uint8_t> labels;
  for (std::size_t start = 0; start < values.size(); start += classes) {
    const auto row = values.subspan(start, classes);
    const auto one = std::find(row.begin(), row.end(), 1.0F);
    if (one == row.end() ||
        std::count(row.begin(), row.end(), 0.0F) + 1 != static_cast<std::ptrdiff_t>(classes))
      throw bad(name + ": row " + std::to_string(start / classes) +
                    " is not one-hot (a single 1 among zeros); labels are one number an image, or one-hot",
                file);
    labels.push_back(static_cast<std::uint8_t>(one - row.begin()));
  }
  return labels;
}

/// What the parts of a pickled tuple of pairs are: MNIST's three, or training and test.
std::optional<Part> part_of_pair(std::size_t pair, std::size_t pairs) {
  if (pairs == 3) return static_cast<Part>(pair);
  if (pairs == 2) return pair == 0 ? Part::train : Part::test;
  return std::nullopt;
}

/// Arrays whose names say nothing, in pairs of images and labels.
std::vector<DataPart> parts_by_position(std::span<const TensorView> tensors, const std::string& file) {
  if (tensors.size() % 2 != 0 || tensors.size() > 6)
    throw bad(
        "holds " + std::to_string(tensors.size()) +
            " arrays whose names do not tell images from labels; name them x_train, y_train, x_test, y_test",
        file);
  std::vector<DataPart> parts;
  const std::size_t pairs = tensors.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i)
    parts.push_back(join(part_of_pair(i, pairs), images_from(tensors[2 * i], file),
                         labels_from(tensors[2 * i + 1], file), file));
  return parts;
}

struct NamedPair {
  const TensorView* images = nullptr;
  const TensorView* labels = nullptr;
};

}  // namespace

DataName parse_data_name(std::string_view name) {
  std::string text(name);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr std::pair<std::string_view, Part> part_words[] = {{"train", Part::train},
                                                                     {"t10k", Part::test},
                                                                     {"test", Part::test},
                                                                     {"valid", Part::validation},
                                                                     {"val", Part::validation}};
  static constexpr std::string_view image_words[] = {"images", "image",    "img",   "imgs",
                                                     "x",      "features", "pixels"};
  static constexpr std::string_view label_words[] = {"labels", "label",   "lbl",   "lbls",
                                                     "y",      "targets", "target"};
  DataName result;
  for (const auto& [word, part] : part_words) {
    const auto at = text.find(word);
    if (at == std::string::npos) continue;
    result.part = part;
    text.replace(at, word.size(), " ");
    break;
  }
  std::string word;
  for (const char c : text + " ") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    const auto is_word = [&](std::string_view known) { return known == word; };
    if (std::any_of(std::begin(image_words), std::end(image_words), is_word)) result.role = Role::images;
    if (std::any_of(std::begin(label_words), std::end(label_words), is_word)) result.role = Role::labels;
    word.clear();
  }
  return result;
}

Shape shape_of_pixels(std::size_t pixels) {
  constexpr std::size_t smallest_picture = 16;
  if (const std::size_t side = root(pixels); side > 0 && pixels >= smallest_picture) return {1, side, side};
  if (const std::size_t side = root(pixels / 3);
      pixels % 3 == 0 && side > 0 && pixels / 3 >= smallest_picture)
    return {3, side, side};
  return {1, 1, pixels};
}

std::vector<std::uint8_t> to_bytes(std::span<const float> values, std::string& spelling,
                                   const std::string& place, const std::string& file) {
  const auto odd = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (odd != values.end())
    throw bad(place + ": value " + std::to_string(odd - values.begin()) + " is not a finite number", file);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  float scale = 255;
  float shift = 0;
  if (values.empty() || are_bytes(values, 1)) {
    scale = 1;
    spelling = "byte";
  } else if (*low < 0 && *low >= -1 && *high <= 1) {
    scale = 127.5F;
    shift = 1;
    spelling = "byte / 127.5 - 1";
  } else if (*low < 0 || *high > 1) {
    throw bad(place + " are from " + std::to_string(*low) + " to " + std::to_string(*high) +
                  "; they must be whole numbers in 0..255, or fractions in 0..1 or -1..1",
              file);
  } else if (are_bytes(values, 255)) {
    spelling = "byte / 255";
  } else if (are_bytes(values, 256)) {
    scale = 256;
    spelling = "byte / 256";
  } else {
    spelling = "0..1, rounded to 256 levels";
  }
  std::vector<std::uint8_t> bytes(values.size());
  std::transform(values.begin(), values.end(), bytes.begin(), [&](float value) {
    return static_cast<std::uint8_t>(std::clamp(std::nearbyint((value + shift) * scale), 0.0F, 255.0F));
  });
  return bytes;
}

Images images_from(const TensorView& tensor, const std::string& file) {
  const auto& lengths = tensor.shape;
  const std::string name = quoted(tensor);
  const auto count = count_values(lengths);
  if (!count || *count == 0) throw bad(name + " holds no images", file);
  Images images;
  bool last_is_channel = false;
  if (lengths.size() == 2) {
    images.shape = shape_of_pixels(lengths[1]);
  } else if (lengths.size() == 3) {
    images.shape = {1, lengths[1], lengths[2]};
  } else if (lengths.size() == 4) {
    last_is_channel = lengths[1] != 1 && lengths[1] != 3 && (lengths[3] == 1 || lengths[3] == 3);
    images.shape = last_is_channel ? Shape{lengths[3], lengths[1], lengths[2]}
                                   : Shape{lengths[1], lengths[2], lengths[3]};
  } else {
    throw bad(name + " holds no images: those are (images, pixels), (images, height, width) or with channels",
              file);
  }
  if (tensor.dtype == "U8") {
    images.pixels.resize(tensor.data.size());
    std::memcpy(images.pixels.data(), tensor.data.data(), tensor.data.size());
    images.spelling = "byte";
  } else {
    images.pixels = to_bytes(to_floats(tensor, file), images.spelling, "the values of " + name, file);
  }
  images.spelling = tensor.dtype + ", " + images.spelling;
  if (last_is_channel && images.shape.channels > 1) channels_first(images);
  return images;
}

std::vector<std::uint8_t> labels_from(const TensorView& tensor, const std::string& file) {
  const std::string name = quoted(tensor);
  const auto& lengths = tensor.shape;
  if (lengths.empty() || lengths.size() > 2)
    throw bad(name + " holds no labels: those are one number an image, or one-hot rows", file);
  const auto values = to_floats(tensor, file);
  if (lengths.size() == 2 && lengths[1] > 256)
    throw bad(name + " holds no labels; are images and labels swapped?", file);
  if (lengths.size() == 2 && lengths[1] > 1) return from_one_hot(values, lengths[1], name, file);
  std::vector<std::uint8_t> labels(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0 && values[i] <= 255 && values[i] == std::floor(values[i])))
      throw bad(name + ": label " + std::to_string(i) + " is " + std::to_string(values[i]) +
                    "; labels are whole numbers in 0..255",
                file);
    labels[i] = static_cast<std::uint8_t>(values[i]);
  }
  return labels;
}

DataPart join(std::optional<Part> part, Images images, std::vector<std::uint8_t> labels,
              const std::string& file) {
  const std::size_t count = images.pixels.size() / images.shape.size();
  if (count != labels.size())
    throw bad("has " + std::to_string(labels.size()) + " labels for " + std::to_string(count) +
                  " images; give arrays that belong together",
              file);
  DataPart result{.part = part, .pixels = std::move(images.spelling)};
  result.data.shape = images.shape;
  result.data.images = std::move(images.pixels);
  result.data.labels = std::move(labels);
  return result;
}

std::vector<DataPart> parts_from(std::span<const TensorView> tensors, const std::string& file) {
  if (tensors.empty()) throw bad("holds no arrays", file);
  std::map<std::optional<Part>, NamedPair> pairs;
  bool named = true;
  for (const auto& tensor : tensors) {
    const DataName name = parse_data_name(tensor.name);
    if (name.role == Role::unknown) {
      named = false;
      break;
    }
    auto& place = name.role == Role::images ? pairs[name.part].images : pairs[name.part].labels;
    if (place != nullptr)
      throw bad("the arrays '" + place->name + "' and '" + tensor.name + "' claim the same part", file);
    place = &tensor;
  }
  if (!named) return parts_by_position(tensors, file);
  std::vector<DataPart> parts;
  for (const auto& [part, pair] : pairs) {
    if (pair.images == nullptr || pair.labels == nullptr) {
      const TensorView& alone = pair.images != nullptr ? *pair.images : *pair.labels;
      throw bad("array '" + alone.name + "' has no " + (pair.images != nullptr ? "labels" : "images") +
                    " to go with it; data sets need both",
                file);
    }
    parts.push_back(join(part, images_from(*pair.images, file), labels_from(*pair.labels, file), file));
  }
  return parts;
}

}  // namespace scrawl
