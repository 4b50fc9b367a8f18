#include "nudge/data/painter.h"

namespace nudge::data {

Painter::Painter(ImageSize size)
    : size_(size),
      unit_(static_cast<float>(std::min(size.height, size.width))),
      corner_{0.5f - 0.5f * static_cast<float>(size.width) / unit_,
              0.5f - 0.5f * static_cast<float>(size.height) / unit_},
      canvas_(static_cast<size_t>(size.height * size.width)) {
  place({});
}

void Painter::place(const Pose& p) {
  const float c = std::cos(p.angle);
  const float s = std::sin(p.angle);
  const float turned[4] = {c * p.scale_x, -s * p.scale_y, s * p.scale_x, c * p.scale_y};
  // Identity minus what squeezing takes away along its direction.
  const float dx = std::cos(p.squash_angle);
  const float dy = std::sin(p.squash_angle);
  const float lost = 1.0f - p.squash;
  const float squeeze[4] = {1.0f - lost * dx * dx, -lost * dx * dy, -lost * dx * dy, 1.0f - lost * dy * dy};
  m_[0] = squeeze[0] * turned[0] + squeeze[1] * turned[2];
  m_[1] = squeeze[0] * turned[1] + squeeze[1] * turned[3];
  m_[3] = squeeze[2] * turned[0] + squeeze[3] * turned[2];
  m_[4] = squeeze[2] * turned[1] + squeeze[3] * turned[3];
  m_[2] = p.centre.x;
  m_[5] = p.centre.y;
  const float determinant = m_[0] * m_[4] - m_[1] * m_[3];
  inverse_[0] = m_[4] / determinant;
  inverse_[1] = -m_[1] / determinant;
  inverse_[3] = -m_[3] / determinant;
  inverse_[4] = m_[0] / determinant;
  inverse_[2] = -(inverse_[0] * m_[2] + inverse_[1] * m_[5]);
  inverse_[5] = -(inverse_[3] * m_[2] + inverse_[4] * m_[5]);
  pixel_ = 1.0f / (unit_ * std::sqrt(std::abs(determinant)));
}

void Painter::ellipse(Point centre, float radius_x, float radius_y, Colour colour, float opacity,
                      float softness) {
  const float radius = std::min(radius_x, radius_y);
  fill({centre.x - radius_x, centre.y - radius_y}, {centre.x + radius_x, centre.y + radius_y}, colour,
       opacity, softness, [&](float x, float y, Colour&) {
         return (1.0f - std::hypot((x - centre.x) / radius_x, (y - centre.y) / radius_y)) * radius;
       });
}

void Painter::stroke(Point from, Point to, float width_from, float width_to, Colour colour, float opacity) {
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float per_length = 1.0f / std::max(dx * dx + dy * dy, 1e-12f);
  const float widest = std::max(width_from, width_to) / 2.0f;
  fill({std::min(from.x, to.x) - widest, std::min(from.y, to.y) - widest},
       {std::max(from.x, to.x) + widest, std::max(from.y, to.y) + widest}, colour, opacity, 0.0f,
       [&](float x, float y, Colour&) {
         const float t = std::clamp(((x - from.x) * dx + (y - from.y) * dy) * per_length, 0.0f, 1.0f);
         const float ex = x - from.x - t * dx;
         const float ey = y - from.y - t * dy;
         return (width_from + (width_to - width_from) * t) / 2.0f - std::sqrt(ex * ex + ey * ey);
       });
}

void Painter::petal(const Petal& petal, Colour colour, float opacity) {
  const float c = std::cos(petal.angle);
  const float s = std::sin(petal.angle);
  const Point tip{petal.base.x + c * petal.length, petal.base.y + s * petal.length};
  const float side_x = std::abs(s) * petal.half_width;
  const float side_y = std::abs(c) * petal.half_width;
  // The profile at its widest, rise / (rise + fall) along the petal, is made 1.
  const float peak_at = petal.rise / (petal.rise + petal.fall);
  const float peak = std::pow(peak_at, petal.rise) * std::pow(1.0f - peak_at, petal.fall);
  const float width = petal.half_width / peak;
  fill({std::min(petal.base.x, tip.x) - side_x, std::min(petal.base.y, tip.y) - side_y},
       {std::max(petal.base.x, tip.x) + side_x, std::max(petal.base.y, tip.y) + side_y}, colour, opacity,
       0.0f, [&](float x, float y, Colour& here) {
         const float along = ((x - petal.base.x) * c + (y - petal.base.y) * s) / petal.length;
         const float across = std::abs((y - petal.base.y) * c - (x - petal.base.x) * s);
         if (along <= 0.0f || along >= 1.0f || across > petal.half_width * 1.5f) return -1.0f;
         const float half = width * std::pow(along, petal.rise) * std::pow(1.0f - along, petal.fall);
         const float edge = half > 0.0f ? across / half : 1.0f;
         here = scale(here, 1.0f - petal.shadow *
                                       std::max(0.9f * (1.0f - along) * (1.0f - along), edge * edge * edge));
         return half - across;
       });
}

Array Painter::picture() const {
  Array picture({size_.height, size_.width, 3}, DataType::kUInt8);
  uint8_t* to = picture.data<uint8_t>();
  const auto level = [](float value) {
    return static_cast<uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255.0f + 0.5f);
  };
  for (const Colour& colour : canvas_) {
    *to++ = level(colour.red);
    *to++ = level(colour.green);
    *to++ = level(colour.blue);
  }
  return picture;
}

}  // namespace nudge::data
