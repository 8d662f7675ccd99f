#pragma once

#include "synth/chance.h"

#include <array>
#include <span>
#include <string_view>

/// Ways to change an image of a digit, to measure how much of it a model survives.
namespace scrawl::bench {

constexpr std::size_t side = 28;

/// 28x28 values, 0 for paper and 1 for ink.
using Image = std::array<float, side * side>;

struct Change {
  std::string_view name;
  Image (*apply)(const Image& image, Chance& chance);
  bool is_hard = false;  ///< takes away what a reader needs: no accuracy is asked for
};

/// Shifts, turns, scales, shears, thinner and thicker strokes, blur, noise, weak contrast, JPEG's blocks and
/// hidden parts; and the corruptions of Mu and Gilmer, "MNIST-C: a robustness benchmark for computer vision"
/// (2019), that these do not cover. Those are written after the paper, with numbers of our own where it gives
/// none.
std::span<const Change> all_changes();

/// The bytes of a changed image. The same for the same `seed`, change and number of the image.
std::array<std::uint8_t, side * side> changed(std::span<const std::uint8_t> image, const Change& change,
                                              std::uint64_t seed, std::uint32_t number);

}  // namespace scrawl::bench
