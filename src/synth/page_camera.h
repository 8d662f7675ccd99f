#pragma once

#include "scrawl/arrays.h"

#include "synth/canvas.h"
#include "synth/chance.h"
#include "synth/page_paper.h"

#include <cstddef>
#include <span>
#include <vector>

namespace scrawl {

/// How a flat page becomes a picture of the same size. A point at (X, Y) from the middle, turned and scaled,
/// comes to (X, Y) / (1 + far_x X / width + far_y Y / height).
struct PageCamera {
  std::size_t width = 0;
  std::size_t height = 0;
  float degrees = 0;
  float scale = 1;
  float far_x = 0;
  float far_y = 0;
  float paper = 0.93F;  ///< the grey of clean paper in full light, from 0 to 1
  float desk = 0.4F;    ///< of what lies around the page
  float slope_x = 0;    ///< how much darker the light is at the far border
  float slope_y = 0;
  float shadow = 0;           ///< what a shadow over a part of the page takes away, from 0 to 1
  PenPoint shadow_side = {};  ///< its direction, of length 1, and
  float shadow_at = 0;        ///< where along it the shadow begins, in pixels from the middle
  float shadow_soft = 1;      ///< the pixels of its edge
  int blur = 0;               ///< how often neighbours are mixed
  float noise = 0;            ///< deviation, in grey values
};

/// A scanner or a phone, for a page of this size.
PageCamera draw_camera(std::size_t width, std::size_t height, Chance& chance);

PenPoint page_to_picture(const PageCamera& camera, PenPoint p);
PenPoint picture_to_page(const PageCamera& camera, PenPoint p);

/// Around all points as the picture shows them, cut to the picture; empty for no points.
Box box_in_picture(const PageCamera& camera, std::span<const PenPoint> points);

GreyImage take_picture(const PageCamera& camera, PageLayers& layers, Chance& chance);

}  // namespace scrawl
