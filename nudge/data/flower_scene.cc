#include <array>
#include <numbers>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/data/flowers.h"
#include "nudge/data/painter.h"

namespace nudge::data {
namespace {

constexpr float kTurn = 2.0f * std::numbers::pi_v<float>;

// Petals of every class come in these; dark ones too, so that a flower may be lighter or darker than what is
// behind it and than its own disc.
constexpr Colour kPetals[] = {{0.95f, 0.93f, 0.88f}, {0.97f, 0.82f, 0.16f}, {0.95f, 0.55f, 0.12f},
                              {0.92f, 0.47f, 0.62f}, {0.80f, 0.12f, 0.15f}, {0.56f, 0.28f, 0.66f},
                              {0.34f, 0.06f, 0.18f}, {0.20f, 0.16f, 0.44f}};
constexpr Colour kDiscs[] = {{0.86f, 0.66f, 0.10f}, {0.40f, 0.24f, 0.10f}, {0.30f, 0.36f, 0.12f},
                             {0.62f, 0.42f, 0.14f}, {0.94f, 0.88f, 0.62f}, {0.72f, 0.80f, 0.42f}};
constexpr Colour kGreens[] = {
    {0.20f, 0.42f, 0.14f}, {0.34f, 0.52f, 0.18f}, {0.12f, 0.30f, 0.14f}, {0.44f, 0.56f, 0.30f}};
constexpr Colour kGrounds[] = {{0.24f, 0.40f, 0.18f}, {0.42f, 0.55f, 0.30f}, {0.52f, 0.68f, 0.86f},
                               {0.78f, 0.80f, 0.78f}, {0.36f, 0.27f, 0.18f}, {0.16f, 0.18f, 0.20f},
                               {0.62f, 0.52f, 0.40f}, {0.30f, 0.36f, 0.52f}, {0.92f, 0.91f, 0.84f},
                               {0.82f, 0.88f, 0.94f}, {0.90f, 0.80f, 0.70f}, {0.76f, 0.86f, 0.62f}};

class Scene {
 public:
  Scene(Painter& painter, Random random) : painter_(painter), random_(random) {}

  void draw(int32_t label) {
    background();
    const Point centre{between(0.435f, 0.565f), between(0.42f, 0.54f)};
    const float radius = between(0.29f, 0.39f);
    const float lean = between(-0.4f, 0.4f);
    if (random_.below(6) == 0) {
      flower(label, {between(0.1f, 0.9f), between(0.1f, 0.9f)}, radius * between(0.3f, 0.45f), lean);
    }
    stem(centre, radius, lean);
    flower(label, centre, radius, lean);
    occlude(centre, radius);
    light();
  }

 private:
  float between(float low, float high) { return static_cast<float>(random_.uniform(low, high)); }
  template <size_t n>
  Colour pick(const Colour (&colours)[n]) {
    const Colour colour = colours[random_.below(n)];
    return {colour.red * between(0.82f, 1.1f), colour.green * between(0.82f, 1.1f),
            colour.blue * between(0.82f, 1.1f)};
  }

  void background() {
    painter_.place({});
    const Colour from = pick(kGrounds);
    const Colour to = pick(kGrounds);
    const float angle = between(0.0f, kTurn);
    const float dx = std::cos(angle);
    const float dy = std::sin(angle);
    painter_.each_pixel([&](Point p, Colour& colour) {
      colour = mix(from, to, std::clamp((p.x - 0.5f) * dx + (p.y - 0.5f) * dy + 0.5f, 0.0f, 1.0f));
    });
    const uint64_t blobs = 2 + random_.below(5);
    for (uint64_t i = 0; i < blobs; ++i) {
      // Out of focus: other flowers, leaves, sky.
      const uint64_t kind = random_.below(3);
      const Colour colour = kind == 0 ? pick(kPetals) : kind == 1 ? pick(kGreens) : pick(kGrounds);
      const float radius = between(0.04f, 0.16f);
      painter_.ellipse({between(0.0f, 1.0f), between(0.0f, 1.0f)}, radius, radius * between(0.6f, 1.4f),
                       colour, between(0.3f, 0.7f), radius * between(0.4f, 0.9f));
    }
    const uint64_t blades = random_.below(8);
    for (uint64_t i = 0; i < blades; ++i) {
      const Point root{between(0.0f, 1.0f), 1.05f};
      painter_.stroke(root, {root.x + between(-0.2f, 0.2f), between(0.3f, 0.9f)}, between(0.01f, 0.04f),
                      0.004f, pick(kGreens), between(0.5f, 1.0f));
    }
  }

  void stem(Point centre, float radius, float lean) {
    painter_.place({});
    const Colour green = pick(kGreens);
    const Point foot{centre.x - lean * 0.5f + between(-0.06f, 0.06f), 1.1f};
    painter_.stroke(foot, centre, between(0.02f, 0.05f), between(0.015f, 0.03f), green);
    const uint64_t leaves = random_.below(3);
    for (uint64_t i = 0; i < leaves; ++i) {
      const float t = between(0.1f, 0.6f);
      const Point joint{foot.x + (centre.x - foot.x) * t, foot.y + (centre.y - foot.y) * t};
      const float angle = -kTurn / 4.0f + (i % 2 == 0 ? 1.0f : -1.0f) * between(0.4f, 1.3f);
      painter_.petal(
          {joint, angle, radius * between(0.7f, 1.4f), radius * between(0.12f, 0.25f), 0.6f, 0.9f, 0.35f},
          pick(kGreens));
    }
  }

  void flower(int32_t label, Point centre, float radius, float lean) {
    const bool upright = label == 4;
    Pose pose;
    pose.centre = centre;
    pose.angle = upright ? lean : between(0.0f, kTurn);
    pose.scale_x = pose.scale_y = radius;
    pose.squash = upright ? between(0.9f, 1.0f) : between(0.75f, 1.0f);
    pose.squash_angle = between(0.0f, kTurn);
    painter_.place(pose);
    const Colour petals = pick(kPetals);
    switch (label) {
      case 0:
        return daisy(petals);
      case 1:
        return dandelion(petals);
      case 2:
        return rose(petals);
      case 3:
        return sunflower(petals);
      default:
        return tulip(petals);
    }
  }

  // One petal a step around the centre, each a little off.
  void ring(int count, float from, float to, float half_width, float rise, float fall, Colour colour,
            float shadow) {
    const float start = between(0.0f, kTurn);
    for (int i = 0; i < count; ++i) {
      const float angle =
          start + (static_cast<float>(i) + between(-0.15f, 0.15f)) * kTurn / static_cast<float>(count);
      const float length = (to - from) * between(0.88f, 1.05f);
      painter_.petal({{std::cos(angle) * from, std::sin(angle) * from},
                      angle,
                      length,
                      half_width * between(0.85f, 1.15f),
                      rise,
                      fall,
                      shadow},
                     scale(colour, between(0.9f, 1.08f)));
    }
  }

  // Few, long, blunt petals with gaps between them around a small disc.
  void daisy(Colour petals) {
    const int count = 9 + static_cast<int>(random_.below(6));
    ring(count, 0.15f, 1.0f, 1.5f / static_cast<float>(count), 0.5f, 0.22f, petals, 0.25f);
    const float radius = between(0.2f, 0.28f);
    const Colour disc = pick(kDiscs);
    painter_.ellipse({}, radius, radius, scale(disc, 0.75f));
    painter_.ellipse({-0.02f, -0.02f}, radius * 0.8f, radius * 0.8f, disc);
  }

  // A ball of fine rays, no disc.
  void dandelion(Colour petals) {
    painter_.ellipse({}, 0.62f, 0.62f, scale(petals, 0.55f), 0.75f, 0.2f);
    for (const float reach : {1.0f, 0.75f, 0.5f}) {
      const int count = 24 + static_cast<int>(random_.below(10));
      for (int i = 0; i < count; ++i) {
        const float angle =
            (static_cast<float>(i) + between(-0.4f, 0.4f)) * kTurn / static_cast<float>(count);
        const float inner = reach * between(0.1f, 0.35f);
        const float outer = reach * between(0.8f, 1.05f);
        painter_.stroke({std::cos(angle) * inner, std::sin(angle) * inner},
                        {std::cos(angle) * outer, std::sin(angle) * outer}, 0.03f, 0.055f,
                        scale(petals, between(0.7f, 1.12f)));
      }
    }
  }

  // Wide petals wrapped around each other, closing to a spiral.
  void rose(Colour petals) {
    float distance = 0.5f;
    float size = 0.52f;
    for (int layer = 0; layer < 4; ++layer) {
      const int count = 6 - layer;
      const float start = between(0.0f, kTurn);
      for (int i = 0; i < count; ++i) {
        const float angle = start + static_cast<float>(i) * kTurn / static_cast<float>(count);
        const Point at{std::cos(angle) * distance, std::sin(angle) * distance};
        painter_.ellipse(at, size, size, scale(petals, 0.5f));
        painter_.ellipse({at.x * 0.94f, at.y * 0.94f}, size * 0.9f, size * 0.9f,
                         scale(petals, between(0.9f, 1.08f) - 0.09f * static_cast<float>(layer)));
      }
      distance *= 0.66f;
      size *= 0.7f;
    }
    const float start = between(0.0f, kTurn);
    Point last{};
    for (int i = 0; i < 14; ++i) {
      const float angle = start + static_cast<float>(i) * 0.75f;
      const float r = 0.022f * static_cast<float>(i);
      const Point next{std::cos(angle) * r, std::sin(angle) * r};
      painter_.stroke(last, next, 0.05f, 0.05f, scale(petals, 0.42f));
      last = next;
    }
  }

  // Two rows of pointed petals around a wide disc of seeds.
  void sunflower(Colour petals) {
    const int count = 15 + static_cast<int>(random_.below(6));
    ring(count, 0.4f, 1.0f, 0.13f, 0.45f, 0.9f, scale(petals, 0.8f), 0.3f);
    ring(count, 0.4f, 0.95f, 0.12f, 0.45f, 0.9f, petals, 0.3f);
    const float radius = between(0.5f, 0.6f);
    const Colour disc = pick(kDiscs);
    painter_.ellipse({}, radius, radius, scale(disc, 0.6f));
    // Vogel's spiral: seeds at the golden angle.
    for (int i = 2; i < 60; ++i) {
      const float angle = static_cast<float>(i) * 2.39996f;
      const float r = radius * 0.94f * std::sqrt(static_cast<float>(i) / 60.0f);
      painter_.ellipse({std::cos(angle) * r, std::sin(angle) * r}, 0.035f, 0.035f,
                       scale(disc, i < 20 ? 0.35f : between(0.9f, 1.3f)));
    }
  }

  // A cup seen from the side, open at the top.
  void tulip(Colour petals) {
    const float width = between(0.36f, 0.46f);
    const Point base{0.0f, 0.85f};
    const auto leaf = [&](float angle, float length, float half_width, float tone) {
      painter_.petal({base, -kTurn / 4.0f + angle, length, half_width, 0.42f, 0.5f, 0.4f},
                     scale(petals, tone));
    };
    const float opening = between(0.18f, 0.42f);
    leaf(-opening * 0.5f, 1.6f, width, 0.72f);
    leaf(opening * 0.5f, 1.6f, width, 0.76f);
    leaf(-opening, 1.65f, width, 0.9f);
    leaf(opening, 1.65f, width, 0.94f);
    leaf(between(-0.08f, 0.08f), 1.5f, width * 1.05f, 1.05f);
  }

  // Blades and leaves in front, over part of the flower.
  void occlude(Point centre, float radius) {
    painter_.place({});
    const uint64_t count = random_.below(3);
    for (uint64_t i = 0; i < count; ++i) {
      const float angle = between(0.0f, kTurn);
      const Point near{centre.x + std::cos(angle) * radius * between(0.5f, 1.0f),
                       centre.y + std::sin(angle) * radius * between(0.5f, 1.0f)};
      if (random_.below(2) == 0) {
        painter_.stroke({near.x + between(-0.2f, 0.2f), 1.1f}, {near.x, near.y - between(0.0f, 0.2f)},
                        between(0.02f, 0.05f), 0.006f, pick(kGreens));
      } else {
        painter_.petal({near, angle + between(-0.8f, 0.8f), radius * between(0.7f, 1.4f),
                        radius * between(0.15f, 0.3f), 0.6f, 0.8f, 0.35f},
                       pick(kGreens));
      }
    }
  }

  // Exposure, colour of the light, a side that it comes from, and grain.
  void light() {
    const float exposure = between(0.62f, 1.12f);
    const float warmth = between(-0.1f, 0.1f);
    const float angle = between(0.0f, kTurn);
    const float slope = between(0.0f, 0.5f);
    const float dx = std::cos(angle) * slope;
    const float dy = std::sin(angle) * slope;
    const float grain = between(0.005f, 0.025f);
    painter_.each_pixel([&](Point p, Colour& colour) {
      const float gain = exposure * (1.0f + (p.x - 0.5f) * dx + (p.y - 0.5f) * dy);
      const float noise = between(-grain, grain) + between(-grain, grain);
      colour = {colour.red * gain * (1.0f + warmth) + noise, colour.green * gain + noise,
                colour.blue * gain * (1.0f - warmth) + noise};
    });
  }

  Painter& painter_;
  Random random_;
};

}  // namespace

Array draw_flower(int32_t label, uint64_t seed, int64_t item, ImageSize size) {
  check_image_size(size);
  if (label < 0 || label >= static_cast<int32_t>(flower_classes().size())) {
    throw ValueError("flower classes are 0 to 4, given " + std::to_string(label));
  }
  Painter painter(size);
  Scene(painter, Random(seed).fork(static_cast<uint64_t>(item)).fork(static_cast<uint64_t>(label)))
      .draw(label);
  return painter.picture();
}

}  // namespace nudge::data
