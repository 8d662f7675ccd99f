#include "scrawl/recognizer.h"

#include "fuzzing.h"
#include "image/decode.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scrawl;
  static const Recognizer recognizer;
  return fuzz::run([&] {
    const GreyImage image =
        decode_picture(fuzz::as_bytes(data, size), fuzz::file_name, {.most_pixels = 4'000'000});
    const Reading reading = recognizer.read(image);
    for (const auto& line : reading.lines)
      for (const auto& digit : line.digits) {
        const Box& box = digit.box;
        if (box.width == 0 || box.height == 0 || box.x + box.width > image.width ||
            box.y + box.height > image.height)
          std::abort();
        // Neither NaN nor beyond 0 to 1.
        if (!(digit.confidence >= 0.09F && digit.confidence <= 1.0F)) std::abort();
        if (!std::all_of(digit.probabilities.begin(), digit.probabilities.end(),
                         [](float p) { return p >= 0 && p <= 1; }))
          std::abort();
      }
  });
}
