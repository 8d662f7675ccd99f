#pragma once

#include "kernels/convolution.h"

namespace scrawl::kernels::reference {

template <class T>
void to_lanes(std::size_t samples, std::size_t places, const T* rows, std::size_t stride, T* block) {
  for (std::size_t place = 0; place < places; ++place)
    for (std::size_t lane = 0; lane < image_lanes; ++lane)
      block[place * image_lanes + lane] = lane < samples ? rows[lane * stride + place] : T{0};
}

template <class T>
void from_lanes(std::size_t samples, std::size_t places, const T* block, T* rows, std::size_t stride) {
  for (std::size_t lane = 0; lane < samples; ++lane)
    for (std::size_t place = 0; place < places; ++place)
      rows[lane * stride + place] = block[place * image_lanes + lane];
}

}  // namespace scrawl::kernels::reference
