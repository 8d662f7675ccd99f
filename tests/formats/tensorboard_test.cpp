#include "formats/tensorboard.h"

#include "base/crc32c.h"
#include "testing.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace scrawl::tensorboard_test {
namespace {

using test::bytes_of;

std::span<const std::byte> payload_of(const Bytes& record) {
  return std::span(record).subspan(12, record.size() - 16);
}

std::uint32_t sum_at(const Bytes& bytes, std::size_t at) {
  std::uint32_t sum = 0;
  std::memcpy(&sum, bytes.data() + at, sizeof sum);
  return sum;
}

/// A frame with right checksums around any payload.
Bytes framed(std::span<const std::byte> payload) {
  const auto append = [](Bytes& bytes, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(number >> (8 * i)));
  };
  const auto masked = [](std::span<const std::byte> bytes) {
    const std::uint32_t sum = crc32c(bytes);
    return static_cast<std::uint32_t>(((sum >> 15) | (sum << 17)) + 0xa282ead8);
  };
  Bytes record;
  append(record, payload.size(), 8);
  append(record, masked(record), 4);
  record.insert(record.end(), payload.begin(), payload.end());
  append(record, masked(payload), 4);
  return record;
}

/// The first event, one of scalars, and one with an image.
std::vector<Event> some_events() {
  return {{.wall_time = 1, .file_version = event_file_version},
          {.wall_time = 2, .step = 7, .scalars = {{"loss", 0.5F}, {"accuracy/test", 1}}},
          {.wall_time = 3, .step = 300, .images = {{"images/train", 2, 3, bytes_of("png")}}}};
}

Bytes file_of(const std::vector<Event>& events, std::vector<std::size_t>* ends = nullptr) {
  Bytes file;
  for (const auto& event : events) {
    const Bytes record = encode_event(event);
    file.insert(file.end(), record.begin(), record.end());
    if (ends) ends->push_back(file.size());
  }
  return file;
}

TEST(TensorBoard, WritesTheFieldsUnderTheirPublicNumbers) {
  const auto events = some_events();
  using namespace std::string_literals;
  // A double is tag 1 of wire type 1 (9); 1.0 ends with f0 3f. Written out by hand.
  EXPECT_EQ(framed(bytes_of("\x09\0\0\0\0\0\0\xf0\x3f"s
                            "\x1a\x0d"s
                            "brain.Event:2")),
            encode_event(events[0]));
  EXPECT_EQ(framed(bytes_of("\x09\0\0\0\0\0\0\0\x40"s
                            "\x10\x07"s
                            "\x2a\x23"s
                            "\x0a\x0b"s
                            "\x0a\x04loss"s
                            "\x15\0\0\0\x3f"s
                            "\x0a\x14"s
                            "\x0a\x0d"s
                            "accuracy/test"s
                            "\x15\0\0\x80\x3f"s)),
            encode_event(events[1]));
  EXPECT_EQ(framed(bytes_of("\x09\0\0\0\0\0\0\x08\x40"s
                            "\x10\xac\x02"s
                            "\x2a\x1d"s
                            "\x0a\x1b"s
                            "\x0a\x0c"s
                            "images/train"s
                            "\x22\x0b"s
                            "\x08\x03\x10\x02\x18\x01"s
                            "\x22\x03png"s)),
            encode_event(events[2]));
}

TEST(TensorBoard, MasksTheChecksumsAsTfRecordDoes) {
  const Bytes record = encode_event({.wall_time = 1});
  // Nine bytes of payload. The masked sum of that length, from the definition: rotated right by 15 bits,
  // plus a282ead8.
  const Bytes length = bytes_of(std::string_view("\x09\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(Bytes(record.begin(), record.begin() + 8), length);
  EXPECT_EQ(std::rotl(sum_at(record, 8) - 0xa282ead8, 15), crc32c(length));
  EXPECT_EQ(std::rotl(sum_at(record, 21) - 0xa282ead8, 15), crc32c(payload_of(record)));
}

TEST(TensorBoard, AFileBeginsAsTensorFlowsDo) {
  // Length and checksum of the version record are the same in every file that TensorFlow writes.
  const Bytes first = bytes_of(std::string_view("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12));
  const Bytes record = encode_event({.wall_time = 1.5e9, .file_version = event_file_version});
  EXPECT_EQ(Bytes(record.begin(), record.begin() + 12), first);
}

TEST(TensorBoard, ScanningFindsEveryRecordAndItsStep) {
  std::vector<std::size_t> ends;
  const Bytes file = file_of(some_events(), &ends);
  const auto records = scan_events(file);
  ASSERT_EQ(records.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(records[i].end, ends[i]);
  EXPECT_EQ(records[0].step, 0);
  EXPECT_EQ(records[1].step, 7);
  EXPECT_EQ(records[2].step, 300);
  EXPECT_TRUE(scan_events({}).empty());
}

TEST(TensorBoard, FramesAnyPayload) {
  for (const char* text : {"", "x", "a longer payload"})
    EXPECT_EQ(frame_record(bytes_of(text)), framed(bytes_of(text)));
}

TEST(TensorBoard, ScanningATruncatedFileFindsTheWholeRecords) {
  std::vector<std::size_t> ends;
  const Bytes file = file_of(some_events(), &ends);
  for (std::size_t length = 0; length <= file.size(); ++length) {
    const auto records = scan_events(std::span(file).first(length));
    const auto whole =
        std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= length; });
    EXPECT_EQ(records.size(), static_cast<std::size_t>(whole)) << length;
  }
}

TEST(TensorBoard, ScanningStopsAtTheRecordWithAChangedByte) {
  std::vector<std::size_t> ends;
  const Bytes file = file_of(some_events(), &ends);
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      Bytes changed = file;
      changed[at] ^= static_cast<std::byte>(change);
      const auto before = std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= at; });
      ASSERT_EQ(scan_events(changed).size(), static_cast<std::size_t>(before)) << at << " " << change;
    }
  }
}

TEST(TensorBoard, AnyPayloadWithRightChecksumsIsARecordOrTheEnd) {
  const auto whole = [](const std::string& payload) { return scan_events(framed(bytes_of(payload))).size(); };
  using namespace std::string_literals;
  EXPECT_EQ(whole(""), 1U);
  EXPECT_EQ(whole("\x10\x07"), 1U);
  EXPECT_EQ(whole("\x10"), 0U);                     // a step without value
  EXPECT_EQ(whole("\x2a\x7f"), 0U);                 // a summary longer than the payload
  EXPECT_EQ(whole("\x1a\x02\xff\xfe"), 1U);         // text that is not UTF-8 does not matter here
  EXPECT_EQ(whole("\0\0"s), 0U);                    // field number zero
  EXPECT_EQ(whole(std::string(5000, '\x5b')), 0U);  // groups within groups
  const Bytes event = encode_event(some_events()[1]);
  for (std::size_t at = 0; at < payload_of(event).size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes payload(payload_of(event).begin(), payload_of(event).end());
      payload[at] = static_cast<std::byte>(value);
      EXPECT_LE(scan_events(framed(payload)).size(), 1U);
    }
  }
}

TEST(TensorBoard, ALengthThatOverflowsIsTheEnd) {
  for (const std::uint64_t length : {std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{0} - 15}) {
    Bytes file = framed({});
    std::memcpy(file.data(), &length, sizeof length);
    const Bytes sum = framed(std::span(file).first(8));  // its payload's sum is the masked sum of the length
    std::copy_n(sum.end() - 4, 4, file.begin() + 8);
    EXPECT_TRUE(scan_events(file).empty()) << length;
  }
}

}  // namespace
}  // namespace scrawl::tensorboard_test
