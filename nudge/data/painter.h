// A small software painter: anti-aliased shapes on a float canvas, in coordinates of the picture's own.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/data/image_size.h"

namespace nudge::data {

struct Point {
  float x = 0.0f;
  float y = 0.0f;
};

// Red, green and blue from 0 to 1.
struct Colour {
  float red = 0.0f;
  float green = 0.0f;
  float blue = 0.0f;
};

Colour mix(Colour a, Colour b, float part_of_b);
Colour scale(Colour colour, float factor);

// From a shape's own coordinates to the picture's: turned, stretched along each axis, moved.
struct Pose {
  Point centre;
  float angle = 0.0f;
  float scale_x = 1.0f;
  float scale_y = 1.0f;
  // Applied after the rest: a disc seen from the side, squeezed by `squash` along `squash_angle`.
  float squash = 1.0f;
  float squash_angle = 0.0f;
};

// The picture's shorter side spans 0..1 with (0.5, 0.5) in the middle, y downwards.
class Painter {
 public:
  explicit Painter(ImageSize size);

  // Where the shapes that follow go.
  void place(const Pose& pose);

  // Calls shade(x, y, colour), in the shape's coordinates, for each pixel of the box between two corners.  It
  // returns the signed distance to the shape's edge (positive inside) and may change the colour.
  // `softness` widens the edge beyond one pixel, in the shape's units.
  template <typename Shade>
  void fill(Point low, Point high, Colour colour, float opacity, float softness, const Shade& shade);

  void ellipse(Point centre, float radius_x, float radius_y, Colour colour, float opacity = 1.0f,
               float softness = 0.0f);
  // A line that goes from one width to another, with round ends.
  void stroke(Point from, Point to, float width_from, float width_to, Colour colour, float opacity = 1.0f);
  // A petal or leaf: its width over its length follows t^rise * (1 - t)^fall, so that a small `fall` is blunt
  // and 1 is pointed.  Darkened by `shadow` at the base and along the edge.
  struct Petal {
    Point base;
    float angle = 0.0f;
    float length = 1.0f;
    float half_width = 0.2f;
    float rise = 0.5f;
    float fall = 0.5f;
    float shadow = 0.3f;
  };
  void petal(const Petal& petal, Colour colour, float opacity = 1.0f);

  // Every pixel, in the picture's coordinates: change(point, colour).
  template <typename Change>
  void each_pixel(const Change& change);

  // uint8 (height, width, 3).
  Array picture() const;

 private:
  Point to_picture(Point p) const {
    return {m_[0] * p.x + m_[1] * p.y + m_[2], m_[3] * p.x + m_[4] * p.y + m_[5]};
  }

  ImageSize size_;
  float unit_;    // pixels to one unit of the picture
  Point corner_;  // the picture's coordinates of the top left corner
  float m_[6];    // shape to picture
  float inverse_[6];
  float pixel_;  // the size of a pixel in the shape's units
  std::vector<Colour> canvas_;
};

template <typename Shade>
void Painter::fill(Point low, Point high, Colour colour, float opacity, float softness, const Shade& shade) {
  Point first{1e9f, 1e9f};
  Point last{-1e9f, -1e9f};
  const float edge = softness + pixel_;
  for (const Point corner : {Point{low.x - edge, low.y - edge}, Point{low.x - edge, high.y + edge},
                             Point{high.x + edge, low.y - edge}, Point{high.x + edge, high.y + edge}}) {
    const Point p = to_picture(corner);
    first = {std::min(first.x, p.x), std::min(first.y, p.y)};
    last = {std::max(last.x, p.x), std::max(last.y, p.y)};
  }
  const auto pixel_index = [&](float at, float origin, int64_t most) {
    return std::clamp<int64_t>(static_cast<int64_t>((at - origin) * unit_), 0, most);
  };
  const int64_t x0 = pixel_index(first.x, corner_.x, size_.width);
  const int64_t x1 = pixel_index(last.x + 1.0f / unit_, corner_.x, size_.width);
  const int64_t y0 = pixel_index(first.y, corner_.y, size_.height);
  const int64_t y1 = pixel_index(last.y + 1.0f / unit_, corner_.y, size_.height);
  const float sharpness = 1.0f / (pixel_ + 2.0f * softness);
  for (int64_t y = y0; y < y1; ++y) {
    Colour* row = canvas_.data() + y * size_.width;
    const float py = corner_.y + (static_cast<float>(y) + 0.5f) / unit_;
    for (int64_t x = x0; x < x1; ++x) {
      const float px = corner_.x + (static_cast<float>(x) + 0.5f) / unit_;
      Colour here = colour;
      const float distance = shade(inverse_[0] * px + inverse_[1] * py + inverse_[2],
                                   inverse_[3] * px + inverse_[4] * py + inverse_[5], here);
      const float cover = std::clamp(distance * sharpness + 0.5f, 0.0f, 1.0f) * opacity;
      if (cover > 0.0f) row[x] = mix(row[x], here, cover);
    }
  }
}

template <typename Change>
void Painter::each_pixel(const Change& change) {
  Colour* pixel = canvas_.data();
  for (int64_t y = 0; y < size_.height; ++y) {
    for (int64_t x = 0; x < size_.width; ++x) {
      const Point p{corner_.x + (static_cast<float>(x) + 0.5f) / unit_,
                    corner_.y + (static_cast<float>(y) + 0.5f) / unit_};
      change(p, *pixel++);
    }
  }
}

inline Colour mix(Colour a, Colour b, float part_of_b) {
  return {a.red + (b.red - a.red) * part_of_b, a.green + (b.green - a.green) * part_of_b,
          a.blue + (b.blue - a.blue) * part_of_b};
}

inline Colour scale(Colour colour, float factor) {
  return {colour.red * factor, colour.green * factor, colour.blue * factor};
}

}  // namespace nudge::data
