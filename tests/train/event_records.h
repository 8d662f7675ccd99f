#pragma once

#include "base/files.h"
#include "formats/tensorboard.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::test {

/// The payloads of an event file's records, without the wall times: all that two runs of a recipe have in
/// common. The file must consist of whole records.
inline std::vector<std::string> events_without_time(const std::filesystem::path& path) {
  constexpr std::size_t frame_head = 12;
  constexpr std::size_t frame_end = 4;
  constexpr std::size_t wall_time = 9;  // the field's tag and a double, first in every event
  const Bytes bytes = read_file(path);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  std::vector<std::string> payloads;
  std::size_t begin = 0;
  for (const auto& record : scan_events(bytes)) {
    std::string payload(text + begin + frame_head, text + record.end - frame_end);
    EXPECT_EQ(payload.at(0), 9);
    payloads.push_back(payload.substr(wall_time));
    begin = record.end;
  }
  EXPECT_EQ(begin, bytes.size()) << path << " ends with a torn record";
  return payloads;
}

}  // namespace scrawl::test
