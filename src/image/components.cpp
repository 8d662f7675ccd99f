#include "image/components.h"

#include <algorithm>

namespace scrawl {

Components find_components(const GreyImage& image, std::uint8_t threshold) {
  Components result;
  result.labels.resize(image.pixels.size());
  std::vector<std::size_t> open;  // pixels of the component whose neighbours have not been looked at
  for (std::size_t start = 0; start < image.pixels.size(); ++start) {
    if (image.pixels[start] <= threshold || result.labels[start] != 0) continue;
    const auto label = static_cast<std::uint32_t>(result.all.size() + 1);
    Component component;
    std::size_t left = image.width;
    std::size_t right = 0;
    const std::size_t top = start / image.width;
    std::size_t bottom = top;
    result.labels[start] = label;
    open.assign(1, start);
    while (!open.empty()) {
      const std::size_t pixel = open.back();
      open.pop_back();
      const std::size_t x = pixel % image.width;
      const std::size_t y = pixel / image.width;
      left = std::min(left, x);
      right = std::max(right, x);
      bottom = std::max(bottom, y);
      ++component.area;
      component.mass += image.pixels[pixel];
      component.strongest = std::max(component.strongest, image.pixels[pixel]);
      for (std::size_t ny = y - (y > 0); ny <= std::min(y + 1, image.height - 1); ++ny)
        for (std::size_t nx = x - (x > 0); nx <= std::min(x + 1, image.width - 1); ++nx) {
          const std::size_t next = ny * image.width + nx;
          if (image.pixels[next] <= threshold || result.labels[next] != 0) continue;
          result.labels[next] = label;
          open.push_back(next);
        }
    }
    component.box = {.x = left, .y = top, .width = right + 1 - left, .height = bottom + 1 - top};
    component.touches_border =
        left == 0 || top == 0 || right + 1 == image.width || bottom + 1 == image.height;
    result.all.push_back(component);
  }
  return result;
}

}  // namespace scrawl
