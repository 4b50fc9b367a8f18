#include "nudge/keras/named_arrays.h"

#include "nudge/base/error.h"

namespace nudge::keras {
namespace {

// Deeper than any name in use; a file may hold a group that contains itself.
constexpr int kMaxDepth = 32;

void read_below(const H5Group& group, const std::string& prefix, int depth, NamedArrays& arrays) {
  if (depth > kMaxDepth) throw InputError(group.where() + ": groups are nested too deeply");
  for (const std::string& name : group.names()) {
    if (group.is_group(name)) {
      read_below(group.group(name), prefix + name + "/", depth + 1, arrays);
    } else {
      arrays.emplace(prefix + name, group.read(name));
    }
  }
}

}  // namespace

void write_arrays(const H5Group& group, const NamedArrays& arrays) {
  for (const auto& [name, array] : arrays) {
    const auto refuse = [&name = name](const std::string& why) {
      throw ValueError("array '" + name + "' cannot be stored: " + why);
    };
    H5Group place = group;
    size_t begin = 0;
    for (size_t end = 0; (end = name.find('/', begin)) != std::string::npos; begin = end + 1) {
      const std::string part = name.substr(begin, end - begin);
      if (part.empty()) refuse("a part of its name is empty");
      if (place.has(part) && !place.is_group(part)) refuse("another array has the beginning of its name");
      place = place.has(part) ? place.group(part) : place.make_group(part);
    }
    const std::string last = name.substr(begin);
    if (last.empty()) refuse("a part of its name is empty");
    if (place.has(last)) refuse("its name is the beginning of another array's");
    place.write(last, array);
  }
}

NamedArrays read_arrays(const H5Group& group) {
  NamedArrays arrays;
  read_below(group, "", 0, arrays);
  return arrays;
}

}  // namespace nudge::keras
