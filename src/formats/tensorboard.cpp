#include "formats/tensorboard.h"

#include "base/crc32c.h"
#include "formats/tensorboard.pb.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>

namespace scrawl {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a frame are little-endian");

constexpr std::size_t size_bytes = 8;
constexpr std::size_t sum_bytes = 4;
constexpr std::size_t head_bytes = size_bytes + sum_bytes;

/// TFRecord's form of a checksum: checksums of data that hold checksums are weak, so that it is altered.
std::uint32_t masked_sum(std::span<const std::byte> bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xa282ead8;
}

template <class Number>
void put(Bytes& bytes, std::size_t at, Number number) {
  std::memcpy(bytes.data() + at, &number, sizeof number);
}

template <class Number>
Number number_at(std::span<const std::byte> bytes, std::size_t at) {
  Number number{};
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

/// The payload of the record that begins the bytes, if that is whole.
std::optional<std::span<const std::byte>> first_payload(std::span<const std::byte> bytes) {
  if (bytes.size() < head_bytes + sum_bytes) return {};
  if (number_at<std::uint32_t>(bytes, size_bytes) != masked_sum(bytes.first(size_bytes))) return {};
  const auto length = number_at<std::uint64_t>(bytes, 0);
  if (length > bytes.size() - head_bytes - sum_bytes) return {};
  const auto payload = bytes.subspan(head_bytes, length);
  if (number_at<std::uint32_t>(bytes, head_bytes + length) != masked_sum(payload)) return {};
  return payload;
}

}  // namespace

Bytes frame_record(std::span<const std::byte> payload) {
  Bytes record(head_bytes + payload.size() + sum_bytes);
  put(record, 0, static_cast<std::uint64_t>(payload.size()));
  put(record, size_bytes, masked_sum(std::span(record).first(size_bytes)));
  std::copy(payload.begin(), payload.end(), record.begin() + head_bytes);
  put(record, head_bytes + payload.size(), masked_sum(payload));
  return record;
}

Bytes encode_event(const Event& event) {
  tensorboard::Event message;
  message.set_wall_time(event.wall_time);
  message.set_step(event.step);
  if (!event.file_version.empty()) message.set_file_version(event.file_version);
  for (const auto& scalar : event.scalars) {
    auto& value = *message.mutable_summary()->add_value();
    value.set_tag(scalar.tag);
    value.set_simple_value(scalar.value);
  }
  for (const auto& picture : event.images) {
    auto& value = *message.mutable_summary()->add_value();
    value.set_tag(picture.tag);
    auto& image = *value.mutable_image();
    image.set_width(static_cast<std::int32_t>(picture.width));
    image.set_height(static_cast<std::int32_t>(picture.height));
    image.set_colorspace(1);
    image.set_encoded_image_string(picture.png.data(), picture.png.size());
  }
  const std::string payload = message.SerializeAsString();
  return frame_record(std::as_bytes(std::span(payload)));
}

std::vector<EventRecord> scan_events(std::span<const std::byte> bytes) {
  std::vector<EventRecord> records;
  std::size_t at = 0;
  while (const auto payload = first_payload(bytes.subspan(at))) {
    tensorboard::EventHead head;
    // Protocol buffers count in int.
    if (payload->size() > std::numeric_limits<int>::max() ||
        !head.ParseFromArray(payload->data(), static_cast<int>(payload->size())))
      break;
    at += head_bytes + payload->size() + sum_bytes;
    records.push_back({.step = head.step(), .end = at});
  }
  return records;
}

}  // namespace scrawl
