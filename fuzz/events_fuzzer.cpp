#include "formats/tensorboard.h"
#include "fuzzing.h"

/// No input is an error. libFuzzer finds no checksums, so that the input stands a second time in the file, as
/// the payloads of two records.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = scrawl::fuzz::as_bytes(data, size);
  scrawl::Bytes file;
  for (const auto payload : {input.first(size / 2), input.subspan(size / 2)}) {
    const scrawl::Bytes record = scrawl::frame_record(payload);
    file.insert(file.end(), record.begin(), record.end());
  }
  file.insert(file.end(), input.begin(), input.end());
  for (const auto bytes : {input, std::span<const std::byte>(file)}) {
    std::size_t end = 0;
    for (const auto& record : scrawl::scan_events(bytes)) {
      if (record.end <= end || record.end > bytes.size()) std::abort();
      end = record.end;
    }
  }
  return 0;
}
