#include "suite.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace scrawl::bench {

void add_augment() {
  add("random_words/1024", {.bytes = 1024 * sizeof(std::uint32_t)}, [](const Table& table) {
    return [&table, out = std::vector<std::uint32_t>(1024)]() mutable {
      table.augment.random_words({}, 0, out.size(), out.data());
    };
  });
  add("random_normals/1024", {.bytes = 1024 * sizeof(float)}, [](const Table& table) {
    return [&table, out = Values(1024)]() mutable {
      table.augment.random_normals({}, 0, out.size(), out.data());
    };
  });
  // A padded image of 28x28: all corners, and a sample for every pixel of rows of 32.
  constexpr std::size_t pitch = kernels::padded_pitch(28);
  constexpr std::size_t corners = pitch * pitch;
  add("pack_corners/28x28", {.bytes = corners * (1 + sizeof(std::uint32_t))}, [](const Table& table) {
    return [&table, in = std::vector<std::uint8_t>(corners + pitch + kernels::augment_room, 7),
            out = std::vector<std::uint32_t>(corners + kernels::augment_room)]() mutable {
      table.augment.pack_corners(corners, pitch, in.data(), out.data());
    };
  });
  constexpr std::size_t samples = 28 * 32;
  add("bilinear/28x28", {.bytes = samples * 5 * sizeof(float)}, [](const Table& table) {
    std::vector<std::uint32_t> places(samples);
    for (std::size_t i = 0; i < samples; ++i) places[i] = static_cast<std::uint32_t>(i * 37 % corners);
    return [&table, places, in = std::vector<std::uint32_t>(corners, 0x01020304),
            fractions = numbers(samples), out = Values(samples)]() mutable {
      table.augment.bilinear(samples, in.data(), places.data(), fractions.data(), fractions.data(),
                             out.data());
    };
  });
}

}  // namespace scrawl::bench
