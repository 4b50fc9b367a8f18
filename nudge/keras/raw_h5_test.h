// HDF5 files that H5File would not write, made with HDF5 itself.
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace nudge::keras {

// The bytes of a new file to which `fill` adds.
inline std::vector<std::byte> raw_h5(const std::function<void(hid_t file)>& fill) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, false);
  const hid_t file = H5Fcreate("raw.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  fill(file);
  H5Fflush(file, H5F_SCOPE_LOCAL);
  std::vector<std::byte> image(static_cast<size_t>(H5Fget_file_image(file, nullptr, 0)));
  H5Fget_file_image(file, image.data(), image.size());
  H5Fclose(file);
  H5Pclose(access);
  return image;
}

}  // namespace nudge::keras
