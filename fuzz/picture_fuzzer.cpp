#include "fuzzing.h"
#include "image/decode.h"
#include "image/mnist_form.h"
#include "image/png.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scrawl;
  return fuzz::run([&] {
    const GreyImage image =
        decode_picture(fuzz::as_bytes(data, size), fuzz::file_name, {.most_pixels = 4'000'000});
    to_mnist_form(image);
    // Packing takes the most time, and its result depends on the pixels only.
    if (image.pixels.size() > 65536) return;
    if (decode_picture(encode_png(image), fuzz::file_name) != image) std::abort();
  });
}
