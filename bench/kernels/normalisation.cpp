#include "kernels/batchnorm.h"
#include "kernels/convolution.h"
#include "kernels/dropout.h"
#include "suite.h"

#include <cstddef>

namespace scrawl::bench {
namespace {

using kernels::image_lanes;

// One block of what a convolution of 16 channels makes of a picture of 28x28.
constexpr std::size_t channels = 16;
constexpr std::size_t places = 24 * 24;
constexpr std::size_t normalised_values = channels * places;
constexpr auto bytes = static_cast<double>(normalised_values * image_lanes * sizeof(float));

void add_sums(const char* name, void (*Table::*kernel)(const kernels::ChannelSums<float>&), double arrays) {
  add(name, {.bytes = arrays * bytes}, [=](const Table& table) {
    return [&table, kernel, x = numbers(normalised_values * image_lanes),
            dy = numbers(normalised_values * image_lanes), mean = numbers(channels), first = Values(channels),
            second = Values(channels)]() mutable {
      (table.*kernel)({.channels = channels,
                       .places = places,
                       .samples = image_lanes,
                       .x = x.data(),
                       .dy = dy.data(),
                       .mean = mean.data(),
                       .first = first.data(),
                       .second = second.data()});
    };
  });
}

void add_map(const char* name, void (*Table::*kernel)(const kernels::ChannelMap<float>&), double arrays) {
  add(name, {.bytes = arrays * bytes}, [=](const Table& table) {
    return [&table, kernel, x = numbers(normalised_values * image_lanes),
            dy = numbers(normalised_values * image_lanes), factors = numbers(channels),
            y = Values(normalised_values * image_lanes)]() mutable {
      (table.*kernel)({.channels = channels,
                       .places = places,
                       .samples = image_lanes,
                       .x = x.data(),
                       .dy = dy.data(),
                       .mean = factors.data(),
                       .factor = factors.data(),
                       .dy_factor = factors.data(),
                       .offset = factors.data(),
                       .y = y.data(),
                       .relu = true});
    };
  });
}

void add_dropout(const char* name, void (*Table::*kernel)(const kernels::Dropout<float>&),
                 std::size_t lanes) {
  add(name, {.bytes = 2.0 * static_cast<double>(normalised_values * lanes * sizeof(float))},
      [=](const Table& table) {
        return [&table, kernel, x = numbers(normalised_values * lanes),
                y = Values(normalised_values * lanes)]() mutable {
          (table.*kernel)({.key = {.purpose = Purpose::dropout},
                           .threshold = 32768,
                           .scale = 2,
                           .values = normalised_values,
                           .x = x.data(),
                           .y = y.data()});
        };
      });
}

}  // namespace

void add_normalisation() {
  add_sums("channel_moments", &Table::channel_moments, 1);
  add_sums("channel_gradient_sums", &Table::channel_gradient_sums, 2);
  add_map("channel_map", &Table::channel_map, 2);
  add_map("channel_map_gradient", &Table::channel_map_gradient, 3);
  add_dropout("dropout_row", &Table::dropout_row, 1);
  add_dropout("dropout_lanes", &Table::dropout_lanes, image_lanes);
}

}  // namespace scrawl::bench
