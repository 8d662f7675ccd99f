#pragma once

#include "base/files.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// A number under a name, such as "loss". Names with slashes are shown in groups.
struct ScalarSummary {
  std::string tag;
  float value = 0;
};

/// A grey picture under a name.
struct ImageSummary {
  std::string tag;
  std::size_t width = 0;
  std::size_t height = 0;
  Bytes png;
};

/// What a program tells TensorBoard about one step.
struct Event {
  double wall_time = 0;           ///< seconds since 1970
  std::int64_t step = 0;          ///< not negative
  std::string file_version = {};  ///< only in the first event of a file, alone
  std::vector<ScalarSummary> scalars = {};
  std::vector<ImageSummary> images = {};
};

/// What the first event of a file must say.
constexpr const char* event_file_version = "brain.Event:2";

/// A TFRecord: length and payload, each with a masked CRC-32C.
Bytes frame_record(std::span<const std::byte> payload);

/// One record of an event file, which is such records one after the other. REQUIRES tags that are UTF-8.
Bytes encode_event(const Event& event);

/// Where a record ends and what step it belongs to.
struct EventRecord {
  std::int64_t step = 0;
  std::size_t end = 0;  ///< the byte behind the record
};

/// The records from the beginning of an event file up to the first that is not whole: one that was cut off
/// or overwritten, whose checksums are wrong, or whose payload is no event. Never throws for what the bytes
/// say. Holds no more than four times the size of `bytes`.
std::vector<EventRecord> scan_events(std::span<const std::byte> bytes);

}  // namespace scrawl
