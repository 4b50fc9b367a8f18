// The single changes that an Augmentation makes to a picture, each drawing as often whatever the picture.
#pragma once

#include "nudge/base/random.h"
#include "nudge/data/augment.h"

namespace nudge::data {

// `amount` is what augment.h says of each.
void flip(ImageView image, double amount, Random& random);
void shift(ImageView image, double amount, Random& random);
void zoom(ImageView image, double amount, Random& random);
void crop(ImageView image, double amount, Random& random);
void rotate(ImageView image, double amount, Random& random);
void brightness(ImageView image, double amount, Random& random);
void contrast(ImageView image, double amount, Random& random);
void saturation(ImageView image, double amount, Random& random);
void hue(ImageView image, double amount, Random& random);
void cutout(ImageView image, double amount, Random& random);
void rand_augment(ImageView image, double amount, Random& random);

}  // namespace nudge::data
