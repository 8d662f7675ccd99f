#include "changes.h"

#include "image/decode.h"
#include "synth/canvas.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <vector>

#include <jpeglib.h>

namespace scrawl::bench {
namespace {

constexpr int int_side = static_cast<int>(side);
constexpr float middle = (static_cast<float>(side) - 1) / 2;

std::size_t place(int x, int y) { return static_cast<std::size_t>(y) * side + static_cast<std::size_t>(x); }

Image values_of(std::span<const std::uint8_t> bytes) {
  Image values;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(bytes[i]) / 255;
  return values;
}

std::array<std::uint8_t, side * side> bytes_of(const Image& values) {
  std::array<std::uint8_t, side * side> bytes;
  std::transform(values.begin(), values.end(), bytes.begin(), grey_of);
  return bytes;
}

/// Calls `value(x, y)` for each pixel.
template <class Value>
Image each_pixel(const Value& value) {
  Image out;
  for (int y = 0; y < int_side; ++y)
    for (int x = 0; x < int_side; ++x) out[place(x, y)] = value(x, y);
  return out;
}

/// Calls `value(v, x, y)` with the value of each pixel; the result is brought between 0 and 1.
template <class Value>
Image map_pixels(const Image& image, const Value& value) {
  return each_pixel([&](int x, int y) { return std::clamp(value(image[place(x, y)], x, y), 0.F, 1.F); });
}

/// Paper outside.
float pixel(const Image& image, int x, int y) {
  return x < 0 || y < 0 || x >= int_side || y >= int_side ? 0 : image[place(x, y)];
}

/// Between the centres of pixels, linearly.
float value_at(const Image& image, float x, float y) {
  const float left = std::floor(x);
  const float top = std::floor(y);
  const auto ix = static_cast<int>(left);
  const auto iy = static_cast<int>(top);
  const float u = x - left;
  const float v = y - top;
  return (1 - v) * ((1 - u) * pixel(image, ix, iy) + u * pixel(image, ix + 1, iy)) +
         v * ((1 - u) * pixel(image, ix, iy + 1) + u * pixel(image, ix + 1, iy + 1));
}

/// The image under the matrix (xx xy; yx yy), around its middle, of which the inverse is given.
Image mapped(const Image& image, float xx, float xy, float yx, float yy) {
  return each_pixel([&](int x, int y) {
    const float dx = static_cast<float>(x) - middle;
    const float dy = static_cast<float>(y) - middle;
    return value_at(image, middle + xx * dx + xy * dy, middle + yx * dx + yy * dy);
  });
}

Image shifted(const Image& image, int dx, int dy) {
  return each_pixel([&](int x, int y) { return pixel(image, x - dx, y - dy); });
}

float sign(Chance& chance) { return chance.happens(0.5F) ? 1.F : -1.F; }

Image turned(const Image& image, float degrees) {
  const float angle = degrees * std::numbers::pi_v<float> / 180;
  return mapped(image, std::cos(angle), std::sin(angle), -std::sin(angle), std::cos(angle));
}

Image scaled(const Image& image, float factor) { return mapped(image, 1 / factor, 0, 0, 1 / factor); }

/// Along one axis, pixels outside are paper.
Image convolved(const Image& image, std::span<const float> weights, float along_x, float along_y,
                float first) {
  return each_pixel([&](int x, int y) {
    float sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float at = first + static_cast<float>(i);
      sum += weights[i] *
             value_at(image, static_cast<float>(x) + at * along_x, static_cast<float>(y) + at * along_y);
    }
    return sum;
  });
}

std::vector<float> gaussian_weights(float sigma, int first, int last) {
  std::vector<float> weights;
  float sum = 0;
  for (int i = first; i <= last; ++i) {
    weights.push_back(std::exp(-static_cast<float>(i * i) / (2 * sigma * sigma)));
    sum += weights.back();
  }
  for (float& weight : weights) weight /= sum;
  return weights;
}

Image blurred(const Image& image, float sigma) {
  const auto reach = static_cast<int>(std::ceil(4 * sigma));
  const auto weights = gaussian_weights(sigma, -reach, reach);
  return convolved(convolved(image, weights, 1, 0, static_cast<float>(-reach)), weights, 0, 1,
                   static_cast<float>(-reach));
}

/// Strokes with edges moved outwards by `distance` pixels, inwards if below 0: the largest or smallest value
/// in a disc, on a grid that is four times as fine.
Image with_edges_moved(const Image& image, float distance) {
  constexpr int fine = 4;
  constexpr int fine_side = fine * int_side;
  std::vector<float> grid(fine_side * fine_side);
  for (int y = 0; y < fine_side; ++y)
    for (int x = 0; x < fine_side; ++x)
      grid[static_cast<std::size_t>(y * fine_side + x)] = value_at(
          image, (static_cast<float>(x) + 0.5F) / fine - 0.5F, (static_cast<float>(y) + 0.5F) / fine - 0.5F);
  const auto radius = static_cast<int>(std::lround(std::abs(distance) * fine));
  return each_pixel([&](int x, int y) {
    float sum = 0;
    for (int v = y * fine; v < (y + 1) * fine; ++v)
      for (int u = x * fine; u < (x + 1) * fine; ++u) {
        float best = distance > 0 ? 0.F : 1.F;
        for (int dy = -radius; dy <= radius; ++dy)
          for (int dx = -radius; dx <= radius; ++dx) {
            if (dx * dx + dy * dy > radius * radius) continue;
            const bool inside = u + dx >= 0 && v + dy >= 0 && u + dx < fine_side && v + dy < fine_side;
            const float value = inside ? grid[static_cast<std::size_t>((v + dy) * fine_side + u + dx)] : 0.F;
            best = distance > 0 ? std::max(best, value) : std::min(best, value);
          }
        sum += best;
      }
    return sum / (fine * fine);
  });
}

Image through_jpeg(const Image& image, int quality) {
  auto bytes = bytes_of(image);
  jpeg_error_mgr errors;
  jpeg_compress_struct packer{};
  packer.err = jpeg_std_error(&errors);  // ends the program; none are expected in memory
  jpeg_create_compress(&packer);
  unsigned char* packed = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&packer, &packed, &size);
  packer.image_width = side;
  packer.image_height = side;
  packer.input_components = 1;
  packer.in_color_space = JCS_GRAYSCALE;
  jpeg_set_defaults(&packer);
  jpeg_set_quality(&packer, quality, TRUE);
  jpeg_start_compress(&packer, TRUE);
  for (std::size_t y = 0; y < side; ++y) {
    JSAMPROW row = bytes.data() + y * side;
    jpeg_write_scanlines(&packer, &row, 1);
  }
  jpeg_finish_compress(&packer);
  jpeg_destroy_compress(&packer);
  const GreyImage picture = decode_picture(std::as_bytes(std::span(packed, size)), "JPEG");
  std::free(packed);
  return values_of(picture.pixels);
}

/// A random number with the Poisson distribution of this mean (Knuth's way).
int poisson(float mean, Chance& chance) {
  const float limit = std::exp(-mean);
  int count = 0;
  for (float product = chance.from(0, 1); product > limit; product *= chance.from(0, 1)) ++count;
  return count;
}

/// Each pixel changes places with one beside it, twice, as through frosted glass.
Image through_glass(const Image& image, Chance& chance) {
  Image out = blurred(image, 0.7F);
  for (int pass = 0; pass < 2; ++pass)
    for (int y = int_side - 2; y >= 1; --y)
      for (int x = int_side - 2; x >= 1; --x) {
        const int dx = static_cast<int>(chance.below(3)) - 1;
        const int dy = static_cast<int>(chance.below(3)) - 1;
        std::swap(out[place(x, y)], out[place(x + dx, y + dy)]);
      }
  return blurred(out, 0.7F);
}

Image in_motion(const Image& image, Chance& chance) {
  const float angle = chance.around(45) * std::numbers::pi_v<float> / 180;
  return convolved(image, gaussian_weights(3, 0, 10), std::cos(angle), std::sin(angle), 0);
}

/// Clouds from 0 to 1, by the midpoint method: the noise of each finer grid is `decay` times weaker.
Image clouds(float decay, Chance& chance) {
  constexpr int grid = 32;
  std::vector<float> heights(grid * grid);
  const auto at = [&](int x, int y) -> float& {
    return heights[static_cast<std::size_t>((y % grid) * grid + x % grid)];
  };
  float wobble = 1;
  for (int step = grid; step > 1; step /= 2, wobble /= decay) {
    const int half = step / 2;
    for (int y = 0; y < grid; y += step)
      for (int x = 0; x < grid; x += step)
        at(x + half, y + half) = (at(x, y) + at(x + step, y) + at(x, y + step) + at(x + step, y + step)) / 4 +
                                 chance.around(wobble);
    for (int y = 0; y < grid; y += half)
      for (int x = (y / half) % 2 == 0 ? half : 0; x < grid; x += step)
        at(x, y) = (at(x + half, y) + at(x + grid - half, y) + at(x, y + half) + at(x, y + grid - half)) / 4 +
                   chance.around(wobble);
  }
  const float low = *std::min_element(heights.begin(), heights.end());
  const float high = *std::max_element(heights.begin(), heights.end());
  return each_pixel([&](int x, int y) { return (at(x, y) - low) / std::max(high - low, 1e-6F); });
}

Image in_fog(const Image& image, Chance& chance) {
  constexpr float density = 2.5F;
  const Image fog = clouds(1.7F, chance);
  return map_pixels(image,
                    [&](float v, int x, int y) { return (v + density * fog[place(x, y)]) / (1 + density); });
}

/// Patches of dark mud.
Image spattered(const Image& image, Chance& chance) {
  constexpr float cut = 0.65F;
  Image liquid;
  for (float& value : liquid) value = cut + chance.normal(0.3F);
  liquid = blurred(liquid, 1);
  for (float& value : liquid) value = value > cut ? 1.F : 0.F;
  liquid = blurred(liquid, 1.5F);
  return map_pixels(image, [&](float v, int x, int y) {
    const float mud = liquid[place(x, y)] < 0.8F ? 0.F : liquid[place(x, y)];
    return v * (1 - mud) + 0.18F * mud;
  });
}

/// A spot of ink, about 2.3 pixels wide.
void add_spot(Image& image, float x, float y) {
  for (int v = 0; v < int_side; ++v)
    for (int u = 0; u < int_side; ++u) {
      const float distance = std::hypot(static_cast<float>(u) - x, static_cast<float>(v) - y);
      image[place(u, v)] = std::max(image[place(u, v)], std::clamp(1.65F - distance, 0.F, 1.F));
    }
}

Image with_dotted_line(const Image& image, Chance& chance) {
  Image out = image;
  const float from = chance.from(0, 27);
  const float to = chance.from(0, 27);
  for (int i = 0; i <= 7; ++i)
    add_spot(out, 4 * static_cast<float>(i), from + (to - from) * static_cast<float>(i) / 7);
  return out;
}

Image with_zigzag(const Image& image, Chance& chance) {
  Image out = image;
  const float from = chance.from(4, 23);
  const float to = chance.from(4, 23);
  float last_x = 0;
  float last_y = from;
  for (int i = 1; i <= 7; ++i) {
    const float x = 4 * static_cast<float>(i);
    const float y = from + (to - from) * static_cast<float>(i) / 7 + (i % 2 == 0 ? 3.F : -3.F);
    for (int k = 0; k < 10; ++k) {
      const float t = static_cast<float>(k) / 10;
      add_spot(out, last_x + t * (x - last_x), last_y + t * (y - last_y));
    }
    last_x = x;
    last_y = y;
  }
  return out;
}

/// The edges that Canny's detector (1986) finds, with thresholds of 0.1 and 0.2 and sigma 1.
Image edges_of(const Image& image, Chance&) {
  const Image smooth = blurred(image, 1);
  Image strength;
  std::array<int, side * side> direction;
  for (int y = 0; y < int_side; ++y)
    for (int x = 0; x < int_side; ++x) {
      const auto p = [&](int dx, int dy) { return pixel(smooth, x + dx, y + dy); };
      const float gx = p(1, -1) + 2 * p(1, 0) + p(1, 1) - p(-1, -1) - 2 * p(-1, 0) - p(-1, 1);
      const float gy = p(-1, 1) + 2 * p(0, 1) + p(1, 1) - p(-1, -1) - 2 * p(0, -1) - p(1, -1);
      strength[place(x, y)] = std::hypot(gx, gy);
      const float turns = std::atan2(gy, gx) / std::numbers::pi_v<float> * 4;
      direction[place(x, y)] = (static_cast<int>(std::lround(turns)) + 8) % 4;
    }
  constexpr std::array<std::array<int, 2>, 4> steps = {{{1, 0}, {1, 1}, {0, 1}, {-1, 1}}};
  Image out{};
  std::vector<std::array<int, 2>> open;
  const auto is_ridge = [&](int x, int y) {
    const auto [dx, dy] = steps[static_cast<std::size_t>(direction[place(x, y)])];
    const float here = strength[place(x, y)];
    return here > pixel(strength, x - dx, y - dy) && here >= pixel(strength, x + dx, y + dy);
  };
  for (int y = 0; y < int_side; ++y)
    for (int x = 0; x < int_side; ++x)
      if (strength[place(x, y)] > 0.2F && is_ridge(x, y)) {
        out[place(x, y)] = 1;
        open.push_back({x, y});
      }
  while (!open.empty()) {
    const auto [x, y] = open.back();
    open.pop_back();
    for (int v = std::max(y - 1, 0); v <= std::min(y + 1, int_side - 1); ++v)
      for (int u = std::max(x - 1, 0); u <= std::min(x + 1, int_side - 1); ++u)
        if (out[place(u, v)] == 0 && strength[place(u, v)] > 0.1F && is_ridge(u, v)) {
          out[place(u, v)] = 1;
          open.push_back({u, v});
        }
  }
  return out;
}

constexpr std::array changes = {
    Change{"shift by 3 pixels",
           [](const Image& image, Chance& chance) {
             constexpr std::array<std::array<int, 2>, 4> ways = {{{3, 0}, {-3, 0}, {0, 3}, {0, -3}}};
             const auto [dx, dy] = ways[chance.below(ways.size())];
             return shifted(image, dx, dy);
           }},
    Change{"turn by 20 degrees",
           [](const Image& image, Chance& chance) { return turned(image, 20 * sign(chance)); }},
    Change{"scale 0.75", [](const Image& image, Chance&) { return scaled(image, 0.75F); }},
    Change{"scale 1.25", [](const Image& image, Chance&) { return scaled(image, 1.25F); }},
    Change{"shear 0.3",
           [](const Image& image, Chance& chance) { return mapped(image, 1, 0.3F * sign(chance), 0, 1); }},
    Change{"half a pixel thinner",
           [](const Image& image, Chance&) { return with_edges_moved(image, -0.5F); }},
    Change{"a pixel thicker", [](const Image& image, Chance&) { return with_edges_moved(image, 1); }},
    Change{"blur, sigma 1", [](const Image& image, Chance&) { return blurred(image, 1); }},
    Change{"noise, sigma 0.2",
           [](const Image& image, Chance& chance) {
             return map_pixels(image, [&](float v, int, int) { return v + chance.normal(0.2F); });
           },
           true},
    Change{"contrast 0.3",
           [](const Image& image, Chance&) {
             return map_pixels(image, [](float v, int, int) { return 0.3F * v; });
           }},
    Change{"JPEG, quality 10", [](const Image& image, Chance&) { return through_jpeg(image, 10); }},
    Change{"a quarter hidden",
           [](const Image& image, Chance& chance) {
             const int left = 4 + static_cast<int>(chance.below(14));
             return map_pixels(image,
                               [&](float v, int x, int) { return x < left || x >= left + 7 ? v : 0.F; });
           },
           true},
    Change{"shot noise",
           [](const Image& image, Chance& chance) {
             constexpr float light = 3;
             return map_pixels(image, [&](float v, int, int) {
               return static_cast<float>(poisson(light * v, chance)) / light;
             });
           },
           true},
    Change{"impulse noise",
           [](const Image& image, Chance& chance) {
             return map_pixels(image, [&](float v, int, int) {
               if (!chance.happens(0.17F)) return v;
               return chance.happens(0.5F) ? 1.F : 0.F;
             });
           },
           true},
    Change{"glass", [](const Image& image, Chance& chance) { return through_glass(image, chance); }, true},
    Change{"motion", [](const Image& image, Chance& chance) { return in_motion(image, chance); }, true},
    Change{"bright ground",
           [](const Image& image, Chance&) {
             return map_pixels(image, [](float v, int, int) { return v + 0.5F; });
           },
           true},
    Change{"shift by 3 both ways",
           [](const Image& image, Chance& chance) {
             const int dx = 3 * static_cast<int>(sign(chance));
             return shifted(image, dx, 3 * static_cast<int>(sign(chance)));
           }},
    Change{"stripes",
           [](const Image& image, Chance&) {
             return map_pixels(image, [](float v, int x, int) { return x < 7 || x >= 21 ? 1 - v : v; });
           },
           true},
    Change{"fog", [](const Image& image, Chance& chance) { return in_fog(image, chance); }, true},
    Change{"spatter", [](const Image& image, Chance& chance) { return spattered(image, chance); }, true},
    Change{"dotted line", [](const Image& image, Chance& chance) { return with_dotted_line(image, chance); },
           true},
    Change{"zigzag", [](const Image& image, Chance& chance) { return with_zigzag(image, chance); }, true},
    Change{"edges only", edges_of, true},
};

}  // namespace

std::span<const Change> all_changes() { return changes; }

std::array<std::uint8_t, side * side> changed(std::span<const std::uint8_t> image, const Change& change,
                                              std::uint64_t seed, std::uint32_t number) {
  Chance chance(seed, static_cast<std::uint32_t>(&change - changes.data()), number);
  return bytes_of(change.apply(values_of(image), chance));
}

}  // namespace scrawl::bench
