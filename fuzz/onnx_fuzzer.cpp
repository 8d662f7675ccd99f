#include "exchange/onnx_import.h"
#include "formats/onnx.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] {
    const auto bytes = scrawl::fuzz::as_bytes(data, size);
    scrawl::is_onnx(bytes);
    scrawl::import_onnx(scrawl::parse_onnx(bytes, scrawl::fuzz::file_name), scrawl::fuzz::file_name);
  });
}
