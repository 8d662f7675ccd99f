#include "data/arrays.h"

#include "scrawl/error.h"

#include "base/natural_order.h"
#include "base/sha256.h"
#include "base/text.h"
#include "data/file_names.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

namespace scrawl {
namespace {

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
    throw bad("holds " + counted(tensors.size(), "array") +
                  " whose names do not tell images from labels; name them x_train, y_train, x_test, y_test",
              file);
  std::vector<DataPart> parts;
  const std::size_t pairs = tensors.size() / 2;
  PixelRange range;
  for (std::size_t i = 0; i < pairs; ++i) range.add(tensors[2 * i], file);
  for (std::size_t i = 0; i < pairs; ++i)
    parts.push_back(join(part_of_pair(i, pairs), images_from(tensors[2 * i], range, file),
                         labels_from(tensors[2 * i + 1], file), file));
  return parts;
}

}  // namespace

Shape shape_of_pixels(std::size_t pixels) {
  constexpr std::size_t smallest_picture = 16;
  if (const std::size_t side = root(pixels); side > 0 && pixels >= smallest_picture) return {1, side, side};
  if (const std::size_t side = root(pixels / 3);
      pixels % 3 == 0 && side > 0 && pixels / 3 >= smallest_picture)
    return {3, side, side};
  return {1, 1, pixels};
}

void PixelRange::add(std::span<const float> values, const std::string& place, const std::string& file) {
  const auto odd = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (odd != values.end())
    throw bad(place + ": value " + std::to_string(odd - values.begin()) + " is not a finite number", file);
  if (values.empty()) return;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  low = std::min(low, *least);
  high = std::max(high, *most);
  bytes = bytes && are_bytes(values, 1);
  by_255 = by_255 && are_bytes(values, 255);
  by_256 = by_256 && are_bytes(values, 256);
}

void PixelRange::add(const TensorView& images, const std::string& file) {
  if (images.dtype != "U8") return add(to_floats(images, file), "the values of " + quoted(images), file);
  const auto most = std::max_element(images.data.begin(), images.data.end());
  if (most == images.data.end()) return;
  const auto brightest = static_cast<float>(std::to_integer<int>(*most));
  high = std::max(high, brightest);
  if (brightest > 1) by_255 = by_256 = false;
}

PixelScale scale_of(const PixelRange& range, const std::string& place, const std::string& file) {
  if (range.bytes && (range.high > 1 || range.high == 0)) return {1, 0, "byte"};
  if (range.low < 0 && range.low >= -1 && range.high <= 1) return {127.5F, 1, "byte / 127.5 - 1"};
  if (range.low < 0 || range.high > 1)
    throw bad(place + " are from " + std::to_string(range.low) + " to " + std::to_string(range.high) +
                  "; they must be whole numbers in 0..255, or fractions in 0..1 or -1..1; save the pixels "
                  "before they are standardised; a recipe's [preprocessing] does that",
              file);
  if (range.bytes) return {255, 0, "0 or 1"};
  if (range.by_255) return {255, 0, "byte / 255"};
  if (range.by_256) return {256, 0, "byte / 256"};
  return {255, 0, "0..1, rounded to 256 levels"};
}

std::vector<std::uint8_t> to_bytes(std::span<const float> values, const PixelScale& scale) {
  std::vector<std::uint8_t> bytes(values.size());
  std::transform(values.begin(), values.end(), bytes.begin(), [&](float value) {
    const float level = std::nearbyint((value + scale.shift) * scale.factor);
    return static_cast<std::uint8_t>(std::clamp(level, 0.0F, 255.0F));
  });
  return bytes;
}

Images images_from(const TensorView& tensor, const std::string& file) {
  PixelRange range;
  range.add(tensor, file);
  return images_from(tensor, range, file);
}

Images images_from(const TensorView& tensor, const PixelRange& range, const std::string& file) {
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
  const PixelScale scale = scale_of(range, "the values of " + name, file);
  if (tensor.dtype == "U8" && scale.factor == 1) {
    images.pixels.resize(tensor.data.size());
    std::memcpy(images.pixels.data(), tensor.data.data(), tensor.data.size());
  } else {
    images.pixels = to_bytes(to_floats(tensor, file), scale);
  }
  images.spelling = tensor.dtype + ", " + scale.spelling;
  if (last_is_channel && images.shape.channels > 1) channels_first(images);
  return images;
}

Labels labels_of_texts(std::span<const std::uint8_t> places, const std::vector<std::string>& texts) {
  Labels labels;
  std::vector<std::uint8_t> values;  // of each text
  for (const auto& text : texts)
    if (const auto number = parse_number<std::uint8_t>(text)) values.push_back(*number);
  if (values.size() < texts.size()) {
    labels.names = texts;
    std::sort(labels.names.begin(), labels.names.end(), natural_less);
    values.clear();
    for (const auto& text : texts) {
      const auto at = std::find(labels.names.begin(), labels.names.end(), text);
      values.push_back(static_cast<std::uint8_t>(at - labels.names.begin()));
    }
  }
  labels.values.reserve(places.size());
  for (const auto place : places) labels.values.push_back(values[place]);
  return labels;
}

Labels labels_from(const TensorView& tensor, const std::string& file) {
  const std::string name = quoted(tensor);
  const auto& lengths = tensor.shape;
  if (lengths.empty() || lengths.size() > 2)
    throw bad(name + " holds no labels: those are one number an image, or one-hot rows", file);
  if (tensor.dtype == "TEXT") {
    if (lengths.size() == 2 && lengths[1] > 1)
      throw bad(name + " holds several texts an image; give one", file);
    std::vector<std::uint8_t> places(tensor.data.size());
    std::memcpy(places.data(), tensor.data.data(), places.size());
    return labels_of_texts(places, {tensor.texts.begin(), tensor.texts.end()});
  }
  const auto values = to_floats(tensor, file);
  if (lengths.size() == 2 && lengths[1] > 256)
    throw bad(name + " holds no labels; are images and labels swapped?", file);
  if (lengths.size() == 2 && lengths[1] > 1) return {from_one_hot(values, lengths[1], name, file)};
  std::vector<std::uint8_t> labels(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0 && values[i] <= 255 && values[i] == std::floor(values[i])))
      throw bad(name + ": label " + std::to_string(i) + " is " + std::to_string(values[i]) +
                    "; labels are whole numbers in 0..255, or texts",
                file);
    labels[i] = static_cast<std::uint8_t>(values[i]);
  }
  return {std::move(labels)};
}

std::string content_sha256(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels) {
  Sha256 hash;
  hash.add(std::as_bytes(images));
  hash.add(std::as_bytes(labels));
  return hash.hex();
}

DataPart join(std::optional<Part> part, Images images, Labels labels, const std::string& file) {
  const std::size_t count = images.pixels.size() / images.shape.size();
  if (count != labels.values.size())
    throw bad("has " + counted(labels.values.size(), "label") + " for " + counted(count, "image") +
                  "; give arrays that belong together",
              file);
  DataPart result{.part = part, .pixels = std::move(images.spelling)};
  result.data.shape = images.shape;
  result.data.images = std::move(images.pixels);
  result.data.labels = std::move(labels.values);
  result.data.class_names = std::move(labels.names);
  return result;
}

std::vector<DataPart> parts_from(std::span<const TensorView> tensors, const std::string& file) {
  if (tensors.empty()) throw bad("holds no arrays", file);
  struct Pair {
    const TensorView* images = nullptr;
    const TensorView* labels = nullptr;
  };
  std::map<std::optional<Part>, Pair> pairs;
  for (const auto& tensor : tensors) {
    const DataName name = parse_data_name(tensor.name);
    if (name.role == DataName::Role::unknown) return parts_by_position(tensors, file);
    auto& place = name.role == DataName::Role::images ? pairs[name.part].images : pairs[name.part].labels;
    if (place != nullptr)
      throw bad("the arrays '" + place->name + "' and '" + tensor.name + "' claim the same part", file);
    place = &tensor;
  }
  PixelRange range;
  for (const auto& [part, pair] : pairs)
    if (pair.images != nullptr) range.add(*pair.images, file);
  std::vector<DataPart> parts;
  for (const auto& [part, pair] : pairs) {
    if (pair.images == nullptr || pair.labels == nullptr) {
      const TensorView& alone = pair.images != nullptr ? *pair.images : *pair.labels;
      throw bad("array '" + alone.name + "' has no " + (pair.images != nullptr ? "labels" : "images") +
                    " to go with it; data sets need both",
                file);
    }
    parts.push_back(
        join(part, images_from(*pair.images, range, file), labels_from(*pair.labels, file), file));
  }
  return parts;
}

}  // namespace scrawl
