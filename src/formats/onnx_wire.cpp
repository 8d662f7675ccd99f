#include "scrawl/error.h"

#include "formats/onnx_tensor.h"

#include <cstdint>
#include <optional>

namespace scrawl {
namespace {

constexpr std::size_t most_fields = 100'000;

/// How protobuf lays out a field's value, in the lowest three bits of its tag.
enum class Wire : std::uint8_t { varint = 0, eight_bytes = 1, length = 2, four_bytes = 5 };

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;                // of a varint
  std::span<const std::byte> bytes = {};  // of a field with a length
};

/// Reads the fields of one message one by one.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> message) : message_(message) {}

  bool at_end() const { return at_ == message_.size(); }
  std::size_t at() const { return at_; }

  /// nullopt where no valid field follows. A field's bytes may reach to the end of the message.
  std::optional<Field> next() {
    const auto tag = varint();
    if (!tag || *tag >> 3 == 0 || *tag >> 32 != 0) return std::nullopt;
    Field field{.number = *tag >> 3, .wire = static_cast<Wire>(*tag & 7U)};
    std::uint64_t length = 0;
    if (field.wire == Wire::varint || field.wire == Wire::length) {
      const auto value = varint();
      if (!value) return std::nullopt;
      (field.wire == Wire::varint ? field.value : length) = *value;
    } else if (field.wire == Wire::eight_bytes) {
      length = 8;
    } else if (field.wire == Wire::four_bytes) {
      length = 4;
    } else {
      return std::nullopt;  // groups, which ONNX has none of
    }
    if (length > message_.size() - at_) return std::nullopt;
    field.bytes = message_.subspan(at_, length);
    at_ += length;
    return field;
  }

 private:
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ < message_.size(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(message_[at_++]);
      value |= (byte & 127U) << shift;
      if (byte < 128) return value;
    }
    return std::nullopt;
  }

  std::span<const std::byte> message_;
  std::size_t at_ = 0;
};

/// The messages of onnx.proto.
enum class Message { model, graph, node, attribute, tensor, value, type, tensor_type, shape, leaf };

struct Nested {
  Message parent;
  std::uint64_t field;
  Message child;
};
constexpr Nested nested_messages[] = {
    {Message::model, 7, Message::graph},       {Message::model, 8, Message::leaf},
    {Message::model, 14, Message::leaf},       {Message::graph, 1, Message::node},
    {Message::graph, 5, Message::tensor},      {Message::graph, 11, Message::value},
    {Message::graph, 12, Message::value},      {Message::node, 5, Message::attribute},
    {Message::attribute, 5, Message::tensor},  {Message::tensor, 13, Message::leaf},
    {Message::value, 2, Message::type},        {Message::type, 1, Message::tensor_type},
    {Message::tensor_type, 2, Message::shape}, {Message::shape, 1, Message::leaf},
};

/// `start` is the message's place in the file; counts the fields.
void check(Message kind, std::span<const std::byte> bytes, std::size_t start, const std::string& file,
           std::size_t& fields) {
  FieldReader reader(bytes);
  while (!reader.at_end()) {
    const std::size_t at = start + reader.at();
    const auto field = reader.next();
    if (!field)
      throw Error(ErrorCode::bad_data,
                  "is not a valid ONNX model from here on: the file is damaged or was cut off; fetch or save "
                  "it again",
                  file, at);
    if (++fields > most_fields)
      throw Error(ErrorCode::unsupported,
                  "has more than " + std::to_string(most_fields) +
                      " fields; scrawl reads small networks, whose weights are stored as raw data",
                  file, at);
    if (field->wire != Wire::length) continue;
    for (const auto& nested : nested_messages)
      if (nested.parent == kind && nested.field == field->number)
        check(nested.child, field->bytes, start + reader.at() - field->bytes.size(), file, fields);
  }
}

}  // namespace

bool is_onnx(std::span<const std::byte> bytes) {
  constexpr std::uint64_t latest_ir_version = 99;  // 13 at the time of writing
  constexpr int most_fields_before_graph = 16;
  bool has_version = false;
  FieldReader reader(bytes);
  for (int i = 0; i < most_fields_before_graph && !reader.at_end(); ++i) {
    const std::size_t at = reader.at();
    // A graph that was cut off shows only its tag.
    constexpr std::byte graph_tag{7 << 3 | 2};
    if (has_version && bytes[at] == graph_tag) return true;
    const auto field = reader.next();
    if (!field) return false;
    if (field->number == 1 && field->wire == Wire::varint) {
      has_version = field->value >= 1 && field->value <= latest_ir_version;
    } else if (field->number == 5 ? field->wire != Wire::varint
                                  : field->number > 8 || field->wire != Wire::length) {
      return false;
    }
  }
  return false;
}

void check_onnx_wire(std::span<const std::byte> bytes, const std::string& file) {
  std::size_t fields = 0;
  check(Message::model, bytes, 0, file, fields);
}

}  // namespace scrawl
